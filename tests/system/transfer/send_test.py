#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tmd send` against whole devices, over a bad link, with the devices, and `tmd send` itself, killed at random moments.

usage: send_test.py LINK RUNS TMD DEVICE
LINK: udp, pty: DEVICE is the example linux_link. qemu: DEVICE is the example cortex-m/transfer, on QEMU's serial port.
The seed of a run is printed; SEED=N begins with that one."""
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

from bad_link import NONE, BadLink, Faults, StreamEnds, UdpEnds

SLOTS = {"udp": 96 * 1024, "pty": 96 * 1024, "qemu": 72 * 1024}


class Device:
    """The device's process; its flash outlives it."""

    def __init__(self, link, program, flash, ends):
        if link == "qemu":
            self.command = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none",
                            "-semihosting-config", "enable=on,target=native,arg=" + flash, "-kernel", program]
            self.command += ends.device_options
        else:
            self.command = [program, flash] + ends.device_options
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Bench:
    def __init__(self, link, tmd, program, folder):
        self.link, self.tmd, self.program, self.folder = link, tmd, program, folder
        self.base, self.target = self.path("base.bin"), self.path("target.bin")
        noise = random.Random(1)
        base = noise.randbytes(24000)
        target = base[:5000] + noise.randbytes(5000) + base[10000:]
        self.write(self.base, base)
        self.write(self.target, target)
        os.mkdir(self.path("bases"))
        shutil.copy(self.base, self.path("bases"))
        self.write(self.path("bases/other.bin"), noise.randbytes(3000))
        self.call("diff", "--quick", "/dev/null", self.base, "-o", self.path("first.tmd"))
        self.call("diff", "--quick", "--bases", self.path("bases"), self.target, "-o", self.path("patches"))
        self.write(self.path("other_target.bin"), noise.randbytes(14000) + base[14000:])
        self.call("diff", "--quick", self.base, self.path("other_target.bin"), "-o", self.path("long.tmd"))
        self.fresh = self.path("fresh.flash")
        output, _, _ = self.send(self.fresh, self.path("first.tmd"), NONE, 0, [], 0)
        assert "confirmed, 24,000 bytes" in output, output

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def write(path, data):
        with open(path, "wb") as file:
            file.write(data)

    def call(self, *arguments):
        subprocess.run([self.tmd, *arguments], check=True, stdout=subprocess.DEVNULL)

    def start_sender(self, source, ends, options):
        return subprocess.Popen([self.tmd, "send", source, *ends.sender_options, "--patience", "60", *options],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def send(self, flash, source, faults, seed, options, kills, stops=0):
        """tmd send until it has ended by itself; its last output, and how often the device was killed meanwhile and the
        sender stopped (SIGKILL, both)."""
        chance = random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            ends = UdpEnds() if self.link == "udp" else StreamEnds(folder if self.link == "qemu" else None)
            link = BadLink(ends, faults, seed)
            device = Device(self.link, self.program, flash, ends)
            sender = self.start_sender(source, ends, options)
            killed = stopped = 0
            next_kill, next_stop = chance.randint(3, 40), chance.randint(20, 120)
            try:
                while sender.poll() is None:
                    link.pump(0.05)
                    if killed < kills and link.to_device >= next_kill:
                        device.kill()
                        device.start()
                        killed += 1
                        next_kill = link.to_device + chance.randint(3, 40)
                    if stopped < stops and link.to_device >= next_stop and sender.poll() is None:
                        sender.kill()
                        sender.communicate()
                        sender = self.start_sender(source, ends, options)
                        stopped += 1
                        next_stop = link.to_device + chance.randint(20, 120)
            finally:
                device.kill()
                if sender.poll() is None:
                    sender.kill()
                output = sender.communicate()[0]
                ends.close()
            if sender.returncode != 0:
                raise AssertionError("exit status %d:\n%s" % (sender.returncode, output))
            assert "\r" not in output, "a progress bar in a pipe"
            return output, killed, stopped

    def interrupt(self, flash, messages):
        """A sender and a device, both killed after so many messages to the device."""
        shutil.copy(self.fresh, flash)
        with tempfile.TemporaryDirectory() as folder:
            ends = UdpEnds() if self.link == "udp" else StreamEnds(folder if self.link == "qemu" else None)
            link = BadLink(ends, NONE, 0)
            device = Device(self.link, self.program, flash, ends)
            sender = self.start_sender(self.path("long.tmd"), ends, ["--message-size", "20"])
            while link.to_device < messages and sender.poll() is None:
                link.pump(0.05)
            assert sender.poll() is None, "it was done before it could be killed"
            sender.kill()
            device.kill()
            sender.communicate()
            ends.close()

    def resumes(self):
        """Both ends are killed in the middle, over a good link: the next run goes on where the journal has it."""
        flash = self.path("resumed.flash")
        # Messages have 15 bytes of patch each, and a device takes 300 of them at once. On a busy machine it may have
        # taken few of those that were sent; the next time more are.
        for messages in 700, 800, 900, 1200:
            self.interrupt(flash, messages)
            output, _, _ = self.send(flash, self.path("long.tmd"), NONE, 0, [], 0)
            resumed = re.search(r"resumed    at patch byte ([\d,]+)", output)
            if resumed and int(resumed.group(1).replace(",", "")) > 1000:
                break
        else:
            raise AssertionError(output)
        assert "update     ok" in output and "confirmed" in output.splitlines()[-1], output
        print("both killed, %s" % resumed.group(0), flush=True)

    def run(self, seed):
        chance = random.Random(seed)
        flash = self.path("flash-%d" % seed)
        shutil.copy(self.fresh, flash)
        size = chance.choice([20, 51, 244])
        options = ["--message-size", str(size)]
        output, killed, stopped = self.send(flash, self.path("patches"), Faults(), seed, options, chance.randint(1, 6),
                                            chance.randint(0, 2))
        target = open(self.target, "rb").read()
        last = output.strip().splitlines()[-1]
        assert "confirmed" in last and hashlib.sha256(target).hexdigest()[:16] in last, output
        image = open(flash, "rb").read()
        slot = SLOTS[self.link]
        assert target in (image[:len(target)], image[slot:slot + len(target)]), "the target is in no slot"
        os.remove(flash)
        resumed = "resumed" in output
        repeated = output.split("asked again ")[1].split()[0]
        print("seed %d: %s, messages of %d, device killed %d times, sender %d times, asked again %s times%s: ok" %
              (seed, self.link, size, killed, stopped, repeated, ", resumed" if resumed else ""), flush=True)
        return killed, stopped, resumed


def main():
    link, runs, tmd, program = sys.argv[1], int(sys.argv[2]), *map(os.path.abspath, sys.argv[3:5])
    first = int(os.environ.get("SEED", "1"))
    failures = 0
    done = []  # (killed, stopped, resumed) of each run
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(link, tmd, program, folder)
        bench.resumes()
        for seed in range(first, first + runs):
            try:
                done.append(bench.run(seed))
            except AssertionError as error:
                failures += 1
                print("FAILED: seed %d, %s: %s" % (seed, link, error), flush=True)
    killed, stopped, resumed = [sum(column) for column in zip(*done)] if done else (0, 0, 0)
    if killed == 0:
        print("FAILED: no device was ever killed")
        failures += 1
    print("%d runs over %s, devices killed %d times, senders %d times, %d runs resumed, %d failed" %
          (runs, link, killed, stopped, resumed, failures))
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
