#!/usr/bin/env bash
# The program for people without a compiler: static, runs from the archive with nothing around it, and as a Python wheel
# that pip installs without a network.
# usage: host_test.sh [ARCHITECTURE]     aarch64: cross-compiled, run by QEMU
. "$(dirname "$0")/lib.sh"
needs meson ninja apt-get
architecture=${1:-$(uname -m)}
emulator=()
if [ "$architecture" != "$(uname -m)" ]; then
  needs "$architecture-linux-gnu-g++" "qemu-$architecture-static"
  emulator=("qemu-$architecture-static")
fi
TMD_ARCHITECTURE=$architecture "$root/tools/package.sh" host "$work/archives" >"$work/log" 2>&1 || {
  status=$?
  cat "$work/log"
  [ $status -eq 77 ] && exit 77
  fail "package.sh host"
}
cat "$work/log"
mkdir -p "$work/unpacked" "$work/wheel"
tar -xzf "$work/archives/tmd-$version-linux-$architecture.tar.gz" -C "$work/unpacked"
python3 "$root/tests/system/packages/check_sbom.py" "$work/unpacked" "$version"
tmd=$work/unpacked/tmd-$version-linux-$architecture/tmd
if readelf -d "$tmd" | grep -q NEEDED; then fail "tmd needs shared libraries"; fi
printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${emulator[*]}" "$tmd" >"$work/tmd"
chmod +x "$work/tmd"
[ "$("$work/tmd" --version)" = "tmd $version" ] || fail "tmd --version is another one"
# In an empty environment: no library path, no locale, no home.
env -i PATH=/usr/bin:/bin "$work/tmd" --help >/dev/null || fail "tmd needs something of its environment"
make_patches "$work/tmd"
"$work/tmd" apply "$work/base.bin" "$work/update.tmd" -o "$work/out.bin" >/dev/null
cmp "$work/out.bin" "$work/target.bin"
# Parts that rest on a library each: signatures, archives, ELF files.
"$work/tmd" keygen "$work/key.pem" >/dev/null
"$work/tmd" sign "$work/update.tmd" --key "$work/key.pem" -o "$work/signed.tmd" >/dev/null
(cd "$work" && mkdir -p tflite-model && printf 'const unsigned char m[] = {1, 2};\n' >tflite-model/m.h &&
  python3 -m zipfile -c export.zip tflite-model)
"$work/tmd" diff /dev/null "$work/export.zip" -o "$work/zip.tmd" 2>&1 | grep -q 'reads no' && fail "no archives"
"$work/tmd" diff /dev/null "$tmd" --section .rodata -o "$work/elf.tmd" >"$work/log" 2>&1 ||
  { cat "$work/log"; fail "ELF"; }
wheel=$(ls "$work"/archives/tinymldelta-*.whl)
python3 -m zipfile -e "$wheel" "$work/wheel"
python3 - "$wheel" "$work/wheel" "$architecture" <<'PYTHON'
import base64, hashlib, pathlib, sys
top = pathlib.Path(sys.argv[2])
platforms = [f'manylinux2014_{sys.argv[3]}', f'musllinux_1_1_{sys.argv[3]}']
assert sys.argv[1].endswith('-py3-none-' + '.'.join(platforms) + '.whl'), sys.argv[1]
tags = [line for line in next(top.glob('*.dist-info/WHEEL')).read_text().splitlines() if line.startswith('Tag: ')]
assert tags == [f'Tag: py3-none-{platform}' for platform in platforms], tags
record = next(top.glob('*.dist-info/RECORD'))
names = set()
for line in record.read_text().splitlines():
    name, digest, size = line.split(',')
    names.add(name)
    if digest:
        content = (top / name).read_bytes()
        right = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()
        assert digest == 'sha256=' + right and int(size) == len(content), name
assert names == {p.relative_to(top).as_posix() for p in top.rglob('*') if p.is_file()}
PYTHON
[ ${#emulator[@]} -eq 0 ] || { echo "wheel: not installed here, it is for $architecture"; exit 0; }
python3 -m venv "$work/venv" || skip "python3 -m venv does not work here"
"$work/venv/bin/pip" install --no-index --no-deps --disable-pip-version-check -q "$wheel"
[ "$("$work/venv/bin/tmd" --version)" = "tmd $version" ] || fail "the wheel's tmd is another version"
"$work/venv/bin/python" - "$work" "$version" <<'PYTHON'
import subprocess, sys, tinymldelta
work, version = sys.argv[1:]
assert tinymldelta.__version__ == version
answer = tinymldelta.ask(['diff', work + '/base.bin', work + '/target.bin', '-o', work + '/wheel.tmd'])
assert open(work + '/wheel.tmd', 'rb').read() == open(work + '/update.tmd', 'rb').read(), answer
try:
    tinymldelta.ask(['inspect', work + '/absent'])
except subprocess.CalledProcessError as error:
    assert error.returncode != 0
else:
    raise AssertionError('an absent file')
PYTHON
"$work/venv/bin/python" -m tinymldelta --version
