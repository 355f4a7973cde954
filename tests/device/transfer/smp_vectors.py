#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes smp_vectors.txt, to standard output: messages of an SMP upload, made by an encoder of its own."""
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../system/publish"))
import cbor  # noqa: E402


def message(operation, fields, sequence, group=64, version=0, body=None):
    body = cbor.write(fields) if body is None else body
    head = bytes([version << 3 | operation, 0]) + len(body).to_bytes(2, "big") + group.to_bytes(2, "big")
    return (head + bytes([sequence, 1]) + body).hex()


def main():
    sha = hashlib.sha256(b"a patch").digest()
    first = {"image": 0, "len": 70000, "off": 0, "sha": sha, "upgrade": False, "data": b"TMD2"}
    indefinite = b"\xbf" + b"".join(cbor.write(k) + cbor.write(v) for k, v in first.items()) + b"\xff"
    begins = "upload group=64 seq=1 off=0 len=70000 sha=%s data=544d4432 : %s"
    lines = [
        "# Uploads over SMP: what they say, and their bytes. Written by smp_vectors.py. Numbers are decimal, "
        "bytes hexadecimal.",
        begins % (sha.hex(), message(2, first, 1)),
        begins % (sha.hex(), message(2, None, 1, body=indefinite)),
        "upload group=64 seq=255 off=4 len=- sha= data=00ff : " + message(2, {"off": 4, "data": b"\0\xff"}, 255),
        "upload group=64 seq=3 off=65536 len=- sha= data= : " + message(2, {"data": b"", "off": 65536}, 3),
        "upload group=1 seq=4 off=300 len=- sha= data=01 : " + message(2, {"off": 300, "data": b"\1"}, 4, group=1),
        "refused not a map : " + message(2, [1, 2], 5),
        "refused no offset : " + message(2, {"data": b"\1"}, 5),
        "refused a negative offset : " + message(2, {"off": -1, "data": b"\1"}, 5),
        "refused text for data : " + message(2, {"off": 0, "data": "x"}, 5),
        "refused a map within : " + message(2, {"off": 0, "x": {}}, 5),
        "refused cut short : " + message(2, None, 5, body=cbor.write({"off": 1, "data": b"\1\2\3"})[:-1]),
        "refused without an end : " + message(2, None, 5, body=indefinite[:-1]),
        "refused something behind : " + message(2, None, 5, body=cbor.write({"off": 1}) + b"\0"),
        "refused a key that is a number : " + message(2, {1: 1, "off": 0}, 5),
        "next seq=7 off=0 : " + message(3, {"off": 0}, 7),
        "next seq=7 off=300 : " + message(3, {"off": 300}, 7),
        "next seq=7 off=70000 : " + message(3, {"off": 70000}, 7),
        "done seq=8 off=70000 : " + message(3, {"off": 70000, "match": True}, 8),
        "error seq=9 version=0 rc=3 status=0 : " + message(3, {"rc": 3, "tmd": 0}, 9),
        "error seq=9 version=1 rc=3 status=0 : " + message(3, {"err": {"group": 64, "rc": 3}, "tmd": 0}, 9, version=1),
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
