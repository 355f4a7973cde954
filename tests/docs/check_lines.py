#!/usr/bin/env python3
"""No line of a document, a source, a script or a build file is longer than 120 columns, counted in bytes as some tools
do, and no link of a document leads nowhere.

usage: check_lines.py ROOT [FILE …]   (default: every file that git knows)
"""

import pathlib
import re
import subprocess
import sys

# Files that may have longer lines, by their ending or the folder that they are in, and why.
EXEMPT = {
    '.csv': 'a record is a line',
    '.tsv': 'a record is a line',
    '.txt': 'lists and vectors: an entry is a line',
    '.json': 'its strings cannot be broken',
    '.pdsc': 'the address of its schema cannot be broken',
    '.properties': 'Arduino takes a property from one line',
    'fuzz/corpus/': 'what a fuzzer reads, byte for byte',
    'tests/system/packages/arduino/hardware/': 'Arduino takes a property from one line',
}
# Those of these endings that a build reads as it reads a script.
SCRIPTS = {'CMakeLists.txt', 'meson_options.txt'}
LINK = re.compile(r'\]\(([^)#:\s]+)(?:#[^)]*)?\)')


def files_of(root):
    listed = subprocess.run(['git', '-C', root, 'ls-files', '-z'], capture_output=True, check=True).stdout
    return [name for name in listed.decode().split('\0') if name]


def is_exempt(name):
    path = pathlib.PurePosixPath(name)
    in_folder = any(name.startswith(folder) for folder in EXEMPT if folder.endswith('/'))
    return in_folder or (path.suffix in EXEMPT and path.name not in SCRIPTS)


def text_of(path):
    """None where it is no text."""
    try:
        return path.read_text(encoding='utf-8') if path.is_file() else None
    except UnicodeDecodeError:
        return None


def faults_of(root, name):
    path = pathlib.Path(root, name)
    text = None if is_exempt(name) else text_of(path)
    for number, line in enumerate((text or '').split('\n'), 1):
        if len(line.encode()) > 120:
            yield f'{name}:{number}: {len(line.encode())} columns'
        if path.suffix == '.md':
            for target in LINK.findall(line):
                if not (path.parent / target).exists():
                    yield f'{name}:{number}: the link to {target} leads nowhere'


def main():
    root = sys.argv[1]
    names = sys.argv[2:] or files_of(root)
    faults = [fault for name in names for fault in faults_of(root, name)]
    print('\n'.join(faults))
    print(f'{len(names)} files, {len(faults)} failed')
    return 1 if faults or not names else 0


sys.exit(main())
