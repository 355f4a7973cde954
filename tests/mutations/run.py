#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants one bug at a time and lets the test that is named for it find it.

usage: tests/mutations/run.py BUILD [--only NAME…] [--room PREFIX] [--sample N] [--shard K/N] [--healthy]

BUILD is a meson folder in which everything is built. list.txt has the bugs. Each is planted into a copy of the sources;
the one test source that is named for it is compiled against them and run. A bug counts as killed where an assertion of
that test fails: not by a compiler, a crash, an exception or a hang. Ends with a line of totals; exit status 0 where all
were killed. With --healthy nothing is planted: each test that is named must pass, built and run just as with a bug.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS = 120
MAIN = "libdoctest_main.a"


class Mutation:
    def __init__(self, line):
        fields = [field.strip() for field in line.split(" | ")]
        if len(fields) != 4:
            sys.exit(f"list.txt: four fields are wanted: {line}")
        self.name, self.file, self.edit, test = fields
        self.test, _, self.case = test.partition(": ")

    def is_at_its_path(self):
        """Whether the test is the changed file's own: X_test.cpp, or one of several, X_more_test.cpp."""
        own = re.sub("^include/tmd/", "tests/device/", re.sub("^tools/", "tests/host/", self.file))
        return self.test.startswith(os.path.splitext(own)[0] + "_")

    def has_case(self):
        """Whether the test that is named for it has the case; names go over several lines."""
        path = ROOT / self.test
        return path.is_file() and self.case in re.sub(r'"\s*\n\s*"', "", path.read_text())


def read_list():
    lines = (ROOT / "tests/mutations/list.txt").read_text().splitlines()
    mutations = [Mutation(line) for line in lines if line and not line.startswith("#")]
    names = [mutation.name for mutation in mutations]
    if len(set(names)) != len(names):
        sys.exit("list.txt: a name stands there twice")
    return mutations


def drawn(mutations, arguments):
    if arguments.only:
        unknown = set(arguments.only) - {mutation.name for mutation in mutations}
        if unknown:
            sys.exit(f"no such bug: {', '.join(sorted(unknown))}")
        mutations = [mutation for mutation in mutations if mutation.name in arguments.only]
    mutations = [mutation for mutation in mutations if mutation.file.startswith(arguments.room)]
    if arguments.sample:
        # Spread over the whole list, the same ones each time.
        step = max(1, len(mutations) // arguments.sample)
        mutations = mutations[step // 2 :: step][: arguments.sample]
    shard, shards = (int(number) for number in arguments.shard.split("/"))
    return mutations[shard::shards]


def parts_of(source):
    """The sources that are compiled with this one: a large unit includes several."""
    if not re.search(r"-unity\d+\.cpp$", source.name):
        return [source]
    return [pathlib.Path(name).resolve() for name in re.findall(r'#include\s*[<"]([^>"]+)[>"]', source.read_text())]


class Workshop:
    """A copy of the sources, and how this build compiles and links."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        for part in ("include", "tools"):
            shutil.copytree(ROOT / part, folder / part)
        self.commands = {}
        self.clean_object_of = None  # The test whose object was compiled against sources without a bug.
        self.built = None  # The test that was built without one.
        for entry in json.loads((build / "compile_commands.json").read_text()):
            source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
            for part in parts_of(source):
                self.commands[part] = entry["command"]
        archives = [*(build / "tools").rglob("*.a"), *(build / "tests").rglob("*.a")]
        self.archives = sorted(str(path) for path in archives if path.stat().st_size > 0 and path.name != MAIN)
        self.libraries = sorted(set(re.findall(r"\S+\.so\b|-lmbedcrypto\b", self.link_arguments())))

    def link_arguments(self):
        lines = (self.build / "build.ninja").read_text().splitlines()
        return "\n".join(line for line in lines if line.startswith(" LINK_ARGS"))

    def edit(self, mutation):
        """Plants the bug: the text as it was, or None where it can't be planted."""
        path = self.folder / mutation.file
        before = path.read_text()
        subprocess.run(["sed", "-i", "-E", mutation.edit, path], check=True)
        after = path.read_text()
        old, new = before.splitlines(), after.splitlines()
        changed = sum(a != b for a, b in zip(old, new)) if len(old) == len(new) else None
        if changed != 1:
            path.write_text(before)
            return None
        return before

    def takes(self, mutation):
        """Whether the bug can be planted; nothing is changed."""
        before = self.edit(mutation)
        if before is not None:
            (self.folder / mutation.file).write_text(before)
        return before is not None

    def compile(self, original, source, out):
        words = shlex.split(self.commands[original])
        kept = []
        skip = False
        for word in words:
            if skip or word.startswith(("-MQ", "-MF", "-MD", "-o", "-W")) or word == "-c" or word.endswith(".cpp"):
                skip = word in ("-MQ", "-MF", "-o")
                continue
            # Not as the build does: what is compiled here runs once, and mostly not to its end.
            kept.append("-O0" if word.startswith("-O") else word)
        compiler = 1 if kept[0] == "ccache" else 0
        own = [f"-I{self.folder / part}" for part in ("include", "tools")]
        command = kept[: compiler + 1] + own + kept[compiler + 1 :] + ["-w", "-c", str(source), "-o", str(out)]
        return subprocess.run(command, cwd=self.build, capture_output=True, text=True)

    def build_test(self, mutation):
        """Compiles the test, and the unit that is changed: what went wrong, or None."""
        objects = [self.folder / "test.o"]
        is_unit = mutation.file.endswith(".cpp")
        # A test does not see a unit's source: the bugs of one unit follow one another, and share the test's object.
        if not is_unit or self.clean_object_of != mutation.test:
            self.clean_object_of = None
            compiled = self.compile(ROOT / mutation.test, ROOT / mutation.test, objects[0])
            if compiled.returncode != 0:
                return "does not compile: " + compiled.stderr.strip().splitlines()[0]
            self.clean_object_of = mutation.test if is_unit else None
        if is_unit:
            objects.append(self.folder / "unit.o")
            compiled = self.compile(ROOT / mutation.file, self.folder / mutation.file, objects[1])
            if compiled.returncode != 0:
                return "does not compile: " + compiled.stderr.strip().splitlines()[0]
        doctest = ["-Wl,--whole-archive", self.build / "tests" / MAIN, "-Wl,--no-whole-archive"]
        # The program's own units are in no archive, and its tests run it.
        of_test = objects[:1] if mutation.file.startswith("tools/cli/") else objects
        problem = self.link(mutation, [*of_test, *doctest], self.folder / "test")
        if problem is None and is_unit:
            # For tests that run the program.
            own = sorted((self.build / "tools/cli/tmd.p").glob("*.o"))
            problem = self.link(mutation, [*objects[1:], *own], self.folder / "tmd")
        return problem

    def link(self, mutation, objects, out):
        linker = shlex.split(self.commands[ROOT / mutation.test])
        command = linker[: 2 if linker[0] == "ccache" else 1] + [str(path) for path in objects]
        # The changed unit comes first: it counts where a large unit has the same one without a bug.
        command += ["-Wl,--allow-multiple-definition", "-Wl,--start-group", *self.archives, "-Wl,--end-group"]
        command += [*self.libraries, "-pthread", "-o", str(out)]
        linked = subprocess.run(command, capture_output=True, text=True)
        return None if linked.returncode == 0 else "does not link: " + linked.stderr.strip().splitlines()[-2]

    def run_test(self, mutation):
        """Runs the test: None where an assertion failed in the case that is named, else what happened."""
        command = [str(self.folder / "test"), "--abort-after=1"]
        if mutation.case:
            command.append(f"--test-case=*{mutation.case.replace(',', '?')}*")
        own = self.folder / "tmd"
        program = own if mutation.file.endswith(".cpp") and own.exists() else self.build / "tools/cli/tmd"
        try:
            ran = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, "TMD_PROGRAM": str(program)},
                capture_output=True,
                text=True,
                timeout=SECONDS,
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            return "SURVIVED: found by a hang only"
        if ran.returncode == 0:
            nothing = re.search(r"test cases: +0 ", ran.stdout)
            return "SURVIVED: there is no such test case" if nothing else "SURVIVED"
        failed = re.search(r"assertions:.*\| *(\d+) failed", ran.stdout)
        if ran.returncode < 0 or not failed or failed.group(1) == "0":
            return "SURVIVED: found by a crash or an exception only"
        return None


def plant(workshop, mutation):
    if (ROOT / mutation.test) not in workshop.commands:
        return "there is no such test"
    before = workshop.edit(mutation)
    if before is None:
        return "can't be planted: the edit must change one line"
    try:
        return workshop.build_test(mutation) or workshop.run_test(mutation)
    finally:
        (workshop.folder / mutation.file).write_text(before)


def named_tests(mutations):
    """One bug for each test case that is named, those of one source together."""
    return list({(mutation.test, mutation.case): mutation for mutation in mutations}.values())


def pass_without_bug(workshop, mutation):
    """What is wrong with the test of a bug while that is not planted, or None."""
    if (ROOT / mutation.test) not in workshop.commands:
        return "there is no such test"
    if workshop.built != mutation.test:
        workshop.built = None
        problem = workshop.build_test(mutation)
        if problem is not None:
            return problem
        workshop.built = mutation.test
    problem = workshop.run_test(mutation)
    return None if problem == "SURVIVED" else problem or "fails without a bug"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--room", default="")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--shard", default="0/1")
    parser.add_argument("--healthy", action="store_true")
    arguments = parser.parse_args()
    everything = read_list()
    lost = [mutation.name for mutation in everything if not mutation.has_case()]
    if lost:
        sys.exit(f"list.txt: there is no such test, or no such case in it: {', '.join(lost)}")
    strays = [mutation.name for mutation in everything if not mutation.is_at_its_path()]
    if strays:
        sys.exit(f"list.txt: not killed by the changed file's own test: {', '.join(strays)}")
    mutations = drawn(everything, arguments)
    good = 0
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(arguments.build.resolve(), pathlib.Path(folder))
        stale = [mutation.name for mutation in everything if not workshop.takes(mutation)]
        if stale:
            sys.exit(f"list.txt: the code has changed, these edits change no line, or several: {', '.join(stale)}")
        if arguments.healthy:
            mutations = sorted(named_tests(mutations), key=lambda mutation: mutation.test)
        for mutation in mutations:
            begun = time.monotonic()
            problem = (pass_without_bug if arguments.healthy else plant)(workshop, mutation)
            good += problem is None
            name = f"{mutation.test}: {mutation.case or 'all'}" if arguments.healthy else f"{mutation.name:40}"
            words = "passes" if arguments.healthy else f"killed by {mutation.test}"
            print(f"{name} {problem or words} ({time.monotonic() - begun:.0f} s)", flush=True)
    if arguments.healthy:
        print(f"{len(mutations)} test cases, {good} pass, {len(mutations) - good} not")
    else:
        print(f"{len(mutations)} planted, {good} killed, {len(mutations) - good} not")
    return 0 if mutations and good == len(mutations) else 1


if __name__ == "__main__":
    sys.exit(main())
