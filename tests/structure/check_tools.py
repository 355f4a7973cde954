#!/usr/bin/env python3
"""Checks how the tree is laid out, and names every line that breaks a rule:

- The rooms of tools/ are a staircase, in the order of tools/README.md, which has a line for each of them: a file
  includes only from its own room and from those above it in that list.
- No circle: neither of rooms nor of units. A unit is a header with the source of its name.
- A unit of tools/ROOM has its test at tests/host/ROOM/UNIT_test.cpp, a header include/tmd/PATH at
  tests/device/PATH_test.cpp (or .sh); or it stands in tests/structure/without_test.txt with the reason, a header as
  tmd/PATH. What is listed there must exist and have no test.
- Nothing outside examples/ but the tests of the examples names that folder in an include or a build file.

usage: check_tools.py ROOT
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"')
ROOM_LINE = re.compile(r'^\| `([a-z_]+)/` \| \S')


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.tools = self.root / 'tools'
        self.listing = self.root / 'tests/structure/without_test.txt'
        self.failures = 0
        self.headers = 0
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

    def listed_without_test(self):
        listed = set()
        for line in self.listing.read_text(encoding='utf-8').splitlines():
            if line and not line.startswith('#'):
                unit, _, reason = line.partition(' ')
                if not reason.strip():
                    self.fail(self.listing.name, f'{unit} has no reason')
                if unit in listed:
                    self.fail(self.listing.name, f'{unit} stands there twice')
                listed.add(unit)
        return listed

    def mirrored_tests(self):
        """Where each unit's tests may lie, by the name it has in the list."""
        places = {unit: (f'tools/{unit}', [f'tests/host/{unit}_test.cpp']) for unit in self.units}
        for path in sorted((self.root / 'include/tmd').rglob('*.h*')):
            header = path.relative_to(self.root / 'include/tmd').with_suffix('').as_posix()
            places[f'tmd/{header}'] = (path.relative_to(self.root).as_posix(),
                                       [f'tests/device/{header}_test{end}' for end in ('.cpp', '.sh')])
        listed = self.listed_without_test()
        for unit, (what, tests) in sorted(places.items()):
            has_test = any((self.root / test).exists() for test in tests)
            if not has_test and unit not in listed:
                self.fail(what, f'has no test at {tests[0]} and no reason in {self.listing.name}')
            if has_test and unit in listed:
                self.fail(self.listing.name, f'{unit} has a test')
        for unit in sorted(listed - set(places)):
            self.fail(self.listing.name, f'there is no {unit}')
        self.headers = len(places) - len(self.units)

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
        self.examples_stand_alone()
        print(f'{len(self.order)} rooms, {len(self.units)} units, {self.headers} headers, {self.failures} failed')
        return 0 if self.failures == 0 and self.units and self.headers else 1


if __name__ == '__main__':
    sys.exit(Checker(sys.argv[1]).run())
