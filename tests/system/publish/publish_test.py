#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tmd publish` as people and their build servers run it: several at once, killed at any moment, on a terminal and in a
pipe; and the figures of docs/publish.md are those that its command prints.
usage: publish_test.py TMD DOCS"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

from fleet_folder import make_fleet
from on_terminal import check_bar, on_terminal


def run(*command, status=0):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == status, (command, done)
    return done


def check_tree(tmd, tree, *options):
    assert "are as they should be" in run(tmd, "publish", "--verify", tree, *options).stdout


def several_at_once(tmd, folder, patches, first):
    """Ten publishers of two releases on three channels: every change is in the log, once, and the chain is whole."""
    tree = folder + "/at-once"
    commands = [[tmd, "publish", release, tree, "--channel", channel, "--percent", percent]
                for release in (first, patches) for channel in ("alpha", "beta", "stable") for percent in ("10", "100")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for command in commands]
    for process in running:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    check_tree(tmd, tree)
    with open(tree + "/audit.jsonl") as file:
        lines = [json.loads(line) for line in file]
    changes = {(line["channel"], line["percent"], json.dumps(line["release"]["target"])) for line in lines}
    assert len(changes) == len(commands), (len(changes), len(commands))


def killed_anywhere(tmd, folder, patches, first):
    """SIGKILL at a random moment: no pointer is without its object, and the next run brings it to its end."""
    chance, killed = random.Random(11), 0
    tree = folder + "/killed"
    for round_ in range(120):
        if round_ >= 12 and killed >= 3:
            break
        percent = str(10 + 7 * (round_ % 12))
        release = (first, patches)[round_ % 2]
        process = subprocess.Popen([tmd, "publish", release, tree, "--channel", "stable", "--percent", percent],
                                   stdout=subprocess.DEVNULL)
        time.sleep(chance.random() * 0.06)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        for path, _, names in os.walk(tree + "/c"):
            for name in names:
                with open(os.path.join(path, name)) as file:
                    pointer = json.load(file)
                assert os.path.getsize(os.path.join(tree, "o", pointer["o"])) == pointer["n"]
        if round_ % 3 == 2:
            run(tmd, "publish", release, tree, "--channel", "stable", "--percent", percent)
            check_tree(tmd, tree)
    assert killed >= 3, killed
    print("killed %d publishers" % killed)


def progress(tmd, folder, patches):
    """Bars on terminals, with a percentage, and after a second with rate and time left; nothing in a pipe."""
    noise = random.Random(3)
    for name in ("old.bin", "new.bin"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(noise.randbytes(60000))
    commands = {
        "diff": ["diff", "--quick", folder + "/old.bin", folder + "/new.bin", "-o", folder + "/bar.tmd"],
        "diff --bases": ["diff", "--quick", "--bases", folder + "/bases", folder + "/new.bin", "-o", folder + "/bars"],
        "publish": ["publish", patches, folder + "/bar-tree", "--channel", "stable"],
        "verify": ["publish", "--verify", folder + "/bar-tree"],
        "sign": ["sign", patches, "--key", folder + "/key.pem", "-o", folder + "/bar-signed"],
    }
    run(tmd, "keygen", folder + "/key.pem", "--public", folder + "/public.pem")
    for name, command in commands.items():
        drawn, status = on_terminal(tmd, *command)
        assert status == 0, (name, drawn)
        check_bar(drawn)
        done = run(tmd, *command)
        assert done.stderr == "" and "\r" not in done.stdout, (name, done)
    model = bytearray(noise.randbytes(400000))
    for name in ("old.bin", "new.bin"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(model)
        model[::20] = noise.randbytes(len(model[::20]))
    # Not planned quickly: it has to take more than the second.
    drawn, status = on_terminal(tmd, *(word for word in commands["diff"] if word != "--quick"))
    assert status == 0 and re.search(r"\d%  [\d.]+ k?B/s, \d+ (s|min) left", drawn), drawn


def figures(docs):
    """Each line that the command prints is a row of the page."""
    printed = run(sys.executable, docs + "/publish_costs.py").stdout.strip().splitlines()
    with open(docs + "/publish.md") as file:
        rows = {row.group(1): row.group(2) for row in re.finditer(r"^\| (.*?) \| (.*?) \|$", file.read(), re.M)}
    assert len(printed) == 5
    for line in printed:
        name, figure = line.split(": ")
        found = [value for row, value in rows.items()
                 if row.split(",")[0] == name.split(",")[0] or row.startswith(name)]
        assert figure in found, (line, found)


def signed_log(tmd, folder, patches):
    tree = folder + "/signed-log"
    run(tmd, "publish", patches, tree, "--channel", "stable", "--key", folder + "/key.pem")
    check_tree(tmd, tree, "--public-key", folder + "/public.pem")
    run(tmd, "keygen", folder + "/other.pem", "--public", folder + "/other_public.pem")
    refused = run(tmd, "publish", "--verify", tree, "--public-key", folder + "/other_public.pem", status=1)
    assert "line 1" in refused.stdout


def main():
    tmd, docs = map(os.path.abspath, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        patches, _ = make_fleet(tmd, folder)
        bases = folder + "/bases"
        run(tmd, "diff", "--quick", "--bases", bases, bases + "/gesture-1.1.0.bin", "-o", folder + "/first")
        several_at_once(tmd, folder, patches, folder + "/first")
        killed_anywhere(tmd, folder, patches, folder + "/first")
        progress(tmd, folder, patches)
        signed_log(tmd, folder, patches)
        figures(docs)
    print("published at once, killed, on a terminal, signed; figures as printed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
