#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The work of tools/compare-interpreters.sh, which says how it is called."""
import fnmatch
import json
import os
import struct
import subprocess
import sys

TOLERANCE = {"tflite": 1, "armnn": 3}
FORMATS = {"int8": "b", "uint8": "B", "int16": "h", "int32": "i", "float32": "f"}


def values(path, kind):
    data = open(path, "rb").read()
    size = struct.calcsize(FORMATS[kind])
    return struct.unpack(f"<{len(data) // size}{FORMATS[kind]}", data)


def difference(ours, theirs, kind):
    """In counts; for floats in parts of 100,000 of the largest value, so that a tolerance of 1 is small."""
    largest = max(abs(a - b) for a, b in zip(ours, theirs))
    return largest if kind != "float32" else largest / max(1.0, *map(abs, ours)) * 1e5


def top1(list_of_values):
    return max(range(len(list_of_values)), key=lambda i: list_of_values[i])


def run_others(others, model, work):
    results = {}
    for name, command in others.items():
        out = os.path.join(work, name + ".out")
        done = subprocess.run(command + [model, os.path.join(work, "in"), out], capture_output=True, text=True)
        results[name] = (out, "") if done.returncode == 0 else (None, done.stderr.strip()[-70:])
    return results


def main():
    tmd, tflite, armnn, listed, work, seeds, folder = sys.argv[1:8]
    others = {}
    if tflite:
        others["tflite"] = [tflite, os.environ["TFLITE"]]
    if armnn:
        others["armnn"] = [armnn]
    known = [line.rstrip("\n").split("\t") for line in open(listed)][1:]
    failures = compared = 0
    for model in sorted(os.listdir(folder)):
        if not model.endswith(".tflite"):
            continue
        path = os.path.join(folder, model)
        worst = {name: 0.0 for name in others}
        equal_top = {name: True for name in others}
        skipped = {}
        for seed in seeds.split():
            ours = subprocess.run([tmd, "run", path, "--seed", seed, "--json", "--save-input", os.path.join(work, "in"),
                                   "-o", os.path.join(work, "own.out")], capture_output=True, text=True)
            if ours.returncode != 0:
                skipped = {name: "not run here: " + ours.stderr.strip()[-60:] for name in others}
                break
            kind = json.loads(ours.stdout)["output_type"]
            own = values(os.path.join(work, "own.out"), kind)
            for name, (out, why) in run_others(others, path, work).items():
                if out is None:
                    skipped[name] = why
                    continue
                theirs = values(out, kind)
                worst[name] = max(worst[name], difference(own, theirs, kind))
                equal_top[name] = equal_top[name] and top1(own) == top1(theirs)
        for name in others:
            if name in skipped:
                print(f"{model:<40} {name:<7} skipped: {skipped[name]}")
                continue
            compared += 1
            causes = [cause for pattern, other, cause in known if other == name and fnmatch.fnmatch(model, pattern + "*")]
            good = worst[name] <= TOLERANCE[name] and (equal_top[name] or worst[name] <= TOLERANCE[name])
            verdict = "equal" if worst[name] == 0 else f"differs by {worst[name]:.3g}"
            if not good and not causes:
                failures += 1
                verdict += "  FAILED"
            elif worst[name] > 0 and causes:
                verdict += "  listed: " + causes[0]
            print(f"{model:<40} {name:<7} {verdict}")
    print(f"{compared} comparisons, {failures} failed")
    return 1 if failures or compared == 0 else 0


sys.exit(main())
