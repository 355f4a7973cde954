# SPDX-License-Identifier: Apache-2.0
"""The folder of a release as `tmd diff --bases` leaves it, for tests."""
import os
import random
import subprocess


def make_fleet(tmd, folder, bases=3, size=20000):
    """Makes models and their patches below `folder`; answers with the folder of the patches and the target's path."""
    noise = random.Random(1)
    model = bytearray(noise.randbytes(size))
    os.mkdir(folder + "/bases")
    target = folder + "/gesture-1.%d.0.bin" % bases
    for version in range(bases + 1):
        path = target if version == bases else folder + "/bases/gesture-1.%d.0.bin" % version
        with open(path, "wb") as file:
            file.write(model)
        for _ in range(size // 50):
            model[noise.randrange(size)] = noise.randrange(256)
    patches = folder + "/patches"
    subprocess.run([tmd, "diff", "--quick", "--bases", folder + "/bases", target, "-o", patches], check=True,
                   stdout=subprocess.DEVNULL)
    return patches, target
