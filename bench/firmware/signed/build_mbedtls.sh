#!/usr/bin/env bash
# Builds the part of Mbed TLS that verifies ES256, from Debian's source package.
# usage: build_mbedtls.sh FOLDER [CPU]     CPU: cortex-m4 unless given
# FOLDER/libmbedcrypto.a and FOLDER/include are kept there for the next time.
# Ends with 77 where the source cannot be had: no network, no apt, another distribution.
set -eu
[ $# -eq 1 ] || [ $# -eq 2 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
cpu=${2:-cortex-m4}
mkdir -p "$1"
cd "$1"
if [ -f libmbedcrypto.a ] && [ libmbedcrypto.a -nt "$here/mbedtls_config.h" ]; then exit 0; fi

skip() {
  echo "skipped: $1"
  exit 77
}
command -v apt-get > /dev/null || skip "there is no apt-get to fetch Debian's source of Mbed TLS with"
if ! ls mbedtls_*.orig.tar.gz > /dev/null 2>&1; then
  . /etc/os-release
  mkdir -p apt/lists/partial apt/cache
  echo "deb-src http://deb.debian.org/debian ${VERSION_CODENAME:-stable} main" > apt/sources.list
  # Lists and cache of its own: the machine's stay as they are.
  apt=(apt-get -q -o "Dir::Etc::sourcelist=$PWD/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache"
    -o Acquire::Retries=0 -o Acquire::http::Timeout=20)
  { "${apt[@]}" update && "${apt[@]}" source --download-only mbedtls=2.28.*; } > apt/log 2>&1 ||
    { "${apt[@]}" source --download-only mbedtls; } >> apt/log 2>&1 ||
      skip "Debian's source of Mbed TLS cannot be fetched"
  ls mbedtls_*.orig.tar.gz > /dev/null 2>&1 || skip "Debian's source of Mbed TLS is packed in another way"
fi
rm -rf source
mkdir source objects 2> /dev/null || mkdir -p source
tar -xf mbedtls_*.orig.tar.gz -C source --strip-components=1
mkdir -p objects
parts="platform platform_util memory_buffer_alloc psa_crypto psa_crypto_client psa_crypto_driver_wrappers
  psa_crypto_ecp psa_crypto_hash psa_crypto_mac psa_crypto_aead psa_crypto_cipher psa_crypto_rsa
  psa_crypto_slot_management psa_crypto_storage bignum ecp ecp_curves ecdsa asn1parse asn1write md sha256
  constant_time cipher cipher_wrap"
for part in $parts; do
  arm-none-eabi-gcc -mcpu="$cpu" -mthumb -mfloat-abi=soft -Os -ffunction-sections -fdata-sections -fomit-frame-pointer \
    -Isource/include -Isource/library -I"$here" '-DMBEDTLS_CONFIG_FILE="mbedtls_config.h"' \
    -c "source/library/$part.c" -o "objects/$part.o"
done
rm -f libmbedcrypto.a
arm-none-eabi-ar rcs libmbedcrypto.a objects/*.o
ln -sfn source/include include
