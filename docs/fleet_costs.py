#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the forms of other systems add to a patch: the table of fleets.md. Needs mender-artifact for its line.
usage: docs/fleet_costs.py TMD"""
import os
import random
import shutil
import subprocess
import sys
import tempfile

tmd = os.path.abspath(sys.argv[1])
noise = random.Random(1)
rows = {}


def sizes(folder, ending):
    return sorted(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(ending))


for changed in (30, 1800, 19000):
    with tempfile.TemporaryDirectory() as folder:
        base = noise.randbytes(40000)
        os.mkdir(folder + "/bases")
        for path, data in (("bases/base.bin", base), ("target.bin", noise.randbytes(changed) + base[changed:])):
            with open(os.path.join(folder, path), "wb") as file:
                file.write(data)

        def run(*arguments):
            subprocess.run([tmd, *arguments], check=True, capture_output=True)
        run("keygen", folder + "/key.pem", "--public", folder + "/public.pem")
        run("diff", "--bases", folder + "/bases", folder + "/target.bin", "-o", folder + "/patches")
        patch = sizes(folder + "/patches", ".tmd")[0]
        run("sign", folder + "/patches", "--key", folder + "/key.pem", "-o", folder + "/signed")
        rows.setdefault("the patch", []).append(patch)
        rows.setdefault("signed, `tmd sign`", []).append(sizes(folder + "/signed", ".tmd")[0])
        run("export", "suit", folder + "/patches", "-o", folder + "/suit", "--key", folder + "/key.pem",
            "--sequence", "1")
        rows.setdefault("SUIT envelope", []).append(sizes(folder + "/suit", ".suit")[0])
        run("export", "hawkbit", folder + "/patches", "-o", folder + "/hawkbit")
        rows.setdefault("hawkBit artifact", []).append(sizes(folder + "/hawkbit", ".tmd")[0])
        if shutil.which("mender-artifact"):
            run("export", "mender", folder + "/patches", "-o", folder + "/mender", "--device-type", "sensor")
            rows.setdefault("Mender artifact", []).append(sizes(folder + "/mender", ".mender")[0])

for name, bytes_ in rows.items():
    print("| %s | %s |" % (name, " | ".join("{:,}".format(size) for size in bytes_)))
