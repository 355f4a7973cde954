#!/usr/bin/env bash
# The CMSIS pack: its description has the elements and attributes that PACK.xsd 1.7 demands, in its order, and names
# files that are there; a program compiles with the include path that it states.
. "$(dirname "$0")/lib.sh"
make_archive cmsis-pack "TinyMLDelta.tinymldelta.$version.pack"
python3 - "$work/unpacked" "$version" "TinyMLDelta.tinymldelta" <<'PYTHON'
import pathlib, re, sys
import xml.etree.ElementTree as tree
top, version, full_name = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
descriptions = list(top.glob('*.pdsc'))
assert [path.name for path in descriptions] == [full_name + '.pdsc']
package = tree.parse(descriptions[0]).getroot()
assert package.tag == 'package' and re.fullmatch(r'1\.[0-9]+\.[0-9]+', package.get('schemaVersion'))
assert full_name == f'{package.findtext("vendor")}.{package.findtext("name")}'
assert not re.search(r'[\s.]', package.findtext('vendor') + package.findtext('name'))
for demanded in ('vendor', 'name', 'description', 'url', 'license', 'releases'):
    assert package.find(demanded) is not None, demanded
assert (top / package.findtext('license')).is_file()
release = package.find('releases/release')
assert release.get('version') == version and re.fullmatch(r'\d{4}-\d\d-\d\d', release.get('date'))
conditions = {condition.get('id') for condition in package.findall('conditions/condition')}
cores = {'Cortex-M0', 'Cortex-M0+', 'Cortex-M1', 'Cortex-M3', 'Cortex-M4', 'Cortex-M7', 'Cortex-M23', 'Cortex-M33',
         'Cortex-M35P', 'Cortex-M52', 'Cortex-M55', 'Cortex-M85', 'SC000', 'SC300', 'Star-MC1'}
for accept in package.iter('accept'):
    assert accept.get('Dcore') in cores, accept.get('Dcore')
components = package.findall('components/component')
assert components
for component in components:
    for demanded in ('Cclass', 'Cgroup', 'Cversion'):
        assert component.get(demanded), demanded
    assert component.get('Cversion') == version and component.get('condition') in conditions
    assert component.find('description') is not None and component.find('files/file') is not None
    categories = {'doc', 'header', 'include', 'library', 'object', 'source', 'sourceC', 'sourceCpp', 'other'}
    for file in component.iter('file'):
        assert file.get('category') in categories
        path = top / file.get('name')
        assert path.is_dir() if file.get('category') == 'include' else path.is_file(), path
        # The specification wants the slash behind a folder.
        assert (file.get('category') == 'include') == file.get('name').endswith('/')
print('description: ok')
PYTHON
needs arm-none-eabi-g++
arm-none-eabi-g++ -std=c++17 -mcpu=cortex-m33 -mthumb -Os -fno-exceptions -fno-rtti -Wall -Wextra -Werror \
  -I"$work/unpacked/include" -c "$root/bench/firmware/device_half.cpp" -o "$work/device.o"
