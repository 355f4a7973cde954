#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What updates in place cost the flash, against those of two slots: the rows of a table of docs/in-place.md.

usage: in_place_costs.py TMD MODELGEN [DOCUMENT]

Models are made by modelgen, and each patch is run over simulated flash: blocks of 4 KB, three spare blocks, the
default journal. With DOCUMENT it says which rows are not in there, and exits with 1 where there are any.
"""

import json
import pathlib
import subprocess
import sys
import tempfile


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def make_models(modelgen, folder):
    """The base, and what it becomes: two targets that were trained, and one whose halves changed places."""
    run(modelgen, "--quick", "--out", str(folder))
    base = (folder / "base.tflite").read_bytes()
    middle = len(base) // 8192 * 4096
    (folder / "moved.tflite").write_bytes(base[middle:] + base[:middle])
    return {"last layer trained on": "head", "all layers fine-tuned": "finetune",
            "re-exported: its halves change places": "moved"}


def cost(tmd, folder, target, options):
    patch, flash = folder / "update.tmd", folder / "flash"
    flash.unlink(missing_ok=True)
    base = str(folder / "base.tflite")
    # What moved is a model no more, and taken as bytes.
    kind = "--raw" if target == "moved" else "--no-meta"
    run(tmd, "diff", *options, kind, base, str(folder / f"{target}.tflite"), "-o", str(patch))
    done = json.loads(run(tmd, "simulate", base, str(patch), "--flash", str(flash), "--json"))
    if not done["finished"]:
        raise SystemExit(f"{target}: the update did not end")
    return done


def table(tmd, modelgen):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for what, target in make_models(modelgen, folder).items():
            two = cost(tmd, folder, target, [])
            one = cost(tmd, folder, target, ["--in-place"])
            cells = [f"{two[key]:,} / {one[key]:,}" for key in ("patch_bytes", "erases", "programmed_bytes")]
            yield f"| {what} | {' | '.join(cells)} |"


rows = list(table(*sys.argv[1:3]))
print("\n".join(rows))
if len(sys.argv) > 3:
    document = pathlib.Path(sys.argv[3]).read_text()
    missing = [row for row in rows if row not in document.splitlines()]
    for row in missing:
        print(f"FAILED: {sys.argv[3]} does not have: {row}", file=sys.stderr)
    sys.exit(1 if missing else 0)
