#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Update Module of examples/linux_link as Mender's client calls it, with the payloads of `tmd export mender`:
installs a first model and an update, killed in the middle, commits, and rolls back. The client itself is not run.
Exit status 77 (skipped) where mender-artifact is not installed.
usage: mender_module_test.py TMD MENDER_MODULE"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

from fleet_folder import make_fleet


SLOTS = 192 * 1024  # bytes at the beginning of the flash


class Client:
    """The states of an update, in the client's order."""

    def __init__(self, module, folder):
        self.module, self.folder = module, folder
        self.environment = dict(os.environ, TMD_FLASH=folder + "/flash")

    def call(self, state, payload, seconds=60):
        return subprocess.run([self.module, state, payload], env=self.environment, capture_output=True, text=True,
                              timeout=seconds)

    def unpack(self, artifact):
        """The folder that the client makes for a module."""
        payload = tempfile.mkdtemp(dir=self.folder)
        os.mkdir(payload + "/files")
        subprocess.run(["tar", "-xf", artifact, "-C", payload], check=True)
        subprocess.run(["tar", "-xf", payload + "/data/0000.tar.gz", "-C", payload + "/files"], check=True)
        return payload

    def install(self, artifact):
        payload = self.unpack(artifact)
        assert self.call("NeedsArtifactReboot", payload).stdout == "No\n"
        assert self.call("SupportsRollback", payload).stdout == "Yes\n"
        return payload, self.call("ArtifactInstall", payload)

    def lose_power(self, payload):
        """Installs it, and is killed as soon as a slot has bytes of it: an update that could be gone on with."""
        for _ in range(20):
            install = subprocess.Popen([self.module, "ArtifactInstall", payload], env=self.environment)
            while install.poll() is None:
                if self.slots_have_bytes():
                    install.kill()
            if install.wait() != 0:
                return
            os.remove(self.folder + "/flash")  # it had ended before
        raise AssertionError("it was never killed in the middle")

    def slots_have_bytes(self):
        path = self.folder + "/flash"
        if not os.path.exists(path) or os.path.getsize(path) < SLOTS:
            return False
        with open(path, "rb") as flash:
            return flash.read(SLOTS).strip(b"\xff") != b""

    def active(self, model):
        """Whether a patch from this model to another would be taken: the device has it."""
        with open(model, "rb") as wanted, open(self.folder + "/flash", "rb") as flash:
            return wanted.read() in flash.read()


def main():
    tmd, module = map(os.path.abspath, sys.argv[1:3])
    if shutil.which("mender-artifact") is None:
        print("mender-artifact is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        patches, target = make_fleet(tmd, folder, bases=2, size=20000)
        first = folder + "/bases/gesture-1.0.0.bin"
        os.mkdir(folder + "/one")
        shutil.copy(first, folder + "/one")

        def run(*arguments):
            subprocess.run([tmd, *arguments], check=True, capture_output=True)

        def artifact_from(place, base):
            [name] = [name for name in os.listdir(place) if name.startswith(base)]
            return os.path.join(place, name)
        run("diff", "--quick", "--bases", folder + "/one", first, "-o", folder + "/first")
        run("export", "mender", folder + "/first", "-o", folder + "/first.mender", "--device-type", "board")
        run("export", "mender", patches, "-o", folder + "/mender", "--device-type", "board")
        client = Client(module, folder)
        # The device loses power while it installs: the client gives that release up. The next one is installed.
        payload = client.unpack(artifact_from(folder + "/mender", "nothing"))
        client.lose_power(payload)
        assert client.call("ArtifactRollback", payload).returncode == 0
        payload, done = client.install(artifact_from(folder + "/first.mender", "nothing"))
        assert done.returncode == 0, done
        assert client.active(first)
        os.remove(folder + "/flash")
        # The device loses power while it installs its first model: the client calls again.
        payload = client.unpack(artifact_from(folder + "/first.mender", "nothing"))
        killed = 0
        for attempt in range(8):
            try:
                done = client.call("ArtifactInstall", payload, 0.1 * (attempt + 1))
                break
            except subprocess.TimeoutExpired:
                killed += 1
        else:
            done = client.call("ArtifactInstall", payload)
        assert done.returncode == 0, done
        assert client.call("ArtifactCommit", payload).returncode == 0
        assert client.active(first)
        # One for another base is refused, and leaves what there is.
        with open(first, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()[:16]
        other = next(name for name in os.listdir(folder + "/mender") if not name.startswith((digest, "nothing")))
        _, done = client.install(os.path.join(folder, "mender", other))
        assert done.returncode == 1 and "base" in done.stderr, done
        # Installed and rolled back; installed again and kept.
        payload, done = client.install(artifact_from(folder + "/mender", digest))
        assert done.returncode == 0, done
        assert client.call("ArtifactRollback", payload).returncode == 0
        payload, done = client.install(artifact_from(folder + "/mender", digest))
        assert done.returncode == 0, "the base is active again: " + done.stderr
        assert client.call("ArtifactCommit", payload).returncode == 0
        assert client.active(target)
        # Nothing of it can be rolled back now.
        assert client.call("ArtifactRollback", payload).returncode == 0
        _, done = client.install(artifact_from(folder + "/mender", digest))
        assert done.returncode == 1, "the target is active: its base's patch is refused"
    print("Update Module: killed %d times, refused, rolled back, committed" % killed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
