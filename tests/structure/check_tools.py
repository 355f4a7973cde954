#!/usr/bin/env python3
"""Checks how the tree is laid out, and names every line that breaks a rule:

- The rooms of tools/ are a staircase, in the order of tools/README.md, which has a line for each of them: a file
  includes only from its own room and from those above it in that list.
- No circle: neither of rooms nor of units. A unit is a header with the source of its name.
- A unit or a script of tools/ROOM, in whatever folder of it, has its test at tests/host/ROOM/UNIT_test.cpp (.sh, .py),
  a header include/tmd/PATH at tests/device/PATH_test.cpp (.sh); or it stands in tests/structure/without_test.txt with
  the reason, a header as tmd/PATH. What is listed there must exist and have no test, and tests that a reason names must
  exist.
- A meson.build names each test of tests/device and tests/host, so that it runs.
- Nothing outside examples/ but the tests of the examples names that folder in an include or a build file.

usage: check_tools.py ROOT
"""

import os
import pathlib
import re
import sys

SOURCES = {'.cpp', '.hpp', '.c', '.h', '.S', '.py', '.sh'}
TESTS = {'.cpp', '.sh', '.py'}
NAMED_TEST = re.compile(r'[\w/]+_test\b(?:\.(?:cpp|sh|py))?')
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"')
ROOM_LINE = re.compile(r'^\| `([a-z_]+)/` \| \S')


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.tools = self.root / 'tools'
        self.listing = self.root / 'tests/structure/without_test.txt'
        self.failures = 0
        self.headers = 0
        self.sources = 0
        self.order = []
        self.units = {}  # 'room/name' -> {unit it includes: 'file:line'}

    def fail(self, where, why):
        print(f'FAILED: {where}: {why}')
        self.failures += 1

    def rooms(self):
        """Those with sources in them, against the list of tools/README.md."""
        readme = (self.tools / 'README.md').read_text(encoding='utf-8').splitlines()
        self.order = [match.group(1) for match in map(ROOM_LINE.match, readme) if match]
        there = sorted(path.name for path in self.tools.iterdir() if path.is_dir() and any(path.iterdir()))
        for room in there:
            if room not in self.order:
                self.fail(f'tools/{room}', 'has no line in tools/README.md')
        for room in self.order:
            if room not in there:
                self.fail('tools/README.md', f'there is no room {room}/')
        if len(set(self.order)) != len(self.order):
            self.fail('tools/README.md', 'a room has two lines')

    def includes(self):
        for path in sorted(self.tools.glob('*/*.[ch]pp')):
            unit = path.relative_to(self.tools).with_suffix('').as_posix()
            self.units.setdefault(unit, {})
        for path in sorted(self.tools.glob('*/*.[ch]pp')):
            unit = path.relative_to(self.tools).with_suffix('').as_posix()
            for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
                match = INCLUDE.match(line)
                if match:
                    self.include(unit, match.group(1), f'{path.relative_to(self.root)}:{number}')

    def include(self, unit, name, where):
        if name.startswith('tmd/'):
            return
        room, other = unit.split('/')[0], name.split('/')[0]
        if '/' not in name:
            return self.fail(where, f'{name}: headers are named from tools/')
        if other not in self.order:
            return self.fail(where, f'{name}: there is no room {other}/')
        if room in self.order and self.order.index(other) > self.order.index(room):
            self.fail(where, f'{name}: {other}/ stands after {room}/ in tools/README.md')
        target = name.rsplit('.', 1)[0]
        if target != unit and target in self.units:
            self.units[unit].setdefault(target, where)

    def circles(self):
        """Depth first; `state` is 1 for what is on the way, 2 for what is done."""
        state = {}

        def visit(unit, way):
            state[unit] = 1
            for target, where in sorted(self.units[unit].items()):
                if state.get(target) == 1:
                    circle = way[way.index(target):] + [target]
                    self.fail(where, 'a circle: ' + ' -> '.join(circle))
                elif target not in state:
                    visit(target, way + [target])
            state[unit] = 2

        for unit in sorted(self.units):
            if unit not in state:
                visit(unit, [unit])

    def tests(self):
        """The paths of all tests, from tests/ on."""
        return {path.relative_to(self.root / 'tests').as_posix()
                for path in (self.root / 'tests').rglob('*_test.*') if path.suffix in TESTS}

    def listed_without_test(self):
        listed = set()
        tests = self.tests()
        paths = {'/' + test for test in tests} | {'/' + test.rsplit('.', 1)[0] for test in tests}
        for line in self.listing.read_text(encoding='utf-8').splitlines():
            if line and not line.startswith('#'):
                unit, _, reason = line.partition(' ')
                if not reason.strip():
                    self.fail(self.listing.name, f'{unit} has no reason')
                if unit in listed:
                    self.fail(self.listing.name, f'{unit} stands there twice')
                for test in NAMED_TEST.findall(reason):
                    if not any(path.endswith('/' + test) for path in paths):
                        self.fail(self.listing.name, f'{unit}: there is no test {test}')
                listed.add(unit)
        return listed

    def places_of_tests(self):
        """What is tested, by the name that it has in the list: its path, and where its test may lie, without ending."""
        places = {unit: (f'tools/{unit}', f'tests/host/{unit}_test') for unit in self.units}
        for path in sorted(self.tools.glob('*/**/*')):
            unit = path.relative_to(self.tools).with_suffix('').as_posix()
            if path.suffix in SOURCES:
                places[unit] = (f'tools/{unit}', f'tests/host/{unit}_test')
        for path in sorted((self.root / 'include/tmd').rglob('*.*')):
            header = path.relative_to(self.root / 'include/tmd').with_suffix('').as_posix()
            places[f'tmd/{header}'] = (path.relative_to(self.root).as_posix(), f'tests/device/{header}_test')
        return places

    def mirrored_tests(self):
        places = self.places_of_tests()
        listed = self.listed_without_test()
        for unit, (what, test) in sorted(places.items()):
            has_test = any((self.root / (test + end)).exists() for end in TESTS)
            if not has_test and unit not in listed:
                self.fail(what, f'has no test at {test}.cpp and no reason in {self.listing.name}')
            if has_test and unit in listed:
                self.fail(self.listing.name, f'{unit} has a test')
        for unit in sorted(listed - set(places)):
            self.fail(self.listing.name, f'there is no {unit}')
        self.headers = sum(unit.startswith('tmd/') for unit in places)
        self.sources = len(places) - self.headers

    def tests_run(self):
        named = set()
        for build in (self.root / 'tests').rglob('meson.build'):
            folder = build.parent.relative_to(self.root / 'tests').as_posix()
            names = re.findall(r"'([^'\n]+)'", build.read_text(encoding='utf-8'))
            named.update(os.path.normpath(os.path.join(folder, name)) for name in names)
        for test in sorted(self.tests() - named):
            if test.startswith(('device/', 'host/')):
                self.fail(f'tests/{test}', 'no meson.build names it')

    def examples_stand_alone(self):
        for folder in ('include', 'tools', 'bench', 'fuzz', 'tests'):
            for path in sorted((self.root / folder).rglob('*')):
                if path.suffix not in ('.hpp', '.cpp') and path.name != 'meson.build':
                    continue
                for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
                    if re.search(r'(include.*"|\.\./|/ \'|files\(\')examples/', line):
                        self.fail(f'{path.relative_to(self.root)}:{number}', 'nothing depends on examples/')

    def run(self):
        self.rooms()
        self.includes()
        self.circles()
        self.mirrored_tests()
        self.tests_run()
        self.examples_stand_alone()
        print(f'{len(self.order)} rooms, {self.sources} sources, {self.headers} headers, {self.failures} failed')
        return 0 if self.failures == 0 and self.units and self.headers else 1


if __name__ == '__main__':
    sys.exit(Checker(sys.argv[1]).run())
