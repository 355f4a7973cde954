#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device takes a first model and an update by CoAP, in blocks of 64 bytes, with 10 % of all messages lost both ways
by libcoap itself, and killed with SIGKILL as it goes; from the server of the example, which has nothing but files, and
from Debian's coap-server. Exit status 77 (skipped) where that one is not installed.
usage: coap_test.py TMD COAP_UPDATE COAP_FILES KILLS BYTES [files]
BYTES: of the models. files: leaves coap-server out."""
import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../publish"))
from device_output import is_done  # noqa: E402
from fleet_folder import make_fleet  # noqa: E402

LOSS = ["-l", "10%"]
PATIENCE = "1"  # seconds, the least that libcoap takes


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Device:
    """The example, started again and again; its flash outlives it."""

    def __init__(self, program, flash, port, loss=True):
        self.command = [program, "-b", "64", "-t", PATIENCE, *(LOSS if loss else []), flash, "127.0.0.1", str(port),
                        "board", "sensor-7"]
        self.flash = flash
        self.killed = self.resumed = 0

    def run(self, seconds=240):
        """One run; None where it was killed after so many seconds."""
        device = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            output, errors = device.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            device.send_signal(signal.SIGKILL)
            output, errors = device.communicate()
            self.killed += 1
            device.returncode = None
        self.resumed += "from patch byte" in output and "from patch byte 0\n" not in output
        return device.returncode, output, errors

    def update(self, kills, chance):
        """Until the update is done; killed so many times on the way, and until one run has gone on from another."""
        for number in range(8 * kills):
            if number >= kills and self.resumed:
                break
            # Later ones get further: on a busy machine the first ones may not get to a checkpoint.
            code, output, errors = self.run((0.2 + chance.random() * 1.5) * (1 + number // kills))
            assert code in (None, 0, 3), (code, output, errors)
            if code == 0:
                return output
        for _ in range(8):  # a message may be lost five times in a row: then the run ends, and the next goes on
            code, output, errors = self.run()
            if code == 0:
                return output
            assert "does not answer" in errors, (code, output, errors)
        raise AssertionError("the server does not answer")

    def holds(self, path):
        if not os.path.exists(self.flash):
            return False
        with open(path, "rb") as model, open(self.flash, "rb") as flash:
            return model.read() in flash.read()


def wait_for(server, probe):
    for _ in range(200):
        assert server.poll() is None, "the server has ended"
        if probe():
            return
        time.sleep(0.02)
    raise AssertionError("the server does not answer")


def publish(tmd, folder, patches):
    subprocess.run([tmd, "publish", patches, folder + "/tree", "--channel", "board"], check=True, capture_output=True)


def from_files(tmd, update, files, folder, patches, target, kills):
    """The server of the example over a published tree."""
    port = free_port()
    server = subprocess.Popen([files, *LOSS, folder + "/tree", str(port)])
    chance = random.Random(3)
    device = Device(update, folder + "/flash", port)
    try:
        probe = Device(update, folder + "/probe.flash", port)
        wait_for(server, lambda: probe.run(5)[0] == 0)  # nothing is published yet
        publish(tmd, folder, folder + "/first")
        assert is_done(device.update(kills, chance))
        publish(tmd, folder, patches)
        output = device.update(kills, chance)
        assert is_done(output), output
        assert device.holds(target), "the target is not in the flash"
        output = device.update(0, chance)
        assert "nothing to do" in output, output
    finally:
        server.kill()
        server.wait()
    assert kills == 0 or (device.killed and device.resumed), (device.killed, device.resumed)
    print("from files: killed %d times, resumed %d times: %s" % (device.killed, device.resumed, output.strip()))


def changed_patch(tmd, update, files, folder, patches, target):
    """An interrupted update whose patch is another one when the device comes back: the ETag says so."""
    port = free_port()
    server = subprocess.Popen([files, folder + "/tree", str(port)])
    try:
        device = Device(update, folder + "/changed.flash", port, loss=False)
        chance, longest = random.Random(4), 0.05
        for _ in range(400):
            code = device.run(chance.random() * longest)[0]
            if code is None and device.resumed and not device.holds(target):
                break
            if code == 0 or device.holds(target):  # too late: nothing is left to interrupt
                os.remove(device.flash)
                device.resumed = 0
                longest *= 0.8
            longest *= 1.03  # a busy machine takes its time
        else:
            raise AssertionError("it was never killed in the middle")
        # From here on the pointer names the first release's patch for devices without a model.
        subprocess.run([tmd, "publish", patches, folder + "/tree", "--channel", "board", "--withdraw"], check=True,
                       capture_output=True)
        code, output, errors = device.run()
        assert code == 0 and "update: ok" in output, (code, output, errors)
        assert "from patch byte 0\n" not in output, "nothing was interrupted"
        assert device.holds(folder + "/bases/gesture-1.0.0.bin"), "not the model that the other patch makes"
    finally:
        server.kill()
        server.wait()
    print("another patch in the middle: begun anew")


def put_patch(client, path, url, copy):
    """Puts a file on coap-server by CoAP over TCP, where the server's option loses nothing."""
    subprocess.run([client, "-m", "put", "-b", "1024", "-f", path, url], check=True, capture_output=True, timeout=60)
    subprocess.run([client, "-m", "get", "-o", copy, url], check=True, capture_output=True, timeout=60)
    with open(path, "rb") as patch, open(copy, "rb") as stored:
        assert patch.read() == stored.read(), "coap-server has something else"


def from_debian(update, folder, kills):
    """Debian's coap-server, which the patch is put on; its ETags say nothing of a patch."""
    program = shutil.which("coap-server-notls") or shutil.which("coap-server-openssl") or shutil.which("coap-server")
    client = shutil.which("coap-client-notls") or shutil.which("coap-client-openssl") or shutil.which("coap-client")
    if program is None or client is None:
        return False
    port = free_port()
    server = subprocess.Popen([program, "-A", "127.0.0.1", "-p", str(port), "-d", "10", *LOSS],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        device = Device(update, folder + "/debian.flash", port)
        wait_for(server, lambda: device.run(5)[0] == 0)
        bucket = int.from_bytes(hashlib.sha256(b"sensor-7").digest()[:4], "big") % 100
        patch = next(name for name in os.listdir(folder + "/first") if name.startswith("nothing-to-"))
        put_patch(client, folder + "/first/" + patch,
                  "coap+tcp://127.0.0.1:%d/p/board/%d/nothing" % (port, bucket), folder + "/stored")
        output = device.update(kills, random.Random(4))
        assert is_done(output), output
        assert device.holds(folder + "/bases/gesture-1.0.0.bin")
    finally:
        server.kill()
        server.wait()
    print("from coap-server: killed %d times, resumed %d times: %s" % (device.killed, device.resumed, output.strip()))
    return True


def main():
    tmd, update, files = map(os.path.abspath, sys.argv[1:4])
    kills, size = int(sys.argv[4]), int(sys.argv[5])
    with tempfile.TemporaryDirectory() as folder:
        patches, target = make_fleet(tmd, folder, bases=2, size=size)
        os.mkdir(folder + "/one")
        shutil.copy(folder + "/bases/gesture-1.0.0.bin", folder + "/one")
        subprocess.run([tmd, "diff", "--quick", "--bases", folder + "/one", folder + "/bases/gesture-1.0.0.bin", "-o",
                        folder + "/first"], check=True, capture_output=True)
        from_files(tmd, update, files, folder, patches, target, kills)
        changed_patch(tmd, update, files, folder, patches, target)
        if len(sys.argv) == 6 and not from_debian(update, folder, kills):
            print("coap-server is not installed")
            return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
