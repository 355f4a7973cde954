#!/usr/bin/env python3
"""Prints the device half as one header: each of the project's headers once, behind those that it includes.

usage: amalgamate.py INCLUDE VERSION

What needs headers of others (drivers, PSA Crypto) or is another language's (C) is left out.
"""

import pathlib
import re
import sys

OURS = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"(tmd/[^"]+)"')
SYSTEM = re.compile(r'^[ \t]*#[ \t]*include[ \t]*<([^>]+)>')
LEFT_OUT = ('tmd/port/', 'tmd/c/', 'tmd/auth/psa/')
SKIPPED = re.compile(r'^(#pragma once|// SPDX-License-Identifier: .*)$')


class Amalgamation:
    def __init__(self, include):
        self.include = include
        self.done = set()
        self.system = set()
        self.lines = []

    def add(self, name):
        if name in self.done:
            return
        self.done.add(name)
        body = []
        for line in (self.include / name).read_text(encoding='utf-8').splitlines():
            ours, system = OURS.match(line), SYSTEM.match(line)
            if ours:
                if ours.group(1).startswith(LEFT_OUT):
                    sys.exit(f'amalgamate.py: {name} includes {ours.group(1)}, which is left out')
                self.add(ours.group(1))
            elif system:
                self.system.add(system.group(1))
            elif not SKIPPED.match(line):
                body.append(line)
        self.lines += ['', f'// ---- {name}'] + self.squeezed(body)

    @staticmethod
    def squeezed(lines):
        """Without blank lines at either end, and one at most in between."""
        out = []
        for line in lines:
            if line or (out and out[-1]):
                out.append(line)
        while out and not out[-1]:
            out.pop()
        return out


def main():
    include, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    whole = Amalgamation(include)
    whole.add('tmd/tmd.hpp')
    for path in sorted(include.rglob('*.hpp')):
        name = path.relative_to(include).as_posix()
        if not name.startswith(LEFT_OUT):
            whole.add(name)
    print('// SPDX-License-Identifier: Apache-2.0')
    print(f'// TinyMLDelta {version}, the device half in one header. Made from the files named below; change those.')
    print('#pragma once\n')
    for name in sorted(whole.system):
        print(f'#include <{name}>')
    print('\n'.join(whole.lines))


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main()
