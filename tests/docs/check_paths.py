#!/usr/bin/env python3
"""Each file and folder of this tree that a document names in backticks is there. A name may be the end of a path.

usage: check_paths.py ROOT [DOCUMENT …]   (default: every document that git knows)
"""

import pathlib
import re
import subprocess
import sys

QUOTED = re.compile(r'`([^`]+)`')
FILE = re.compile(r'(?<![\w./<$-])([\w-]+(?:/[\w.-]+)*\.(?:cpp|hpp|c|h|sh|py|md|tsv|txt))(?![\w*…/])')
FOLDER = re.compile(r'(?<![\w./<$-])((?:include|tools|tests|bench|examples|fuzz|docs)/[\w/-]+)(?![\w.*…/-])')
PLACEHOLDER = re.compile(r'(?<![A-Za-z])[A-Z]+(?![A-Za-z])')
# What others have: an export's files, a system's headers, a vendor's tool; and what only an archive has.
FOREIGN = {'model_metadata.h', 'model-parameters/model_metadata.h', 'lwip/sockets.h', 'esptool.py', 'sdkconfig.h',
           'examples/model_update', 'examples/update_from_serial'}


class Tree:
    def __init__(self, root):
        listed = subprocess.run(['git', '-C', root, 'ls-files', '-z'], capture_output=True, check=True).stdout
        self.files = [name for name in listed.decode().split('\0') if name]
        folders = {str(folder) for name in self.files for folder in pathlib.PurePosixPath(name).parents}
        self.ends = {end for name in {*self.files, *folders} for end in self.ends_of(name)}

    @staticmethod
    def ends_of(name):
        parts = name.split('/')
        return ('/'.join(parts[first:]) for first in range(len(parts)))

    def has(self, name):
        return name.rstrip('/') in self.ends


def named_in(line):
    for quoted in QUOTED.findall(line):
        for name in FILE.findall(quoted) + FOLDER.findall(quoted):
            if name not in FOREIGN and not PLACEHOLDER.search(name.replace('README', '')):
                yield name


def main():
    root = sys.argv[1]
    tree = Tree(root)
    documents = sys.argv[2:] or [name for name in tree.files if name.endswith('.md')]
    names = failures = 0
    for document in documents:
        for number, line in enumerate(pathlib.Path(root, document).read_text(encoding='utf-8').split('\n'), 1):
            for name in named_in(line):
                names += 1
                if not tree.has(name):
                    failures += 1
                    print(f'{document}:{number}: there is no {name}')
    print(f'{len(documents)} documents, {names} paths, {failures} failed')
    return 1 if failures or not names else 0


sys.exit(main())
