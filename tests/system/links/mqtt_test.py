#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device takes a first model and an update by MQTT from a published tree, killed as it goes, with the broker
restarted in the middle (it remembers nothing) and pieces lost on the way. The broker is Debian's mosquitto; exit status
77 (skipped) where it is not installed.
usage: mqtt_test.py TMD MQTT_UPDATE MQTT_PIECES KILLS"""
import hashlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../publish"))
from device_output import is_done  # noqa: E402
from fleet_folder import make_fleet  # noqa: E402


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    def __init__(self, program, folder, port):
        self.port = port
        self.command = [program, "-c", folder + "/mosquitto.conf"]
        with open(folder + "/mosquitto.conf", "w") as file:
            file.write("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\n" % port)
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("mosquitto does not listen")

    def stop(self):
        self.process.kill()
        self.process.wait()


class Device:
    def __init__(self, program, flash, port):
        self.command = [program, flash, "127.0.0.1", str(port), "board", "sensor-7"]
        self.flash = flash
        self.killed = self.resumed = 0

    def start(self):
        return subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process, seconds):
        """What it printed; its code is None where it was killed, so many seconds after it had begun."""
        begin = process.stdout.readline()
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            self.killed += 1
            process.returncode = None
        output = begin + output
        self.resumed += "from patch byte" in output and "from patch byte 0\n" not in output
        return process.returncode, output, errors

    def update(self, kills, chance, broker):
        """Until the update is done: killed so many times, then once more with the broker restarted meanwhile."""
        for attempt in range(kills):
            code, output, errors = self.end(self.start(), 0.1 + chance.random() * (0.3 + 0.3 * attempt))
            assert code in (None, 0), (code, output, errors)
            if code == 0:
                return output
        process = self.start()
        time.sleep(0.1)
        broker.stop()
        time.sleep(0.3)
        broker.start()
        code, output, errors = self.end(process, 60)
        assert code == 0, (code, output, errors)
        return output

    def holds(self, path):
        with open(path, "rb") as model, open(self.flash, "rb") as flash:
            return model.read() in flash.read()


class Liar:
    """Puts messages on the broker, as anyone may who reaches it (MQTT 3.1.1, no more of it than that)."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.send(0x10, b"\0\4MQTT\4\2\0\0\0\4liar")
        self.socket.recv(4)

    def send(self, head, body):
        size, length = len(body), b""
        while size >= 128:
            length += bytes([size & 127 | 128])
            size >>= 7
        self.socket.sendall(bytes([head]) + length + bytes([size]) + body)

    def publish(self, topic, payload, retained=False):
        self.send(0x30 | retained, len(topic).to_bytes(2, "big") + topic.encode() + payload)

    def close(self):
        self.socket.close()


def lies(update, folder, broker):
    """Announcements that are none, pieces of nothing, and another patch each time: each has an end."""
    bucket = int.from_bytes(hashlib.sha256(b"sensor-7").digest()[:4], "big") % 100
    topic = "tmd/p/board/%d/nothing" % bucket

    def pointer(digit):
        return json.dumps({"o": digit * 64, "n": 10, "i": digit * 8, "t": "0" * 64}, separators=(",", ":")).encode()

    def ends(words, announcement, meanwhile=lambda liar: None):
        liar = Liar(broker.port)
        liar.publish(topic, announcement, retained=True)
        device = Device(update, folder + "/lied-to", broker.port)
        process = device.start()
        for _ in range(400):
            if process.poll() is not None:
                break
            meanwhile(liar)
            time.sleep(0.05)
        output, errors = process.communicate(timeout=10)
        assert re.search(words, output + errors), (words, output, errors)
        liar.publish(topic, b"", retained=True)
        liar.close()
    for announcement in (b"{}", b"\xff" * 100, pointer("a").replace(b"aaaa", b"../."), b"x" * 5000):
        ends("nothing to do", announcement)
    ends("update: ", pointer("a"), lambda liar: liar.publish("tmd/o/" + "a" * 64, bytes(4) + b"\xee" * 200))
    turns = iter("bcdef" * 200)
    ends("update: ", pointer("a"), lambda liar: liar.publish(topic, pointer(next(turns))))


def main():
    tmd, update, pieces = map(os.path.abspath, sys.argv[1:4])
    kills = int(sys.argv[4])
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/sbin")
    if program is None:
        print("mosquitto is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        patches, target = make_fleet(tmd, folder, bases=2, size=60000)
        os.mkdir(folder + "/one")
        first = folder + "/bases/gesture-1.0.0.bin"
        shutil.copy(first, folder + "/one")
        tree = folder + "/tree"

        def run(*arguments):
            subprocess.run([tmd, *arguments], check=True, capture_output=True)
        run("diff", "--quick", "--bases", folder + "/one", first, "-o", folder + "/first")
        run("publish", folder + "/first", tree, "--channel", "board")
        broker = Broker(program, folder, free_port())
        sender = subprocess.Popen([pieces, tree, "127.0.0.1", str(broker.port), "board", "200"])
        chance = random.Random(7)
        device = Device(update, folder + "/flash", broker.port)
        try:
            output = device.update(kills, chance, broker)
            assert is_done(output) and device.holds(first), output
            run("publish", patches, tree, "--channel", "board")
            time.sleep(2)  # what puts the tree on the broker looks at it every second
            output = device.update(kills, chance, broker)
            assert is_done(output) and device.holds(target), output
            code, last, _ = device.end(device.start(), 30)
            assert code == 0 and "nothing to do" in last, last
            # A release that is withdrawn is announced no longer.
            run("publish", patches, tree, "--channel", "board", "--withdraw")
            time.sleep(2)
            run("publish", folder + "/first", tree, "--channel", "board", "--percent", "0")
            time.sleep(2)
            other = Device(update, folder + "/other", broker.port)
            code, last, _ = other.end(other.start(), 30)
            assert code == 0 and "nothing to do" in last, last
            if kills > 4:  # most of it is waiting
                sender.kill()
                lies(update, folder, broker)
        finally:
            sender.kill()
            sender.wait()
            broker.stop()
    assert device.killed and device.resumed, (device.killed, device.resumed)
    print("by MQTT: killed %d times, resumed %d times, broker restarted: %s" %
          (device.killed, device.resumed, output.strip().replace("\n", ", ")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
