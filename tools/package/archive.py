#!/usr/bin/env python3
"""Packs a folder so that the same contents give the same bytes: sorted names, one time, no owner.

usage: archive.py FOLDER FILE     FILE ends in .tar.gz, .zip or .pack

A .pack (CMSIS) has its files at the top; the others have them below the folder's name. The time of all files is
SOURCE_DATE_EPOCH.
"""

import gzip
import io
import os
import pathlib
import sys
import tarfile
import time
import zipfile


def files_of(folder):
    return sorted(path for path in folder.rglob('*') if path.is_file())


def mode_of(path):
    return 0o755 if os.access(path, os.X_OK) else 0o644


def write_tar(folder, name_of, out, when):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        for path in files_of(folder):
            entry = tarfile.TarInfo(name_of(path))
            entry.size, entry.mtime, entry.mode = path.stat().st_size, when, mode_of(path)
            with path.open('rb') as content:
                tar.addfile(entry, content)
    with open(out, 'wb') as file, gzip.GzipFile('', 'wb', 9, file, mtime=when) as packed:
        packed.write(raw.getvalue())


def write_zip(folder, name_of, out, when):
    # Times before 1980 do not exist in this format.
    date = time.gmtime(max(when, 315532800))[:6]
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files_of(folder):
            entry = zipfile.ZipInfo(name_of(path), date)
            entry.external_attr = (0o100000 | mode_of(path)) << 16
            entry.create_system = 3
            packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


def main():
    folder, out = pathlib.Path(sys.argv[1]), sys.argv[2]
    when = int(os.environ['SOURCE_DATE_EPOCH'])
    top = pathlib.PurePosixPath() if out.endswith(('.pack', '.whl')) else pathlib.PurePosixPath(folder.name)
    write = write_tar if out.endswith('.tar.gz') else write_zip
    write(folder, lambda path: str(top / path.relative_to(folder).as_posix()), out, when)


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main()
