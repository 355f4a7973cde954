#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says how much of the trained table's gain is for pairs that it was not trained on.

usage: hold_out.py [options] FOLDER        FOLDER holds a pairs.tsv (pair, base, target) with the files it names

Trains the table on all pairs, then for each --fold on the pairs that are not in it, and compares what bodies of
the fold's pairs take with either table. A pair is in the first fold one of whose words its name begins with; one
that is in none is always trained on. Trains and measures in a temporary copy. Run from the root of the source tree.
"""
import argparse, concurrent.futures, csv, math, os, re, subprocess, tempfile

from built_body_cost import build_body_cost, copy_sources

arguments = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
arguments.add_argument("--fold", action="append", required=True,
                       help="words with commas between; give it for each fold")
arguments.add_argument("--kinds", action="store_true", help="the words are what a name ends with, behind its last '-'")
arguments.add_argument("--train", default="",
                       help="options of train_priors.py in one string, as in --train='--doubt 4'")
arguments.add_argument("folder")
options = arguments.parse_args()

with open(os.path.join(options.folder, "pairs.tsv"), encoding="utf-8") as file:
    PAIRS = {row["pair"]: [os.path.abspath(os.path.join(options.folder, row[end])) for end in ("base", "target")]
             for row in csv.DictReader(file, delimiter="\t")}


def family(name):
    return re.split(r"[-.]", name)[0]


def kind(name):
    return name.rsplit("-", 1)[1] if "-" in name else "history"


def fold_of(name):
    for number, words in enumerate(options.fold):
        for word in words.split(","):
            if kind(name) == word if options.kinds else name.startswith(word):
                return number
    return None


def sizes_after_training_on(names, measured):
    """What the bodies of `measured` take with a table that was trained on `names`."""
    with tempfile.TemporaryDirectory() as copy:
        copy_sources(copy)
        train = ["python3", "tools/research/train_priors.py", *options.train.split()]
        subprocess.run([*train, *(path for name in names for path in PAIRS[name])], cwd=copy, check=True)
        program = build_body_cost(copy)
        run = lambda name: subprocess.run([program, *PAIRS[name]], capture_output=True, text=True,
                                          check=True).stdout
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return {name: int(line.split("\t")[1]) for name, line in zip(measured, pool.map(run, measured))}


def say(title, ratios):
    print(f"{title:20} {len(ratios):4} pairs  {math.exp(sum(map(math.log, ratios)) / len(ratios)):.4f}")


trained_on_all = sizes_after_training_on(PAIRS, PAIRS)
held_out = {}
for number, words in enumerate(options.fold):
    test = [name for name in PAIRS if fold_of(name) == number]
    held_out |= sizes_after_training_on([name for name in PAIRS if fold_of(name) != number], test)
    say(words[:20], [held_out[name] / trained_on_all[name] for name in test])
print("\nbytes with the table that never saw the pair / bytes with the table trained on all, geometric mean")
ratios = {name: held_out[name] / trained_on_all[name] for name in held_out}
for group in (kind, family):
    for value in sorted({group(name) for name in ratios}):
        say(value, [ratio for name, ratio in ratios.items() if group(name) == value])
    print()
say("all", list(ratios.values()))
for name in sorted(ratios, key=ratios.get)[-5:]:
    print(f"most lost: {ratios[name]:.3f} {name}, {trained_on_all[name]} to {held_out[name]} bytes")
