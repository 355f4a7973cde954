#!/usr/bin/env python3
"""What documents say that an update takes is what `tmd size` prints for the same device.

usage: check_size_figures.py TMD DOCS
"""

import json
import pathlib
import subprocess
import sys

# Document, options of `tmd size`, and the sentence, with its figures as fields of the JSON.
SAID = [
    ('porting.md', '--model 101552 --patch 18998', 'it is {in_place[seconds_without_model]:.1f} s'),
    ('porting.md', '--model 101552 --patch 18998', 'in {in_place[updates_until_worn]} updates with blocks of 4 KB'),
    ('porting.md', '--model 101552 --patch 18998 --erase 1024',
     'in {in_place[updates_until_worn]} with blocks of 1 KB'),
    ('in-place.md', '--model 60000 --patch 5000',
     'one slot takes {in_place[flash_bytes]:,} bytes of flash for {flash_bytes:,}, {in_place[erases]} erases for '
     '{erases}, and {in_place[updates_until_worn]:,} updates'),
]


def main():
    tmd, docs = sys.argv[1:]
    failed = 0
    for document, options, sentence in SAID:
        command = [tmd, 'size', *options.split(), '--in-place', '--json']
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        said = ' '.join(pathlib.Path(docs, document).read_text(encoding='utf-8').split())
        expected = sentence.format(**figures)
        if expected not in said:
            print(f'{document} does not say: {expected} (tmd size {options} --in-place)')
            failed += 1
    print(f'{len(SAID)} sentences, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
