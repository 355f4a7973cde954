#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `tmd diff --quick` and `--small` cost and give, beside the default: processor time and bytes of patches.

usage: effort_costs.py TMD PAIRS [--effort quick|small] [--only TEXT] [--verbose]

PAIRS: a table with the columns pair, base and target, whose paths lie beside it. Each pair is planned with each effort,
one after the other, so that what else the machine does falls on all alike. Bare patches: CRC-32, no metadata.
"""

import argparse
import csv
import math
import os
import pathlib
import subprocess
import tempfile

arguments = argparse.ArgumentParser()
arguments.add_argument("tmd")
arguments.add_argument("pairs", type=pathlib.Path)
arguments.add_argument("--effort", choices=("quick", "small"), help="this one alone beside the default")
arguments.add_argument("--only", default="", help="pairs whose name has this in it")
arguments.add_argument("--verbose", action="store_true", help="each pair, too")
options = arguments.parse_args()

EFFORTS = {"default": []}
for effort in [options.effort] if options.effort else ["quick", "small"]:
    EFFORTS[f"--{effort}"] = [f"--{effort}"]


def user_seconds():
    """Of children; not the system's, which pages that are touched first take."""
    return os.times().children_user


def plan(pair, effort, patch):
    base, target = (str(options.pairs.parent / pair[end]) for end in ("base", "target"))
    before = user_seconds()
    subprocess.run([options.tmd, "diff", base, target, "-o", patch, "--digest", "crc32", "--no-meta", *effort],
                   check=True, capture_output=True)
    return user_seconds() - before, os.path.getsize(patch)


with open(options.pairs, encoding="utf-8") as table:
    pairs = [row for row in csv.DictReader(table, delimiter="\t") if options.only in row["pair"]]
done = {name: [] for name in EFFORTS}
with tempfile.TemporaryDirectory() as folder:
    for row in pairs:
        for name, effort in EFFORTS.items():
            done[name].append(plan(row, effort, os.path.join(folder, "patch")))
        if options.verbose:
            print(f"{row['pair']:44}", *(f"{s[-1][0]:8.2f} s {s[-1][1]:8}" for s in done.values()), flush=True)

print("| effort | CPU s | of the default's | bytes | of the default's | geometric mean | largest | over 2 % |")
print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
for name, plans in done.items():
    seconds, size = (sum(column) for column in zip(*plans))
    usual_seconds, usual_size = (sum(column) for column in zip(*done["default"]))
    ratios = [ours / usual for (_, ours), (_, usual) in zip(plans, done["default"])]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"| {name} | {seconds:.1f} | {seconds / usual_seconds:.3f} | {size:,} | {size / usual_size:.4f} "
          f"| {mean:.4f} | {max(ratios):.3f} | {sum(ratio > 1.02 for ratio in ratios)} |")
