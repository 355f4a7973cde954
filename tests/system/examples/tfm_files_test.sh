#!/usr/bin/env bash
# What the files for TF-M must agree in: the names of what its manifest tool generates, the stateless handle, the
# service's functions. TF-M itself is not needed. usage: tfm_files_test.sh SOURCE_ROOT
set -eu
example=$1/examples/secure-service
fail() { echo "FAILED: $1"; exit 1; }
value() { sed -n "s/^ *-* *$2: *\"*\([^\"]*\)\"*$/\1/p" "$1" | head -n 1; }

manifest=$(value "$example/tfm/manifest_list.yaml" manifest)
[ -f "$example/tfm/$manifest" ] || fail "the manifest list names $manifest, which is not there"
# The tool names what it generates after the manifest's file.
name=${manifest%.yaml}
for generated in "intermedia_$name.c" "load_info_$name.c"; do
  grep -q "auto_generated/$generated" "$example/tfm/CMakeLists.txt" || fail "CMakeLists.txt does not compile $generated"
done
output=$(value "$example/tfm/manifest_list.yaml" output_path)
grep -q "generated/$output)" "$example/tfm/CMakeLists.txt" || fail "CMakeLists.txt looks elsewhere than in $output"
# A stateless handle: bit 30, the version from bit 8 on, the index, which the manifest counts from 1.
index=$(value "$example/tfm/$manifest" stateless_handle)
version=$(value "$example/tfm/$manifest" version)
handle=$(printf '0x%08X' $((0x40000000 | version << 8 | (index - 1))))
grep -q "TMD_MODEL_HANDLE ($handle)" "$example/monitor/psa_manifest/sid.h" ||
  fail "the monitor's sid.h has another handle than the manifest: $handle"
# An SFN service is called by its name in small letters.
service=$(sed -n 's/^  - name: *//p' "$example/tfm/$manifest" | tr 'A-Z' 'a-z')
grep -q "psa_status_t ${service}_sfn(const psa_msg_t" "$example/service/model_service.cpp" ||
  fail "the service has no ${service}_sfn"
grep -q "psa_status_t $(value "$example/tfm/$manifest" entry_init)(void)" "$example/service/model_service.cpp" ||
  fail "the service has not the manifest's entry_init"
echo "manifest list, manifest, CMakeLists and service agree"
