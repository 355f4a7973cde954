#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tmd send` where something is wrong: devices that flood, lie and get nowhere, and people who name what is not there.
Each ends by itself, with one line that says what, where and what to do. And its progress bar: on a terminal alone.
usage: send_errors_test.py TMD LINUX_LINK"""
import concurrent.futures
import os
import random
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../publish"))
from bad_link import NONE, BadLink, UdpEnds  # noqa: E402
from on_terminal import check_bar, on_terminal  # noqa: E402
from sender import HAVE, NEXT, crc16, varint  # noqa: E402

ASK, OPEN = 0x01, 0x02
NOBODY = 65534


class Liar(threading.Thread):
    """A device over UDP that answers what it is told to: `answers(message)` has the messages, without their check."""

    def __init__(self, answers):
        super().__init__(daemon=True)
        self.answers = answers
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.heard = 0
        self.start()

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(65536)
            self.heard += 1
            time.sleep(0.005)  # as on a link; else both processors do nothing but this
            message = data[:-2]
            for answer in self.answers(message):
                self.socket.sendto(answer + crc16(answer).to_bytes(2, "little"), peer)


def report(tag, state=0, largest=244):
    """The four parts of a device's report."""
    have = [bytes([1, state, 0]) + bytes(8) + varint(0),
            (1 << 20).to_bytes(4, "little") + largest.to_bytes(2, "little") + bytes([0, 2]) + bytes(8),
            bytes(10), bytes(16)]
    return [bytes([HAVE, tag, part]) + fields for part, fields in enumerate(have)]


def device_that(next_fields):
    """Says that it has no model, and to everything else this `next`."""
    def answers(message):
        return report(message[1]) if message[0] == ASK else [bytes([NEXT, message[1]]) + next_fields]
    return answers


class Bench:
    def __init__(self, tmd, linux_link, folder):
        self.tmd, self.linux_link, self.folder = tmd, linux_link, folder
        with open(folder + "/model.bin", "wb") as file:
            file.write(random.Random(1).randbytes(24000))
        self.patch = folder + "/first.tmd"
        subprocess.run([tmd, "diff", "--quick", "/dev/null", folder + "/model.bin", "-o", self.patch], check=True,
                       stdout=subprocess.DEVNULL)

    def refused(self, words, *arguments, status=3, most=30, **more):
        begin = time.monotonic()
        done = subprocess.run([self.tmd, "send", *arguments], capture_output=True, text=True, errors="replace",
                              timeout=most, **more)
        assert done.returncode == status, (arguments, done)
        assert done.stderr.startswith("tmd: error: ") and done.stderr.count("\n") == 1, (arguments, done.stderr)
        assert re.search(words, done.stderr), (words, done.stderr)
        return time.monotonic() - begin


def wrong_arguments(bench):
    """None of these waits for a device."""
    patch, folder = bench.patch, bench.folder
    somewhere = ["--udp", "127.0.0.1:9"]
    os.mkdir(folder + "/empty")
    for words, arguments, status in (
            ("cannot read .*nowhere.tmd: No such file", [folder + "/nowhere.tmd", *somewhere], 3),
            ("model.bin: .*give a file that tmd diff made", [folder + "/model.bin", *somewhere], 3),
            ("cannot read .*empty/manifest.json", [folder + "/empty", *somewhere], 3),
            ("how to reach the device", [patch], 2),
            ("how to reach the device", [patch, *somewhere, "--serial", "/dev/null"], 2),
            ("is no HOST:PORT; write it like", [patch, "--udp", "sensor7"], 3),
            ("is no HOST:PORT; write it like", [patch, "--udp", ":5700"], 3),
            ("'port' in 127.0.0.1:port is no port: give a number", [patch, "--udp", "127.0.0.1:port"], 3),
            ("'0' in .* is no port", [patch, "--udp", "127.0.0.1:0"], 3),
            ("'65536' in .* is no port", [patch, "--udp", "127.0.0.1:65536"], 3),
            ("'-1' in .* is no port", [patch, "--udp", "127.0.0.1:-1"], 3),
            ("cannot find the host of .*; is the name right", [patch, "--udp", "no-such-host.invalid:5700"], 3),
            ("cannot open /dev/ttyNONE: No such file.*plugged in", [patch, "--serial", "/dev/ttyNONE"], 3),
            ("/dev/null is no serial device", [patch, "--serial", "/dev/null"], 3),
            ("is no serial device|cannot open", [patch, "--serial", folder], 3),
            ("no speed of 12345 baud", [patch, "--serial", "/dev/null", "--baud", "12345"], 3),
            ("--message-size", [patch, *somewhere, "--message-size", "19"], 2),
            ("--message-size", [patch, *somewhere, "--message-size", "1025"], 2),
            ("--patience", [patch, *somewhere, "--patience", "0"], 2),
            ("--give-up", [patch, *somewhere, "--give-up", "-1"], 2)):
        assert bench.refused(words, *arguments, status=status) < 5, arguments
    near, far = os.openpty()
    bench.refused("messages are no text for a terminal", patch, "--stdio", status=2, stdin=far)
    os.close(near)
    os.close(far)
    if os.geteuid() == 0:
        near, far = os.openpty()
        os.chmod(os.ttyname(far), 0o600)
        os.chmod(folder, 0o755)
        bench.refused("Permission denied; join the group", patch, "--serial", os.ttyname(far), user=NOBODY)
        os.close(near)
        os.close(far)


def silent(bench):
    """Nobody is there, or the other end goes away."""
    bench.refused("did not answer for 1 seconds; is it on", bench.patch, "--udp", "127.0.0.1:9", "--give-up", "1")
    told = subprocess.run([bench.tmd, "send", bench.patch, "--udp", "127.0.0.1:9", "--give-up", "3"], text=True,
                          capture_output=True, timeout=30).stderr.splitlines()
    assert len(told) == 2, told  # once, although it asks several times
    assert told[0] == "tmd: no answer from 127.0.0.1:9 yet; asking on for 3 seconds", told
    assert told[1].startswith("tmd: error: the device did not answer for 3 seconds"), told
    bench.refused("the other end has closed it", bench.patch, "--stdio", stdin=subprocess.DEVNULL)
    for closed in 0, 1:
        bench.refused("is closed", bench.patch, "--stdio", stdin=subprocess.PIPE, most=5,
                      preexec_fn=lambda: os.close(closed))
    near, far = os.openpty()
    sender = subprocess.Popen([bench.tmd, "send", bench.patch, "--serial", os.ttyname(far)], stderr=subprocess.PIPE,
                              text=True)
    assert select.select([near], [], [], 60)[0], "nothing is sent"
    os.close(far)
    os.close(near)  # unplugged
    _, errors = sender.communicate(timeout=10)
    assert sender.returncode == 3 and re.search("has closed it|cannot (read from|write to)", errors), errors


def floods(bench):
    """Bytes without end that are no messages: as good as silence."""
    with open("/dev/zero", "rb") as zeros:
        assert bench.refused("did not answer", bench.patch, "--stdio", "--give-up", "1", stdin=zeros) < 10
    source = subprocess.Popen(["yes", "a log of the device"], stdout=subprocess.PIPE)
    assert bench.refused("did not answer", bench.patch, "--stdio", "--give-up", "1", stdin=source.stdout) < 10
    source.kill()
    source.stdout.close()
    source.wait()


def liars(bench):
    """Whatever a device says the program ends, and within its patience. All at once: most of it is waiting."""
    huge = b"\xff\xff\xff\xff\x0f"
    noise = random.Random(5)

    def babbling(message):
        return [bytes([noise.choice([HAVE, NEXT, 0x83]), message[1]]) + noise.randbytes(noise.randrange(40))
                for _ in range(3)]
    cases = [(name, device_that(fields), words) for name, fields, words in (
        ("busy for ever", bytes([2]) + varint(0) * 3, "nothing has moved for 10 seconds; restart it"),
        ("a gap for ever", bytes([1]) + varint(0) + varint(100) + varint(50), "nothing has moved"),
        ("a gap beyond the patch", bytes([1]) + varint(0) + huge + huge, "nothing has moved"),
        ("no session ever", bytes([16]) + varint(0) * 3, "the device refused the patch"),
        ("beyond the end", bytes([1]) + huge + huge + huge, "refused the patch|nothing has moved"),
        ("a status of the future", bytes([250]) + varint(0) * 3, "refused the patch: unknown status"))]
    cases.append(("noise", babbling, "did not answer|nothing has moved|does not fit|refused|speaks version"))

    def run(case):
        name, answers, words = case
        liar = Liar(answers)
        seconds = bench.refused(words, bench.patch, "--udp", liar.address, "--give-up", "1", "--patience", "20")
        return "%s: ended after %.1f seconds, %d messages" % (name, seconds, liar.heard)
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        for line in pool.map(run, cases):
            print(line, flush=True)
    other = Liar(lambda message: [bytes([HAVE, message[1], 0, 9]) + bytes(11)] + report(message[1])[1:])
    bench.refused("speaks version 9 of the protocol, this program version 1", bench.patch, "--udp", other.address)


def bars(bench):
    """With rate and time left on a terminal; nothing in a pipe."""
    def send(flash, run):
        ends = UdpEnds()
        link = BadLink(ends, NONE, 1)
        device = subprocess.Popen([bench.linux_link, flash, *ends.device_options])
        try:
            return run([bench.tmd, "send", bench.patch, *ends.sender_options, "--message-size", "200"], link)
        finally:
            device.kill()
            device.wait()
            ends.close()

    def slowly(command, link):
        def pump():
            link.pump(0.02)
            time.sleep(0.02)
        return on_terminal(*command, meanwhile=pump)
    drawn, status = send(bench.folder + "/terminal.flash", slowly)
    assert status == 0, drawn
    check_bar(drawn)
    assert re.search(r"\d%  [\d.]+ k?B/s, \d+ s left", drawn), drawn

    def piped(command, link):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None:
            link.pump(0.02)
        return process.communicate()
    output, errors = send(bench.folder + "/pipe.flash", piped)
    assert errors == "" and "\r" not in output and "\x1b" not in output, (output, errors)
    assert "update     ok" in output and "confirmed, 24,000 bytes" in output, output


def main():
    tmd, linux_link = map(os.path.abspath, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(tmd, linux_link, folder)
        for part in (wrong_arguments, silent, floods, liars, bars):
            part(bench)
            print("%s: as they should be" % part.__name__, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
