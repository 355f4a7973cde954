#!/usr/bin/env python3
"""Writes FOLDER/sbom.spdx.json: what is in a release archive, file by file, as SPDX 2.3 has it.

usage: sbom.py FOLDER VERSION [NAME VERSION LICENCE]...

Behind the version: libraries that are linked in, three words each.
"""

import hashlib
import json
import os
import pathlib
import re
import sys
import time

NAME = 'sbom.spdx.json'
LICENCE = 'Apache-2.0'


def checksums(content):
    return [{'algorithm': name, 'checksumValue': hashlib.new(name.lower(), content).hexdigest()}
            for name in ('SHA1', 'SHA256')]


def licence_of(content):
    found = re.search(rb'SPDX-License-Identifier: ([\w.+-]+)', content)
    return found.group(1).decode() if found else LICENCE


def file_entry(number, path, folder):
    content = path.read_bytes()
    return {
        'SPDXID': f'SPDXRef-File-{number}',
        'fileName': './' + path.relative_to(folder).as_posix(),
        'checksums': checksums(content),
        'licenseConcluded': licence_of(content),
        'licenseInfoInFiles': [licence_of(content)],
        'copyrightText': 'NOASSERTION',
    }


def verification_code(files):
    sums = sorted(entry['checksums'][0]['checksumValue'] for entry in files)
    return hashlib.sha1(''.join(sums).encode()).hexdigest()


def package(name, version, licence, identifier):
    return {
        'SPDXID': identifier,
        'name': name,
        'versionInfo': version,
        'downloadLocation': 'NOASSERTION',
        'filesAnalyzed': False,
        'licenseConcluded': licence,
        'licenseDeclared': licence,
        'copyrightText': 'NOASSERTION',
    }


def document(folder, version, libraries):
    paths = sorted(path for path in folder.rglob('*') if path.is_file() and path.name != NAME)
    files = [file_entry(number, path, folder) for number, path in enumerate(paths, 1)]
    ours = package('TinyMLDelta', version, LICENCE, 'SPDXRef-Package')
    ours.update({
        'filesAnalyzed': True,
        'packageVerificationCode': {'packageVerificationCodeValue': verification_code(files)},
        'licenseInfoFromFiles': sorted({entry['licenseConcluded'] for entry in files}),
        'hasFiles': [entry['SPDXID'] for entry in files],
        'supplier': 'Organization: TinyMLDelta contributors',
        'primaryPackagePurpose': 'LIBRARY',
    })
    packages, relations = [ours], [('SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-Package')]
    for number, (name, library_version, licence) in enumerate(libraries, 1):
        packages.append(package(name, library_version, licence, f'SPDXRef-Library-{number}'))
        relations.append(('SPDXRef-Package', 'STATIC_LINK', f'SPDXRef-Library-{number}'))
    when = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(int(os.environ['SOURCE_DATE_EPOCH'])))
    # The name of this document must be one of a kind: its contents name it.
    unique = hashlib.sha256(json.dumps([files, packages], sort_keys=True).encode()).hexdigest()[:32]
    return {
        'spdxVersion': 'SPDX-2.3',
        'dataLicense': 'CC0-1.0',
        'SPDXID': 'SPDXRef-DOCUMENT',
        'name': f'{folder.name} {version}',
        'documentNamespace': f'https://spdx.org/spdxdocs/tinymldelta-{version}-{unique}',
        'creationInfo': {'created': when,
                         'creators': ['Tool: tinymldelta-package', 'Organization: TinyMLDelta contributors']},
        'packages': packages,
        'files': files,
        'relationships': [{'spdxElementId': a, 'relationshipType': kind, 'relatedSpdxElement': b}
                          for a, kind, b in relations],
    }


def main():
    folder, version, rest = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    libraries = [tuple(rest[i:i + 3]) for i in range(0, len(rest), 3)]
    text = json.dumps(document(folder, version, libraries), indent=1) + '\n'
    (folder / NAME).write_text(text, encoding='utf-8')


if __name__ == '__main__':
    if len(sys.argv) < 3 or len(sys.argv) % 3 != 0:
        sys.exit(__doc__)
    main()
