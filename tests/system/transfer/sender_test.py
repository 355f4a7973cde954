#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sender written from docs/transfer.md updates the example linux_link, also over a bad link and after kills.
usage: sender_test.py LINUX_BOARD TMD"""
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading

from bad_link import NONE, BadLink, Faults, UdpEnds
from sender import Sender


class Pump(threading.Thread):
    """Carries the link's messages while the sender works, and kills the device now and then."""

    def __init__(self, link, start_device, kills):
        super().__init__(daemon=True)
        self.link, self.start_device, self.kills = link, start_device, kills
        self.stopped = threading.Event()
        self.device = start_device()

    def run(self):
        killed_at = 0
        while not self.stopped.is_set():
            self.link.pump(0.02)
            if self.kills and self.link.to_device > killed_at + 12:
                killed_at = self.link.to_device
                self.kills -= 1
                self.device.kill()
                self.device.wait()
                self.device = self.start_device()


def update(board, flash, patch, identity, target, faults, kills):
    ends = UdpEnds()
    pump = Pump(BadLink(ends, faults, 7), lambda: subprocess.Popen([board, flash, *ends.device_options]), kills)
    pump.start()
    digest = hashlib.sha256(target).digest()
    try:
        sender = Sender(ends.near.getsockname()[1], largest=100)
        sender.send(patch, identity, digest)
        model = sender.ask(0)
        assert model[0] == 1 and model[2] == 2 and model[3:11] == digest[:8], model
        assert sender.confirm(digest) in (0, 16)
        assert sender.ask(0)[1] == 1, "not confirmed"
    finally:
        pump.stopped.set()
        pump.join()
        pump.device.kill()
        pump.device.wait()
        ends.close()
    return pump.kills


def main():
    board, tmd = map(os.path.abspath, sys.argv[1:3])
    noise = random.Random(3)
    base = noise.randbytes(20000)
    target = base[:3000] + noise.randbytes(4000) + base[7000:]
    with tempfile.TemporaryDirectory() as folder:
        def make(name, old, new):
            for part, data in (("old", old), ("new", new)):
                with open(os.path.join(folder, part), "wb") as file:
                    file.write(data)
            path = os.path.join(folder, name)
            base_file = os.path.join(folder, "old") if old else "/dev/null"  # the first model on a device has none
            subprocess.run([tmd, "diff", "--quick", base_file, os.path.join(folder, "new"), "-o", path], check=True,
                           stdout=subprocess.DEVNULL)
            told = json.loads(subprocess.run([tmd, "inspect", "--json", path], check=True, capture_output=True).stdout)
            with open(path, "rb") as file:
                return file.read(), int(told["identity"], 16)
        flash = os.path.join(folder, "flash")
        update(board, flash, *make("first.tmd", b"", base), base, NONE, 0)
        left = update(board, flash, *make("update.tmd", base, target), target, Faults(), 3)
        assert left < 3, "the device was never killed"
    print("updated twice, killed %d times on the way" % (3 - left))
    return 0


if __name__ == "__main__":
    sys.exit(main())
