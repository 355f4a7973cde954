#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The files of vectors are what the second implementations write, and the table of docs/transfer.md about forward error
correction is what fec_rates.py prints.
usage: vectors_test.py DOCS"""
import os
import re
import subprocess
import sys

DEVICE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def printed(script, *arguments):
    return subprocess.run([sys.executable, os.path.join(DEVICE, script), *arguments], check=True, capture_output=True,
                          text=True).stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


def main():
    for script, vectors in (("staging/fec_vectors.py", "staging/fec_vectors.txt"),
                            ("transfer/smp_vectors.py", "transfer/smp_vectors.txt")):
        wanted = without_comments(read(os.path.join(DEVICE, vectors)))
        assert wanted and without_comments(printed(script)) == wanted, "%s is not what %s writes" % (vectors, script)
    page = read(sys.argv[1] + "/transfer.md")
    lines = printed("staging/fec_rates.py", "10000").splitlines()
    assert len(lines) == 3, lines
    for line in lines:
        loss, redundancy, enough, _, most = re.findall(r"[\d.]+", line)
        row = r"\| %s %% \| %s %% \| 64 \| %s %% \| %s \|" % (loss, redundancy, re.escape(enough), most)
        assert re.search(row, page), "docs/transfer.md does not say: " + line
    print("vectors and rates are as they are written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
