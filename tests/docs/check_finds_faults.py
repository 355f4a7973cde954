#!/usr/bin/env python3
"""The checks of lines and of paths themselves: they find a line that is too long in every kind of file, and links and
paths that lead nowhere; data may have long lines."""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LONG = 'x' * 121 + '\n'
NEXT_TO_LONG = 'x' * 120 + '\n'
CHECKED = ['a.md', 'a.hpp', 'a.h', 'a.cpp', 'a.c', 'a.py', 'a.sh', 'a.ld', 'a.S', 'a.yml', 'a.cmake', 'a.mjs',
           'Kconfig', 'meson.build', 'meson_options.txt', 'folder/CMakeLists.txt']
# What a document says of a tree that has tests/room/some_test.cpp, and the path that is missed.
SAID = [('`tests/room/some_test.cpp`', None), ('`some_test.cpp`', None), ('`room/some_test.cpp`', None),
        ('`tests/room` and `tests/ROOM/FILE_test.cpp`', None), ('`other_test.cpp`', 'other_test.cpp'),
        ('`run tests/gone.sh now`', 'tests/gone.sh'), ('`tests/rooms`', 'tests/rooms'),
        ('`me_test.cpp`', 'me_test.cpp')]
DATA = ['a.txt', 'a.tsv', 'a.json', 'fuzz/corpus/input/seed']


def check(name, text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return subprocess.run([sys.executable, HERE / 'check_lines.py', folder, name], capture_output=True, text=True,
                              check=False)


def check_path(said):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (('tests/room/some_test.cpp', ''), ('page.md', said)):
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding='utf-8')
        subprocess.run(['git', 'init', '-q', folder], check=True)
        subprocess.run(['git', '-C', folder, 'add', '.'], check=True)
        return subprocess.run([sys.executable, HERE / 'check_paths.py', folder], capture_output=True, text=True,
                              check=False)


def main():
    cases = [(name, 'short\n' + LONG, f'{name}:2: 121 columns') for name in CHECKED]
    cases += [('a.cpp', 'ü' * 61 + '\n', '122 columns'),
              ('a.md', 'see [there](gone.md)\n', 'the link to gone.md leads nowhere')]
    cases += [(name, LONG, None) for name in DATA] + [(name, NEXT_TO_LONG, None) for name in CHECKED]
    cases += [('a.bin', b'\xff' * 200, None)]
    found_and_wanted = [(name, check(name, text), fault) for name, text, fault in cases]
    # One path that is there is said as well: a check that finds no path at all fails.
    found_and_wanted += [(said, check_path('`tests/room` ' + said), missing and f'page.md:1: there is no {missing}\n')
                         for said, missing in SAID]
    failed = 0
    for name, found, fault in found_and_wanted:
        right = found.returncode == 0 if fault is None else found.returncode == 1 and fault in found.stdout
        if not right:
            print(f'FAILED: {name}: expected {fault}\n{found.stdout}{found.stderr}')
            failed += 1
    print(f'{len(found_and_wanted)} cases, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
