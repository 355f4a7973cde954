#!/usr/bin/env python3
"""No line of a document or a C++ source is longer than 120 columns, counted in bytes as some tools do, and no link of a
document leads nowhere.

usage: check_lines.py ROOT [FILE …]   (default: every file that git knows)
"""

import pathlib
import re
import subprocess
import sys

KINDS = {'.md', '.hpp', '.h', '.cpp', '.c'}
LINK = re.compile(r'\]\(([^)#:\s]+)(?:#[^)]*)?\)')


def files_of(root):
    listed = subprocess.run(['git', '-C', root, 'ls-files', '-z'], capture_output=True, check=True).stdout
    return [name for name in listed.decode().split('\0') if name]


def faults_of(root, name):
    path = pathlib.Path(root, name)
    if path.suffix not in KINDS or not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding='utf-8').split('\n'), 1):
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
