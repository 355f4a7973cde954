#!/usr/bin/env python3
"""The check of tools/ itself: each fault that it is there for is found, and named, and a sound tree passes."""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

SOUND = {
    'tools/README.md': '| `base/` | What all share. |\n| `patch/` | Patches. |\n',
    'tools/base/error.hpp': '#pragma once\n#include <string>\n',
    'tools/patch/reader.hpp': '#pragma once\n#include "base/error.hpp"\n#include "tmd/status.hpp"\n',
    'tools/patch/reader.cpp': '#include "patch/reader.hpp"\n',
    'tools/patch/writer.hpp': '#pragma once\n#include "patch/reader.hpp"\n',
    'tests/host/patch/reader_test.cpp': '',
    'tests/host/patch/writer_test.cpp': '',
    'include/tmd/bytes.hpp': '#pragma once\n',
    'include/tmd/c/tmd.h': '#pragma once\n',
    'include/tmd/internal/store/slots.hpp': '#pragma once\n',
    'tests/device/bytes_test.cpp': '',
    'tests/device/c/tmd_test.sh': '',
    'tests/device/meson.build': "tests = ['bytes_test.cpp', 'c/tmd_test.sh', '../host/patch/reader_test.cpp']\n",
    'tests/host/meson.build': "test('patch/writer_test.cpp')\n",
    'tools/patch/notes/convert.py': '',
    'tests/structure/without_test.txt':
        '# unit, reason\nbase/error nothing to test\ntmd/internal/store/slots has none yet: bytes_test\n'
        'patch/notes/convert c/tmd_test.sh calls it\n',
    'examples/demo/main.hpp': '#pragma once\n',
    'bench/meson.build': "executable('bench')\n",
}

# What a fault adds to which file, and what the check says of it.
FAULTS = [
    ('tools/base/error.hpp', '#include "patch/reader.hpp"\n',
     'tools/base/error.hpp:3: patch/reader.hpp: patch/ stands after'),
    ('tools/patch/reader.cpp', '#include "patch/writer.hpp"\n',
     'a circle: patch/reader -> patch/writer -> patch/reader'),
    ('tools/patch/reader.hpp', '#include "error.hpp"\n', 'headers are named from tools/'),
    ('tools/patch/reader.hpp', '#include "common/all.hpp"\n', 'there is no room common/'),
    ('tools/common/all.hpp', '#pragma once\n', 'tools/common: has no line in tools/README.md'),
    ('tools/README.md', '| `link/` | Links. |\n', 'there is no room link/'),
    ('tools/README.md', '| `base/` | Again. |\n', 'a room has two lines'),
    ('tools/patch/cutter.cpp', '', 'tools/patch/cutter: has no test at tests/host/patch/cutter_test.cpp'),
    ('tools/patch/notes/cutter.cpp', '',
     'tools/patch/notes/cutter: has no test at tests/host/patch/notes/cutter_test.cpp'),
    ('tools/patch/table.py', '', 'tools/patch/table: has no test at tests/host/patch/table_test.cpp'),
    ('tools/patch/measure.sh', '', 'tools/patch/measure: has no test at tests/host/patch/measure_test.cpp'),
    ('tools/patch/start.h', '', 'tools/patch/start: has no test at tests/host/patch/start_test.cpp'),
    ('tests/host/patch/writer_more_test.cpp', '', 'tests/host/patch/writer_more_test.cpp: no meson.build names it'),
    ('tests/structure/without_test.txt', 'tmd/internal/store/new read by ring_test\n', 'there is no test ring_test'),
    ('tests/structure/without_test.txt', 'patch/gone it was small\n', 'there is no patch/gone'),
    ('tests/structure/without_test.txt', 'patch/writer too small\n', 'patch/writer has a test'),
    ('tests/structure/without_test.txt', 'base/error again\n', 'base/error stands there twice'),
    ('tests/structure/without_test.txt', 'tmd/internal/gone it was small\n', 'there is no tmd/internal/gone'),
    ('tests/structure/without_test.txt', 'tmd/bytes too small\n', 'tmd/bytes has a test'),
    ('tests/structure/without_test.txt', 'tmd/c/tmd too small\n', 'tmd/c/tmd has a test'),
    ('tests/host/base/error_test.cpp', '', 'base/error has a test'),
    ('tests/device/internal/store/slots_test.cpp', '', 'tmd/internal/store/slots has a test'),
    ('include/tmd/internal/store/writer.hpp', '',
     'include/tmd/internal/store/writer.hpp: has no test at tests/device/internal/store/writer_test.cpp'),
    ('include/tmd/table.inc', '', 'include/tmd/table.inc: has no test at tests/device/table_test.cpp'),
    ('include/tmd/c/define.h', '', 'include/tmd/c/define.h: has no test at tests/device/c/define_test.cpp'),
    ('bench/meson.build', "executable('copy', '../examples/demo/main.hpp')\n", 'nothing depends on examples/'),
    ('tools/patch/reader.cpp', '#include "examples/demo/main.hpp"\n', 'nothing depends on examples/'),
]


def check(extra):
    with tempfile.TemporaryDirectory() as folder:
        for name in {**SOUND, **extra}:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SOUND.get(name, '') + extra.get(name, ''), encoding='utf-8')
        return subprocess.run([sys.executable, HERE / 'check_tools.py', folder],
                              capture_output=True, text=True, check=False)


def main():
    failed = 0
    sound = check({})
    if sound.returncode != 0:
        print('FAILED: a sound tree does not pass:\n' + sound.stdout + sound.stderr)
        failed += 1
    for name, addition, words in FAULTS:
        found = check({name: addition})
        if found.returncode == 0 or words not in found.stdout:
            print(f'FAILED: not found in {name}: {addition.strip()}: {words}\n{found.stdout}{found.stderr}')
            failed += 1
    print(f'{len(FAULTS)} faults, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
