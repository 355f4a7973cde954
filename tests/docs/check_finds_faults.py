#!/usr/bin/env python3
"""The check of lines itself: it finds a line that is too long in every kind of file, and a link that leads nowhere;
data may have long lines."""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LONG = 'x' * 121 + '\n'
NEXT_TO_LONG = 'x' * 120 + '\n'
CHECKED = ['a.md', 'a.hpp', 'a.h', 'a.cpp', 'a.c', 'a.py', 'a.sh', 'a.ld', 'a.S', 'a.yml', 'a.cmake', 'a.mjs',
           'Kconfig', 'meson.build', 'meson_options.txt', 'folder/CMakeLists.txt']
DATA = ['a.txt', 'a.tsv', 'a.json', 'fuzz/corpus/input/seed']


def check(name, text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return subprocess.run([sys.executable, HERE / 'check_lines.py', folder, name], capture_output=True, text=True,
                              check=False)


def main():
    cases = [(name, 'short\n' + LONG, f'{name}:2: 121 columns') for name in CHECKED]
    cases += [('a.cpp', 'ü' * 61 + '\n', '122 columns'),
              ('a.md', 'see [there](gone.md)\n', 'the link to gone.md leads nowhere')]
    cases += [(name, LONG, None) for name in DATA] + [(name, NEXT_TO_LONG, None) for name in CHECKED]
    cases += [('a.bin', b'\xff' * 200, None)]
    failed = 0
    for name, text, fault in cases:
        found = check(name, text)
        right = found.returncode == 0 if fault is None else found.returncode == 1 and fault in found.stdout
        if not right:
            print(f'FAILED: {name}: expected {fault}\n{found.stdout}{found.stderr}')
            failed += 1
    print(f'{len(cases)} files, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
