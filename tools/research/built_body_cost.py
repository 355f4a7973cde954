# SPDX-License-Identifier: Apache-2.0
"""Builds tools/research/body_cost.cpp out of a copy of the source tree, which may be changed before."""
import os
import shutil
import subprocess

LEFT_OUT = ("tests", "bench", "fuzz", "examples", "firmware")  # of the build


def copy_sources(folder):
    """All of the tree that the program runs in the root of, but what was built there."""
    for part in os.listdir("."):
        if os.path.isfile(part):
            shutil.copy(part, folder)
        elif not part.startswith((".", "build")):
            shutil.copytree(part, f"{folder}/{part}", ignore=shutil.ignore_patterns("__pycache__"))


def build_body_cost(folder):
    """Path of the program, built from the sources in `folder`. Ends the program where that fails, with the reason."""
    commands = (["meson", "setup", f"{folder}/build", folder, "--buildtype=release",
                 "-Dlarge_units=true",  # a third of the time to build, for a program that is a twentieth slower
                 *(f"-D{part}=disabled" for part in LEFT_OUT)],
                ["meson", "compile", "-C", f"{folder}/build", "body_cost:executable"])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"cannot build body_cost: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return f"{folder}/build/tools/research/body_cost"
