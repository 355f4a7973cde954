#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A published tree behind nginx, as docs/publish.md configures it: ranges, ETags, cache headers, 404 outside the
roll-out. Exit status 77 (skipped) where nginx is not installed: `tools/setup.sh test-all` does that.
With HTTP_UPDATE the example of that name takes the update, killed again and again, the server slow.
usage: nginx_test.py TMD DOCUMENT [HTTP_UPDATE]"""
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from device_output import is_done


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def update_over_http(example, folder, port, tree, run):
    """The first model, then the next one; the device is killed at random moments of both."""
    os.mkdir(folder + "/released")  # nothing but what is released now: one patch, for devices without a model
    shutil.copy(folder + "/bases/base.bin", folder + "/released")
    run("diff", "--quick", "--bases", folder + "/released", folder + "/bases/base.bin", "-o", folder + "/first")
    run("publish", folder + "/first", tree, "--channel", "board")
    command = [example, folder + "/flash", "http://127.0.0.1:%d" % port, "board", "sensor-7"]
    chance, killed, resumed = random.Random(5), 0, 0
    for release in ("first", "patches"):
        if release == "patches":
            run("publish", folder + "/patches", tree, "--channel", "board")
        for attempt in range(60):
            device = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                output = device.communicate(timeout=chance.random() * (0.1 + 0.05 * attempt) if attempt < 40 else 20)[0]
            except subprocess.TimeoutExpired:
                device.kill()
                output = device.communicate()[0]
                killed += 1
            resumed += "from patch byte" in output and "from patch byte 0" not in output
            if is_done(output):
                break
        # Kept, or made: the next start says that there is nothing to do.
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0 and "nothing to do" in done.stdout or release == "first", done
    with open(folder + "/flash", "rb") as file, open(folder + "/target.bin", "rb") as target:
        assert target.read() in file.read(), "the target is not in the flash"
    assert killed and resumed, (killed, resumed)
    print("over HTTP: killed %d times, resumed %d times" % (killed, resumed))


def main():
    tmd, document, *example = map(os.path.abspath, sys.argv[1:])
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if nginx is None:
        print("nginx is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        noise = random.Random(1)
        base = noise.randbytes(20000)
        os.mkdir(folder + "/bases")
        target = base[:9000] + noise.randbytes(3000) + base[12000:]
        for path, data in (("bases/base.bin", base), ("target.bin", target)):
            with open(os.path.join(folder, path), "wb") as file:
                file.write(data)
        tree = folder + "/tree"

        def run(*arguments):
            return subprocess.run([tmd, *arguments], check=True, capture_output=True, text=True).stdout

        run("diff", "--quick", "--bases", folder + "/bases", folder + "/target.bin", "-o", folder + "/patches")
        run("publish", folder + "/patches", tree, "--channel", "beta", "--percent", "30")
        with open(document) as file:
            locations = re.search("```nginx\n(.*?)```", file.read(), re.S).group(1).replace("/srv/models", tree)
        port = free_port()
        with open(folder + "/nginx.conf", "w") as file:
            file.write("daemon off; error_log stderr; pid %s/pid; events {}\n" % folder)
            file.write("http { access_log off;\n")
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
                file.write("%s_temp_path %s/%s;\n" % (kind, folder, kind))
            file.write("server { listen 127.0.0.1:%d;\n%s} }\n" % (port, locations))
        server = subprocess.Popen([nginx, "-c", folder + "/nginx.conf", "-p", folder, "-e", "stderr"])
        try:
            for _ in range(100):
                try:
                    get(port, "/")
                    break
                except ConnectionError:
                    time.sleep(0.05)
            name = hashlib.sha256(base).hexdigest()[:16]
            status, headers, body = get(port, "/c/beta/29/" + name)
            assert status == 200 and headers["Cache-Control"] == "public, max-age=60", (status, headers)
            pointer = json.loads(body)
            assert get(port, "/c/beta/30/" + name)[0] == 404, "outside the roll-out"
            assert get(port, "/c/stable/0/" + name)[0] == 404, "another channel"
            assert get(port, "/audit.jsonl")[0] == 404, "the log is not served"
            status, headers, patch = get(port, "/o/" + pointer["o"])
            assert status == 200 and "immutable" in headers["Cache-Control"], (status, headers)
            assert len(patch) == pointer["n"] and hashlib.sha256(patch).hexdigest() == pointer["o"]
            etag = headers["ETag"]
            assert get(port, "/o/" + pointer["o"], If_None_Match=etag)[0] == 304
            status, headers, part = get(port, "/o/" + pointer["o"], Range="bytes=100-163", If_Range=etag)
            assert status == 206 and part == patch[100:164], status
            os.symlink("/etc/passwd", tree + "/o/" + "0" * 64)
            assert get(port, "/o/" + "0" * 64)[0] == 403, "a symbolic link is followed"
            os.remove(tree + "/o/" + "0" * 64)
            if example:
                update_over_http(example[0], folder, port, tree, run)
            run("publish", folder + "/patches", tree, "--channel", "beta", "--percent", "10")
            assert get(port, "/c/beta/29/" + name)[0] == 404, "narrowed"
            print(run("publish", "--verify", tree).strip())
            # What is damaged has exit status 1.
            with open(os.path.join(tree, "o", pointer["o"]), "ab") as file:
                file.write(b"x")
            damaged = subprocess.run([tmd, "publish", "--verify", tree], capture_output=True, text=True)
            assert damaged.returncode == 1 and "is not what its name says" in damaged.stdout, damaged
        finally:
            server.terminate()
            server.wait()
    print("served by nginx: ranges, ETag, cache headers, roll-out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
