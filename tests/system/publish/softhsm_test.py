#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A release signed by a key that never leaves its module: SoftHSM2 behind PKCS#11, spoken to by pkcs11-tool.
Exit status 77 (skipped) where one of them is not installed: `tools/setup.sh test-all` does that.
usage: softhsm_test.py TMD"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

from fleet_folder import make_fleet

PIN = "648219"


def find_module():
    """The PKCS#11 library of SoftHSM2."""
    found = glob.glob("/usr/lib/softhsm/libsofthsm2.so") + glob.glob("/usr/lib/*/softhsm/libsofthsm2.so")
    return found[0] if found else None


def main():
    tmd = os.path.abspath(sys.argv[1])
    module = find_module()
    tools = [tool for tool in ("softhsm2-util", "pkcs11-tool", "openssl") if shutil.which(tool) is None]
    if module is None or tools:
        print("not installed: %s" % (", ".join(tools) or "SoftHSM2"))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/tokens")
        with open(folder + "/softhsm2.conf", "w") as file:
            file.write("directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n" % folder)
        environment = dict(os.environ, SOFTHSM2_CONF=folder + "/softhsm2.conf")

        def run(*command, **more):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, **more)
            if done.returncode != 0:
                raise AssertionError("%s: %d\n%s%s" % (" ".join(command), done.returncode, done.stdout, done.stderr))
            return done.stdout

        def token(*arguments):
            return run("pkcs11-tool", "--module", module, "--token-label", "models", "--login", "--pin", PIN, *arguments)

        run("softhsm2-util", "--init-token", "--free", "--label", "models", "--so-pin", "73918246", "--pin", PIN)
        token("--keypairgen", "--key-type", "EC:prime256v1", "--label", "release", "--id", "01")
        token("--read-object", "--type", "pubkey", "--id", "01", "--output-file", folder + "/public.der")
        run("openssl", "pkey", "-pubin", "-inform", "DER", "-in", folder + "/public.der", "-out", folder + "/public.pem")

        patches, target = make_fleet(tmd, folder)
        to_sign, signed = folder + "/to-sign", folder + "/signed"
        run(tmd, "sign", patches, "--prepare", to_sign)
        with open(patches + "/manifest.json") as file:
            names = [patch["file"] for patch in json.load(file)["patches"]]
        assert len(names) == 4, names
        # Both forms that a module may answer in: r || s, and DER.
        for number, name in enumerate(names):
            token("--sign", "--mechanism", "ECDSA", "--id", "01", "--input-file", "%s/%s.sha256" % (to_sign, name),
                  "--output-file", "%s/%s.sig" % (to_sign, name),
                  "--signature-format", "openssl" if number % 2 else "rs")
        run(tmd, "sign", patches, "--attach", to_sign, "--public-key", folder + "/public.pem", "-o", signed)
        for name in names:
            run(tmd, "verify", os.path.join(signed, name), "--public-key", folder + "/public.pem", "--target", target)
        # What the module did not sign is not attached.
        shutil.copy("%s/%s.sig" % (to_sign, names[0]), "%s/%s.sig" % (to_sign, names[1]))
        wrong = subprocess.run([tmd, "sign", patches, "--attach", to_sign, "--public-key", folder + "/public.pem",
                                "-o", folder + "/wrong"], capture_output=True, text=True)
        assert wrong.returncode == 3 and names[1] in wrong.stderr, wrong
        assert not os.path.exists(folder + "/wrong")
    print("a release of %d patches, signed by SoftHSM2 through PKCS#11" % len(names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
