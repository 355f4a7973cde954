#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/research/train_priors.py, once, in a copy of the tree: it finds the places where bits are coded, and the table
that it writes is one of the same form as the one that stands there.
usage: train_priors_test.py SOURCES MODELGEN"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HEADER = "include/tmd/internal/codec/prior_table.hpp"
NUMBERS = re.compile(r"(kPriors\[[^\]]*\] = )\{[^}]*\}")


def run(*command, folder=None):
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, "%s: %s%s" % (command, done.stdout, done.stderr)
    return done.stderr


def without_numbers(text):
    form, found = NUMBERS.subn(r"\1{}", text)
    assert found == 1, "no table in the header"
    return form


def main(sources, modelgen):
    sys.path.insert(0, str(sources / "tools/research"))
    sys.dont_write_bytecode = True
    from built_body_cost import copy_sources
    with tempfile.TemporaryDirectory() as folder:
        models, copy = pathlib.Path(folder, "models"), pathlib.Path(folder, "copy")
        copy.mkdir()
        os.chdir(sources)
        copy_sources(copy)
        run(modelgen, "--quick", "--out", models)
        told = run("python3", "tools/research/train_priors.py", "--quick", "--rounds", "1", models / "base.tflite",
                   models / "finetune.tflite", folder=copy)
        before, after = pathlib.Path(HEADER).read_text(), (copy / HEADER).read_text()
    sizes = re.search(r"(\d+) bytes with the table before, (\d+) places used of (\d+)", told)
    assert sizes, told
    size, used, all_places = map(int, sizes.groups())
    assert 10000 < size < 20000, "the body of the fine-tuned model has %d bytes" % size
    assert used <= all_places and used > all_places // 2, told
    assert before != after, "the table did not change"
    assert without_numbers(before) == without_numbers(after), "the script writes another header than stands there"


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve())
