#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The devices of examples/ against servers that lie, and the servers of examples/ over trees that lead elsewhere. Each
ends by itself, or goes on serving; what it says names the place and what is wrong.
usage: hostile_test.py TMD COAP_UPDATE COAP_FILES HTTP_UPDATE LINUX_LINK
COAP_UPDATE, COAP_FILES: none, where they are not built; HTTP_UPDATE as well."""
import http.server
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../publish"))
from fleet_folder import make_fleet  # noqa: E402

POINTER = {"o": "0" * 64, "n": 100, "i": "01234567", "t": "1" * 64}


def refused(words, *command, status=3, most=60):
    done = subprocess.run(command, capture_output=True, text=True, timeout=most)
    assert done.returncode == status, (command, done)
    assert re.search(words, done.stdout + done.stderr), (words, done)


class HttpLiar:
    """Answers every GET with what `answer(path)` gives: status, headers, and parts of the body, perhaps without end."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, parts = answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for part in parts:
                        self.wfile.write(part)
                except OSError:
                    pass

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def endless():
    while True:
        yield bytes(4096)


def http_liars(tmd, update, folder):
    with open(folder + "/model.bin", "wb") as file:
        file.write(random.Random(1).randbytes(4000))
    patch = folder + "/first.tmd"
    subprocess.run([tmd, "diff", "--quick", "/dev/null", folder + "/model.bin", "-o", patch], check=True,
                   capture_output=True)
    with open(folder + "/first.tmd", "rb") as file:
        begin = file.read(60)

    def ask(words, answer, status=3):
        liar = HttpLiar(answer)
        try:
            refused(words, update, folder + "/http.flash", liar.url, "stable", "sensor-7", status=status)
        finally:
            liar.close()

    def pointing(objects, **changes):
        text = json.dumps({**POINTER, **changes}, separators=(",", ":")).encode()
        return lambda path: (200, {}, [text]) if path.startswith("/c/") else objects
    no_pointer = "this is no pointer of tmd publish"
    ask("write|Fail|127.0.0.1", lambda path: (200, {}, endless()))
    ask(no_pointer, lambda path: (200, {}, [b""]))
    ask(no_pointer, lambda path: (200, {}, [b"<html>log in first</html>"]))
    ask(no_pointer, pointing(None, o="../../../etc/passwd"))
    ask(no_pointer, pointing(None, o="A" * 64))
    ask(no_pointer, pointing(None, i="-1"))
    ask("the server answered 500", lambda path: (500, {}, []))
    ask("the server answered 302", lambda path: (302, {"Location": "file:///etc/passwd"}, []))
    ask("nothing to do", lambda path: (404, {}, []), status=0)
    ask("broke off .*404", pointing((404, {}, [])))
    ask("broke off .*run this again", pointing((200, {"Content-Length": "5000"}, [begin])))
    ask("update: ", pointing((200, {}, endless())))
    refused("connect", update, folder + "/http.flash", "http://127.0.0.1:9", "stable", "sensor-7")
    refused("cannot open the flash .*No such file", update, folder + "/no/flash", "http://127.0.0.1:9", "a", "b")
    refused("usage", update, folder + "/http.flash", status=2)


class CoapLiar(threading.Thread):
    """Answers each GET with what `answer(number)` gives: code, ETag, number of the block with its flags, bytes."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer = answer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = str(self.socket.getsockname()[1])
        self.requests = 0
        self.start()

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(4096)
            if len(data) < 4 or data[1] != 1:
                continue
            self.requests += 1
            code, etag, block, payload = self.answer(self.requests)
            token = data[4:4 + (data[0] & 15)]
            options = bytes([0x40 | len(etag)]) + etag  # option 4, then 23
            options += bytes([0xD0 | 3, 23 - 4 - 13]) + block.to_bytes(3, "big")
            self.socket.sendto(bytes([0x60 | len(token), code]) + data[2:4] + token + options +
                               (b"\xff" + payload if payload else b""), peer)


def coap_liars(update, folder):
    noise = random.Random(3)
    more = 8 | 2
    for words, answer in (
            ("answers brought nothing", lambda number: (69, b"\1\2\3\4", more, b"")),
            ("answers brought nothing", lambda number: (69, b"\1\2\3\4", 0xFFFFF << 4 | more, bytes(64))),
            ("answers brought nothing|update: ", lambda number: (69, noise.randbytes(4), 5 << 4 | more, bytes(64))),
            ("update: ", lambda number: (69, noise.randbytes(4), more, b"not a patch" * 5)),
            ("the server answered 5.00", lambda number: (160, b"\1", 0, b"")),
            ("brought nothing|update: |answered", lambda number: (69, noise.randbytes(noise.randrange(1, 8)),
                                                                  noise.randrange(1 << 24), noise.randbytes(64)))):
        liar = CoapLiar(answer)
        refused(words, update, folder + "/coap.flash", "127.0.0.1", liar.port, "stable", "sensor-7")
        assert liar.requests < 200, liar.requests
        print("coap: ended after %d requests" % liar.requests)
    for arguments in ([], ["-b", "65"], ["-t", "-1"], ["-t", "0"], ["-x"]):
        refused("usage", update, *arguments, "flash", "127.0.0.1", "port", "stable", "sensor-7", status=2)
    refused("no way to nowhere port 5683", update, folder + "/coap.flash", "nowhere", "5683", "stable", "sensor-7")


def coap_shorter(tmd, update, folder):
    """An interrupted update, and the server has another patch by now, which ends before the block that is asked for."""
    os.mkdir(folder + "/shorter")
    patches, _ = make_fleet(tmd, folder + "/shorter", bases=1, size=2000)
    with open(os.path.join(patches, next(name for name in os.listdir(patches) if name.startswith("nothing"))),
              "rb") as file:
        longer = file.read()
    with open(folder + "/shorter/model", "wb") as file:
        file.write(bytes(300))
    subprocess.run([tmd, "diff", "/dev/null", folder + "/shorter/model", "-o", folder + "/shorter/patch"], check=True,
                   capture_output=True)
    with open(folder + "/shorter/patch", "rb") as file:
        shorter = file.read()
    etag, most = b"\1\2\3\4", 20  # blocks
    assert len(shorter) < len(longer) // 4 and len(longer) > (most + 1) * 64

    def block(patch, number):
        piece = patch[number * 64:(number + 1) * 64]
        return 69, etag, number << 4 | (8 if (number + 1) * 64 < len(patch) else 0) | 2, piece
    flash = folder + "/shorter/flash"
    breaks = CoapLiar(lambda number: block(longer, number - 1) if number <= most else (160, etag, 0, b""))
    refused("the server answered 5.00", update, flash, "127.0.0.1", breaks.port, "stable", "sensor-7")
    for code in (130, 128):
        has_nothing = CoapLiar(lambda number: (code, etag, 0, b""))
        refused("the server answered 4.0", update, flash, "127.0.0.1", has_nothing.port, "stable", "sensor-7")
    changed = CoapLiar(lambda number: (130, etag, 0, b"") if number == 1 else block(shorter, number - 2))
    done = subprocess.run([update, flash, "127.0.0.1", changed.port, "stable", "sensor-7"], capture_output=True,
                          text=True, timeout=60)
    assert "from patch byte 0\n" not in done.stdout, "nothing was interrupted"
    assert done.returncode == 0 and "update: ok" in done.stdout, done
    print("coap: a shorter patch in the middle is begun anew")


def coap_tree(tmd, update, files, folder):
    """A tree with symbolic links, pointers that lead out of it, and paths that try to."""
    patches, _ = make_fleet(tmd, folder, bases=1, size=2000)
    tree = folder + "/tree"
    subprocess.run([tmd, "publish", patches, tree, "--channel", "stable"], check=True, capture_output=True)
    with open(folder + "/secret", "w") as file:
        file.write("precious")
    pointer = next(os.path.join(path, name) for path, _, names in os.walk(tree + "/c") for name in names
                   if name == "nothing")
    os.symlink(folder + "/secret", tree + "/o/" + "0" * 64)
    os.symlink(pointer, os.path.join(os.path.dirname(pointer), "abcdef"))
    for name, o in (("up", "../../secret"), ("link", "0" * 64), ("long", "0" * 2000)):
        with open(os.path.join(os.path.dirname(pointer), name), "w") as file:
            json.dump({**POINTER, "o": o}, file, separators=(",", ":"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([files, tree, str(port)], stderr=subprocess.DEVNULL)
    try:
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asking.connect(("127.0.0.1", port))
        asking.settimeout(0.3)

        def get(*path, extra=b""):
            message, number = bytes([0x40, 1, 0, len(path)]), 0
            for part in path:
                part = part.encode()
                head = bytes([(11 - number) << 4 | min(len(part), 13)]) + (bytes([len(part) - 13]) if len(part) > 12
                                                                            else b"")
                message, number = message + head + part, 11
            for _ in range(20):
                try:
                    asking.send(message + extra)
                    return asking.recv(4096)
                except (socket.timeout, ConnectionError):
                    time.sleep(0.05)
            raise AssertionError("the server does not answer")
        bucket = os.path.basename(os.path.dirname(pointer))
        assert get("p", "stable", bucket, "nothing")[1] == 69
        for path in (["p", "stable", bucket, name] for name in ("abcdef", "up", "link", "long", "..", "%2e%2e")):
            answer = get(*path)
            assert answer[1] in (132, 130) and b"precious" not in answer, (path, answer)
        for path in (["p"], ["p", "stable"], ["p", ""], ["p", "stable", "..", ".."], ["o", "0" * 64], ["audit.jsonl"],
                     ["p", "stable", bucket, "nothing", "x"]):
            answer = get(*path)
            assert answer[1] == 132, (path, answer)
        noise = random.Random(8)
        for _ in range(300):
            asking.send(bytes([0x40 | noise.randrange(9), 1]) + noise.randbytes(noise.randrange(60)))
        time.sleep(0.3)
        asking.setblocking(False)
        for _ in range(300):  # what it said to the noise
            try:
                asking.recv(4096)
            except (BlockingIOError, ConnectionError):
                pass
        asking.settimeout(0.3)
        # A block far behind the end, and of the size that does not exist.
        for block in (b"\xc3" + (0xFFFFF << 4 | 6).to_bytes(3, "big"), b"\xc1\x07"):
            assert get("p", "stable", bucket, "nothing", extra=block)[1] in (128, 130), block
        assert server.poll() is None, "the server has ended"
    finally:
        server.kill()
        server.wait()
    refused("usage", files, tree, "0", status=2)
    refused("usage", files, tree, "70000", status=2)


def linux_link(program, folder):
    flash = folder + "/link.flash"
    for arguments in ([], ["udp"], ["udp", "0"], ["udp", "abc"], ["udp", "65536"], ["serial"], ["other", "1"]):
        refused("usage", program, flash, *arguments, status=2)
    refused("cannot open /dev/ttyNONE: No such file", program, flash, "serial", "/dev/ttyNONE", status=1)
    refused("cannot open /dev/null: Inappropriate", program, flash, "serial", "/dev/null", status=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        refused("cannot open .*in use", program, flash, "udp", str(taken.getsockname()[1]), status=1)
    refused("cannot open the flash .*Is a directory", program, folder, "stdio", status=1)
    # Garbage, and the end of it, is no reason to fall over.
    done = subprocess.run([program, flash, "stdio"], input=random.Random(2).randbytes(200000), capture_output=True)
    assert done.returncode == 0, done


def main():
    tmd, coap_update, coap_files, http_update, link = [path if path == "none" else os.path.abspath(path)
                                                       for path in sys.argv[1:6]]
    with tempfile.TemporaryDirectory() as folder:
        linux_link(link, folder)
        if http_update != "none":
            http_liars(tmd, http_update, folder)
            print("http: every lie has an end")
        if coap_update != "none":
            coap_liars(coap_update, folder)
            coap_shorter(tmd, coap_update, folder)
            coap_tree(tmd, coap_update, coap_files, folder)
            print("coap: nothing leads out of the tree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
