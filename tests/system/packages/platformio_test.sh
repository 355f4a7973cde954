#!/usr/bin/env bash
# The PlatformIO library: its manifest has what platformio-core's manifest schema demands, and a program compiles with
# what the manifest says.
# usage: platformio_test.sh TMD COMPILER
. "$(dirname "$0")/lib.sh"
tmd=$1 compiler=$2
make_archive platformio "TinyMLDelta-platformio-$version.tar.gz"
make_patches "$tmd"
library=$work/unpacked/TinyMLDelta
python3 - "$library" "$version" <<'PYTHON'
import json, pathlib, re, sys
library, version = pathlib.Path(sys.argv[1]), sys.argv[2]
manifest = json.loads((library / 'library.json').read_text())
known = {'$schema', 'name', 'version', 'description', 'keywords', 'homepage', 'license', 'authors', 'repository',
         'export', 'headers', 'frameworks', 'platforms', 'dependencies', 'examples', 'build', 'scripts'}
assert set(manifest) <= known, set(manifest) - known
assert re.fullmatch(r'[^:;/@<>]{1,100}', manifest['name'])
assert manifest['version'] == version and re.fullmatch(r'\d+\.\d+\.\d+', version)
assert 1 <= len(manifest['description']) <= 255
assert all(re.fullmatch(r'[a-z\d\- ]{1,50}', keyword) for keyword in manifest['keywords'])
assert manifest['license'] == 'Apache-2.0'
assert all(author['name'] and set(author) <= {'name', 'email', 'url', 'maintainer'} for author in manifest['authors'])
assert manifest['repository']['type'] in ('git', 'hg', 'svn') and manifest['repository']['url'].startswith('https://')
build = manifest['build']
assert set(build) <= {'flags', 'unflags', 'includeDir', 'srcDir', 'srcFilter', 'extraScript', 'libArchive',
                      'libLDFMode'}
for header in manifest['headers']:
    assert (library / build['includeDir'] / header).is_file(), header
for example in manifest['examples']:
    assert set(example) == {'name', 'base', 'files'}
    for name in example['files']:
        assert (library / example['base'] / name).is_file(), name
PYTHON
"$compiler" -std=gnu++17 -O1 -Wall -Wextra -I"$library/include" "$root/tests/system/packages/update_program.cpp" \
  -o "$work/program"
"$work/program" "$work/first.tmd" "$work/update.tmd" "$work/target.bin"
