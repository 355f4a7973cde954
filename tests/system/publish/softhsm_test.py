#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A release, and its SUIT envelopes, signed by a key that never leaves its module: SoftHSM2 behind PKCS#11, spoken to
by pkcs11-tool.
Exit status 77 (skipped) where one of them is not installed: `tools/setup.sh test-all` does that.
usage: softhsm_test.py TMD"""
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import cbor
from fleet_folder import make_fleet
from openssl_word import verify_es256

PIN = "648219"


def find_module():
    """The PKCS#11 library of SoftHSM2."""
    found = glob.glob("/usr/lib/softhsm/libsofthsm2.so") + glob.glob("/usr/lib/*/softhsm/libsofthsm2.so")
    return found[0] if found else None


def envelopes(tmd, folder, run, token, patches, names):
    """SUIT envelopes of the same release, by the same key; OpenSSL's word on each signature."""
    to_sign, output = folder + "/to-sign-suit", folder + "/envelopes"
    export = [tmd, "export", "suit", patches, "--sequence", "5"]
    run(*export, "--prepare", to_sign)
    attach = [*export, "--attach", to_sign, "--public-key", folder + "/public.pem", "-o", output]
    missing = subprocess.run(attach, capture_output=True, text=True)
    assert missing.returncode == 3 and "4 of 4 signatures are missing" in missing.stderr, missing
    for number, name in enumerate(names):
        token("--sign", "--mechanism", "ECDSA", "--id", "01", "--input-file", "%s/%s.sha256" % (to_sign, name),
              "--output-file", "%s/%s.sig" % (to_sign, name), "--signature-format", "openssl" if number % 2 else "rs")
    # Another sequence number is another manifest: the signatures are not of it, and nothing is written.
    other = subprocess.run([*attach[:5], "6", *attach[6:]], capture_output=True, text=True)
    assert other.returncode == 3 and "is not the signature of the envelope" in other.stderr, other
    assert not os.path.exists(output) or not os.listdir(output)
    run(*attach)
    assert sorted(os.listdir(output)) == sorted(name.replace(".tmd", ".suit") for name in names)
    for name in names:
        with open(os.path.join(output, name.replace(".tmd", ".suit")), "rb") as file:
            envelope = cbor.read(file.read()).value
        encoded, cose = cbor.read(envelope[2])
        digest = cbor.read(encoded)[1]
        assert digest == hashlib.sha256(cbor.write(envelope[3])).digest()
        protected, _, payload, value = cbor.read(cose).value
        assert payload is None and len(value) == 64
        message = cbor.write(["Signature1", protected, b"", encoded])
        with open("%s/%s.bytes" % (to_sign, name), "rb") as file:
            assert file.read() == message, "the module signed something else"
        assert verify_es256(folder + "/public.pem", message, value, folder)
        with open(os.path.join(patches, name), "rb") as file:
            assert envelope["#patch"] == file.read()


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
            login = ["--token-label", "models", "--login", "--pin", PIN]
            return run("pkcs11-tool", "--module", module, *login, *arguments)

        run("softhsm2-util", "--init-token", "--free", "--label", "models", "--so-pin", "73918246", "--pin", PIN)
        token("--keypairgen", "--key-type", "EC:prime256v1", "--label", "release", "--id", "01")
        token("--read-object", "--type", "pubkey", "--id", "01", "--output-file", folder + "/public.der")
        run("openssl", "pkey", "-pubin", "-inform", "DER", "-in", folder + "/public.der",
            "-out", folder + "/public.pem")

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
        envelopes(tmd, folder, run, token, patches, names)
        # What the module did not sign is not attached.
        shutil.copy("%s/%s.sig" % (to_sign, names[0]), "%s/%s.sig" % (to_sign, names[1]))
        wrong = subprocess.run([tmd, "sign", patches, "--attach", to_sign, "--public-key", folder + "/public.pem",
                                "-o", folder + "/wrong"], capture_output=True, text=True)
        assert wrong.returncode == 3 and names[1] in wrong.stderr, wrong
        assert not os.path.exists(folder + "/wrong")
    print("a release of %d patches and its SUIT envelopes, signed by SoftHSM2 through PKCS#11" % len(names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
