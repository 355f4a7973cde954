#!/usr/bin/env python3
"""Writes the Python wheel around the program tmd, so that `pip install` puts it into PATH; and its list of contents.

usage: wheel.py FOLDER VERSION OUT     FOLDER has tmd, LICENSE and libraries.txt, and is named …-ARCHITECTURE.wheel

Besides the command there is a module for scripts: `tinymldelta.run(["diff", base, target, "-o", patch])`.
"""

import base64
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

MODULE = '''# SPDX-License-Identifier: Apache-2.0
"""The program tmd of TinyMLDelta, as a command and for scripts."""

import json
import os
import subprocess
import sys
import sysconfig

__version__ = "{version}"


def program():
    """The path of the program that this package installed."""
    here = os.path.join(sysconfig.get_path("scripts"), "tmd")
    if os.path.exists(here):
        return here
    return os.path.join(sysconfig.get_path("scripts", os.name + "_user"), "tmd")


def run(arguments, **options):
    """Runs tmd with these arguments; the rest as in subprocess.run."""
    return subprocess.run([program(), *map(str, arguments)], **options)


def ask(arguments):
    """What a command answers with --json; raises subprocess.CalledProcessError where it fails."""
    done = run([*arguments, "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def main():
    sys.exit(run(sys.argv[1:]).returncode)
'''

METADATA = '''Metadata-Version: 2.1
Name: tinymldelta
Version: {version}
Summary: Makes and inspects patches that update machine-learning models on microcontrollers
License: Apache-2.0
License-File: LICENSE
Classifier: Operating System :: POSIX :: Linux
Requires-Python: >=3.7
Description-Content-Type: text/markdown

The program `tmd` of TinyMLDelta, static, for Linux. `tmd --help` says what it does; `tinymldelta.ask(["diff", base,
target, "-o", patch])` answers with what the program prints as JSON.
'''

WHEEL = '''Wheel-Version: 1.0
Generator: tinymldelta package.sh
Root-Is-Purelib: false
{tags}'''


def record_line(path, top):
    content = path.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()
    return f'{path.relative_to(top).as_posix()},sha256={digest},{len(content)}\n'


def write_wheel(source, version, out):
    architecture = source.name.rsplit('-', 1)[1].removesuffix('.wheel')
    # A static program rests on no C library: it runs with old glibc and with musl.
    platforms = [f'manylinux2014_{architecture}', f'musllinux_1_1_{architecture}']
    libraries = [word for line in (source / 'libraries.txt').read_text().splitlines() for word in line.split('\t')]
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder) / 'tinymldelta'
        info = top / f'tinymldelta-{version}.dist-info'
        scripts = top / f'tinymldelta-{version}.data' / 'scripts'
        for made in (top / 'tinymldelta', info, scripts):
            made.mkdir(parents=True)
        (top / 'tinymldelta/__init__.py').write_text(MODULE.format(version=version))
        (top / 'tinymldelta/__main__.py').write_text('from tinymldelta import main\n\nmain()\n')
        shutil.copy(source / 'tmd', scripts / 'tmd')
        (scripts / 'tmd').chmod(0o755)
        shutil.copy(source / 'LICENSE', info / 'LICENSE')
        (info / 'METADATA').write_text(METADATA.format(version=version))
        (info / 'WHEEL').write_text(WHEEL.format(tags=''.join(f'Tag: py3-none-{p}\n' for p in platforms)))
        subprocess.run([sys.executable, HERE.parent / 'sbom.py', top, version, *libraries], check=True)
        # The place that PEP 770 gives it.
        (info / 'sboms').mkdir()
        (top / 'sbom.spdx.json').rename(info / 'sboms/sbom.spdx.json')
        record = info / 'RECORD'
        lines = [record_line(path, top) for path in sorted(top.rglob('*')) if path.is_file()]
        record.write_text(''.join(lines) + record.relative_to(top).as_posix() + ',,\n')
        name = pathlib.Path(out) / f'tinymldelta-{version}-py3-none-{".".join(platforms)}.whl'
        subprocess.run([sys.executable, HERE.parent / 'archive.py', top, name], check=True)
        print(name)


if __name__ == '__main__':
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    write_wheel(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3])
