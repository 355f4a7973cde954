#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The work of tools/compare-interpreters.sh, which says how it is called.

Every model runs here and in each other interpreter on the same inputs. It passes within the tolerance and with the same
top-1, or where differences.tsv lists it with a cause, which is not believed but tried:

    halves-up   this interpreter, with halves rounded up as TFLite has them, must give TFLite's outputs
    once        this interpreter, rounding once as Arm NN does, must give Arm NN's outputs, but for one count
    sums        the same, but for five: Arm NN's sums of floats bring a value to the other side of a half
    zero-scale  the other's output must be one and the same value in all elements

A line of the list that no model needs is a failure, too. The third way is outputs.tsv: checksums of what models of
integers answered when it was written (`--store` writes it).
"""
import fnmatch
import json
import os
import struct
import subprocess
import sys
import zlib

TOLERANCE = {"tflite": 1, "armnn": 3}
FORMATS = {"int8": "b", "uint8": "B", "int16": "h", "int32": "i", "float32": "f"}
ROUNDINGS = {"halves-up": "run_halves_up", "once": "run_once", "sums": "run_once"}
LEFT = {"halves-up": 0, "once": 1, "sums": 5}  # counts


class Compared:
    """One model against one other interpreter, over all inputs."""

    def __init__(self):
        self.largest = 0.0  # against this interpreter
        self.rounded = 0.0  # against this interpreter, rounding as the other does
        self.same_top = True
        self.constant = True
        self.skipped = ""


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


def run_other(command, model, work):
    """The path of the output and "", or None and why the model does not run there."""
    out = os.path.join(work, "other.out")
    done = subprocess.run([*command, model, os.path.join(work, "in"), out], capture_output=True, text=True)
    reason = done.stderr.strip().split("\n")[0].split("  at function")[0]
    if done.returncode not in (0, 1) or (done.returncode == 1 and not reason):
        raise SystemExit(f"{command[0]}: exit status {done.returncode} {reason}")
    return (out, "") if done.returncode == 0 else (None, reason.split("error: ")[-1])


def compare_once(compared, own, kind, command, rounding, model, work):
    out, compared.skipped = run_other(command, model, work)
    if out is None:
        return
    theirs = values(out, kind)
    compared.largest = max(compared.largest, difference(own, theirs, kind))
    compared.same_top = compared.same_top and top1(own) == top1(theirs)
    compared.constant = compared.constant and len(set(theirs)) == 1
    if rounding:
        out, why = run_other([os.path.join(work, rounding)], model, work)
        if out is None:
            raise SystemExit(f"{rounding}: {why}")
        compared.rounded = max(compared.rounded, difference(values(out, kind), theirs, kind))


def verdict(compared, name, cause):
    """Whether it passes, and what to print. The cause is of use where the model would not pass without."""
    good = compared.largest <= TOLERANCE[name] and compared.same_top
    what = "equal" if compared.largest == 0 else f"differs by {compared.largest:.3g}"
    if not compared.same_top:
        what += ", other top-1"
    if cause and not good:
        explained = compared.constant if cause == "zero-scale" else compared.rounded <= LEFT[cause]
        return explained, f"{what}: {cause}" + ("" if explained else "  FAILED: that is not the cause")
    return good, what if good else what + "  FAILED"


def run_here(tmd, path, seed, work):
    """Output and element type; None and the reason where the model does not run."""
    out = os.path.join(work, "own.out")
    done = subprocess.run([tmd, "run", path, "--seed", seed, "--json", "--save-input", os.path.join(work, "in"),
                           "-o", out], capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip().split(": ")[-1]
    return out, json.loads(done.stdout)["output_type"]


def stored_verdict(stored, model, kind, checksum):
    if kind == "float32":
        return True, "skipped: floats depend on the compiler"
    if model not in stored:
        return False, "FAILED: not in outputs.tsv"
    same = stored[model] == str(checksum)
    return same, "as stored" if same else "FAILED: other than stored"


class Comparison:
    """What all models share: the programs, the inputs, the list of differences."""

    def __init__(self, tmd, tflite, armnn, sources, work, seeds):
        self.tmd, self.work, self.seeds = tmd, work, seeds.split()
        self.others = {}
        if tflite:
            self.others["tflite"] = [tflite, os.environ["TFLITE"]]
        if armnn:
            self.others["armnn"] = [armnn]
        self.known = [line.rstrip("\n").split("\t") for line in open(os.path.join(sources, "differences.tsv"))][1:]
        self.unneeded = {(pattern, name) for pattern, name, _ in self.known if name in self.others}

    def listed(self, model, name):
        """Pattern and cause of the first line that speaks of this model; empty where none does."""
        return next(((pattern, cause) for pattern, other, cause in self.known
                     if other == name and fnmatch.fnmatch(model, pattern)), ("", ""))

    def run(self, model, path):
        """What came of it by interpreter, element type and checksum; None and the reason where it does not run here."""
        results, checksum, kind = {name: Compared() for name in self.others}, 0, ""
        for seed in self.seeds:
            out, kind = run_here(self.tmd, path, seed, self.work)
            if out is None:
                return None, kind, 0
            checksum = zlib.crc32(open(out, "rb").read(), checksum)
            own = values(out, kind)
            for name, command in self.others.items():
                if not results[name].skipped:
                    rounding = ROUNDINGS.get(self.listed(model, name)[1])
                    compare_once(results[name], own, kind, command, rounding, path, self.work)
        return results, kind, checksum

    def judge(self, model, name, compared):
        if compared.skipped:
            return True, "skipped: " + compared.skipped
        pattern, cause = self.listed(model, name)
        if cause and (compared.largest > TOLERANCE[name] or not compared.same_top):
            self.unneeded.discard((pattern, name))
        return verdict(compared, name, cause)


class Tally:
    def __init__(self):
        self.failures, self.counts = 0, {}

    def add(self, model, name, good, what):
        print(f"{model:<40} {name:<7} {what}")
        self.failures += not good
        if not what.startswith("skipped"):
            self.counts[name] = self.counts.get(name, 0) + 1

    def end(self):
        counts = ", ".join(f"{count} comparisons with {name}" for name, count in self.counts.items())
        print(f"{counts}; {self.failures} failed")
        return 1 if self.failures or not self.counts else 0


def main():
    sources, folder, store = sys.argv[4], sys.argv[7], sys.argv[8:] == ["--store"]
    comparison, tally, now = Comparison(*sys.argv[1:7]), Tally(), {}
    stored_path = os.path.join(sources, "outputs.tsv")
    stored = {} if store else dict(line.rstrip("\n").split("\t") for line in open(stored_path))
    for model in sorted(name for name in os.listdir(folder) if name.endswith(".tflite")):
        results, kind, checksum = comparison.run(model, os.path.join(folder, model))
        if results is None:
            tally.add(model, "here", True, "skipped: " + kind)
            continue
        if not store:
            tally.add(model, "stored", *stored_verdict(stored, model, kind, checksum))
        elif kind != "float32":
            now[model] = checksum
        for name, compared in results.items():
            tally.add(model, name, *comparison.judge(model, name, compared))
    if store:
        with open(stored_path, "w", encoding="ascii") as file:
            file.writelines(f"{model}\t{checksum}\n" for model, checksum in now.items())
    for pattern, name in sorted(comparison.unneeded):
        tally.add(pattern, name, False, "FAILED: listed, and no model differs")
    return tally.end()


sys.exit(main())
