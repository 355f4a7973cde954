# SPDX-License-Identifier: Apache-2.0
"""What OpenSSL says of a signature."""
import os
import subprocess


def verify_es256(public_key, message, signature, folder):
    """OpenSSL's word on r || s."""
    def integer(part):
        part = part.lstrip(b"\0") or b"\0"
        part = (b"\0" if part[0] & 128 else b"") + part
        return b"\2" + bytes([len(part)]) + part
    halves = integer(signature[:32]) + integer(signature[32:])
    for name, data in (("message", message), ("signature", b"\x30" + bytes([len(halves)]) + halves)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", folder + "/signature",
                           folder + "/message"], capture_output=True, text=True)
    return done.returncode == 0
