#!/usr/bin/env bash
# The Zephyr module: module.yml is at the root of the package and names what is there, Kconfig and the sample are whole,
# and the driver and the sample compile against Zephyr's declarations.
. "$(dirname "$0")/lib.sh"
make_archive zephyr "tinymldelta-zephyr-$version.tar.gz"
module=$work/unpacked/tinymldelta
grep -qx 'name: tinymldelta' "$module/zephyr/module.yml"
[ -f "$module/$(sed -n 's/^  cmake: //p' "$module/zephyr/module.yml")/CMakeLists.txt" ] ||
  fail "module.yml: no CMakeLists.txt"
[ -f "$module/$(sed -n 's/^  kconfig: //p' "$module/zephyr/module.yml")" ] || fail "module.yml: no Kconfig"
[ -d "$module/$(sed -n 's/^  - //p' "$module/zephyr/module.yml")" ] || fail "module.yml: no samples"
sample=$module/samples/model_update
for file in CMakeLists.txt prj.conf sample.yaml src/main.cpp; do
  [ -f "$sample/$file" ] || fail "the sample has no $file"
done
check_terminal "$sample/src/main.cpp"
python3 - "$sample/sample.yaml" <<'PYTHON'
import sys
try:
    import yaml
except ImportError:
    sys.exit(0)  # its form is looked at where PyYAML is
document = yaml.safe_load(open(sys.argv[1]))
assert document['sample']['name'] and document['tests']
for name, test in document['tests'].items():
    assert name.startswith('sample.') and test['harness'] == 'console' and test['harness_config']['regex'], name
PYTHON
# What prj.conf asks for and Kconfig depends on.
for option in CPP FLASH_MAP FLASH_PAGE_LAYOUT TINYMLDELTA; do
  grep -qx "CONFIG_$option=y" "$sample/prj.conf" || fail "prj.conf lacks CONFIG_$option"
done
# The minimal C++ library lacks <type_traits>. Zephyr 3.3 lets only a Kconfig file ask for another.
grep -qx '	select REQUIRES_FULL_LIBCPP' "$module/zephyr/Kconfig" || fail "Kconfig does not select a full C++ library"
# The headers that Zephyr's build would find: as zephyr/CMakeLists.txt says.
cat >"$work/include.cmake" <<'CMAKE'
function(zephyr_include_directories)
  foreach(folder ${ARGN})
    get_filename_component(absolute "${folder}" ABSOLUTE)
    message("${absolute}")
  endforeach()
endfunction()
set(CONFIG_TINYMLDELTA y)
include("${MODULE}/zephyr/CMakeLists.txt")
CMAKE
include=$(cmake "-DMODULE=$module" -P "$work/include.cmake" 2>&1)
needs_driver zephyr_flash
needs arm-none-eabi-g++
for standard in c++17 c++20; do
  arm-none-eabi-g++ -std=$standard -mcpu=cortex-m4 -mthumb -Os -fno-exceptions -fno-rtti -Wall -Wextra -Wpedantic \
    -Werror -I"$include" -isystem "$root/tests/system/packages/declarations/zephyr" \
    -c "$sample/src/main.cpp" -o "$work/main.o"
done
arm-none-eabi-size "$work/main.o" | awk 'NR == 2 { print "sample: text " $1 ", bss " $3 }'
