#!/usr/bin/env bash
# The ESP-IDF component: its manifest has what the component manager demands, the example's partition table is sound,
# driver and example compile against ESP-IDF's declarations, and the example takes a patch as fast as the console's UART
# brings it, on the host over what a chip does to it; what is no patch, and a flash that fails, it says once.
# usage: esp_idf_test.sh TMD COMPILER
. "$(dirname "$0")/lib.sh"
make_archive esp-idf "tinymldelta-esp-idf-$version.tar.gz"
component=$work/unpacked/tinymldelta
manifest=$component/idf_component.yml
grep -qx "version: \"$version\"" "$manifest" || fail "the manifest has another version"
for field in description license dependencies; do
  grep -q "^$field:" "$manifest" || fail "the manifest has no $field"
done
grep -q '^  idf: ">=5' "$manifest" || fail "the manifest names no ESP-IDF"
example=$component/$(sed -n 's/^  - path: //p' "$manifest")
[ -d "$example" ] || fail "there is no example"
check_terminal "$example/main/main.cpp"
python3 - "$example" <<'PYTHON'
import pathlib, re, sys
example = pathlib.Path(sys.argv[1])
end = 0x9000  # behind the partition table
rows = [re.split(r'\s*,\s*', line.strip()) for line in (example / 'partitions.csv').read_text().splitlines()
        if line.strip() and not line.startswith('#')]
size_of = lambda text: int(text[:-1]) * {'K': 1024, 'M': 1 << 20}[text[-1]] if text[-1] in 'KM' else int(text, 0)
for name, kind, subtype, offset, size in rows:
    offset, size = int(offset, 0), size_of(size)
    assert offset >= end and offset % 4096 == 0 and size % 4096 == 0, name
    assert kind != 'app' or offset % 0x10000 == 0, name
    end = offset + size
assert end <= 2 << 20, 'more than the 2 MB of sdkconfig.defaults'
models = next(row for row in rows if row[0] == 'models')
source = (example / 'main/main.cpp').read_text()
layout = [int(n, 0) for n in re.findall(r'0x[0-9A-F]+|\b0\b', re.search(r'kLayout = (.*);', source).group(1))]
assert layout[4] + layout[5] <= size_of(models[4]), 'the layout is larger than the partition'
PYTHON
# Built where it lies, the example finds the component around it.
needs cmake
mkdir -p "$work/idf/tools/cmake"
cat >"$work/idf/tools/cmake/project.cmake" <<'CMAKE'
macro(project name)
  message("components: ${EXTRA_COMPONENT_DIRS}")
  _project(${name} LANGUAGES NONE)
endmacro()
CMAKE
IDF_PATH=$work/idf cmake -S "$example" -B "$work/example" >"$work/log" 2>&1 || { cat "$work/log"; fail "the example"; }
grep -qx "components: $component" "$work/log" || { cat "$work/log"; fail "the example finds no component"; }
include=$component/$(sed -n 's/.*INCLUDE_DIRS "\([^"]*\)".*/\1/p' "$component/CMakeLists.txt")
needs_driver esp_partition_flash
needs arm-none-eabi-g++
# No Xtensa or RISC-V compiler of Espressif's is in Debian: any 32-bit one checks the signatures.
for target in "gnu++17 -DCONFIG_IDF_TARGET_LINUX=1" gnu++20 gnu++23 gnu++17; do
  # shellcheck disable=SC2086
  arm-none-eabi-g++ -std=$target -mcpu=cortex-m4 -mthumb -Os -fno-exceptions -fno-rtti -Wall -Wextra -Werror \
    -I"$include" -isystem "$root/tests/system/packages/declarations/esp" -c "$example/main/main.cpp" -o "$work/main.o"
done
arm-none-eabi-size "$work/main.o" | awk 'NR == 2 { print "example: text " $1 ", bss " $3 }'
# A model of 60 KB: more than any buffer holds, with every byte in it, and bytes that no console leaves alone.
needs "$2"
defines=()
for option in UART_ISR_IN_IRAM NEWLIB_STDIN_LINE_ENDING_LF; do
  if grep -qx "CONFIG_$option=y" "$example/sdkconfig.defaults"; then defines+=("-DCONFIG_$option=1"); fi
done
"$2" -std=gnu++17 -O1 -Wall -Wextra -Werror "${defines[@]}" -I"$include" \
  -isystem "$root/tests/system/packages/declarations/esp" "$root/tests/system/packages/esp32/chip.cpp" \
  "$example/main/main.cpp" -o "$work/chip"
python3 -c 'import random, sys; random.seed(5); sys.stdout.buffer.write(random.randbytes(60000))' >"$work/model"
"$1" diff /dev/null "$work/model" -o "$work/first.tmd" >/dev/null
"$work/chip" 999999 "$work/model" "$work/first.tmd" >"$work/output" || fail "the example ends"
cat "$work/output"
[ "$(grep -c '^update: ' "$work/output")" -eq 2 ] || fail "what is no patch is not said once"
grep -qx "update: ok" "$work/output" || fail "the patch did not arrive whole"
grep -q "^model of 60000 bytes" "$work/output" || fail "another model is active"
# The flash fails while the next model is confirmed: it stays on trial, and no update can begin.
head -c 59000 "$work/model" >"$work/next_model"
"$1" diff "$work/model" "$work/next_model" -o "$work/next.tmd" >/dev/null
operations=$("$work/chip" 999999 "$work/first.tmd" "$work/next.tmd" | sed -n 's/ flash operations$//p')
"$work/chip" $((operations - 3)) "$work/first.tmd" "$work/next.tmd" "$work/next.tmd" >"$work/output" ||
  fail "the example ends"
tail -n +7 "$work/output" | head -n 20
grep -q "^no update until a reset: the active model is on trial" "$work/output" || fail "it does not say why"
[ "$(wc -l <"$work/output")" -lt 20 ] || fail "it repeats what it has said"
