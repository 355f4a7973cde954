#!/usr/bin/env python3
"""Checks sbom.spdx.json of an unpacked archive: the fields that SPDX 2.3 demands, every file with its right checksums,
and nothing that is not there.

usage: check_sbom.py FOLDER VERSION     the list lies in FOLDER, or in a folder of it
"""

import hashlib
import json
import pathlib
import sys

DEMANDED = {
    'document': ('spdxVersion', 'dataLicense', 'SPDXID', 'name', 'documentNamespace', 'creationInfo'),
    'package': ('SPDXID', 'name', 'downloadLocation'),
    'file': ('SPDXID', 'fileName', 'checksums'),
}


def main():
    folder, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    lists = list(folder.rglob('sbom.spdx.json'))
    assert len(lists) == 1, f'{len(lists)} lists of contents'
    top = lists[0].parent
    document = json.loads(lists[0].read_text(encoding='utf-8'))
    for field in DEMANDED['document']:
        assert document[field], field
    assert document['spdxVersion'] == 'SPDX-2.3' and document['dataLicense'] == 'CC0-1.0'
    assert set(document['creationInfo']) >= {'created', 'creators'}
    for kind in ('package', 'file'):
        for entry in document[kind + 's']:
            for field in DEMANDED[kind]:
                assert entry[field], (kind, field)
    ours = document['packages'][0]
    assert ours['name'] == 'TinyMLDelta' and ours['versionInfo'] == version
    listed = {}
    for entry in document['files']:
        content = (top / entry['fileName']).read_bytes()
        for checksum in entry['checksums']:
            right = hashlib.new(checksum['algorithm'].lower(), content).hexdigest()
            assert checksum['checksumValue'] == right, entry['fileName']
        listed[entry['fileName'][2:]] = entry['checksums'][0]['checksumValue']
    there = {path.relative_to(top).as_posix() for path in top.rglob('*') if path.is_file()} - {'sbom.spdx.json'}
    assert there == set(listed), there ^ set(listed)
    code = hashlib.sha1(''.join(sorted(listed.values())).encode()).hexdigest()
    assert ours['packageVerificationCode']['packageVerificationCodeValue'] == code
    identifiers = [e['SPDXID'] for e in document['packages'] + document['files']]
    assert len(set(identifiers)) == len(identifiers)
    for relation in document['relationships']:
        for end in ('spdxElementId', 'relatedSpdxElement'):
            assert relation[end] in identifiers + ['SPDXRef-DOCUMENT'], relation
    print(f'{lists[0]}: {len(listed)} files')


if __name__ == '__main__':
    main()
