#!/usr/bin/env bash
# The symbol check itself: everything that it is there for is found.
set -u
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# compile CODE: into $folder/object.o
compile() { arm-none-eabi-g++ -mcpu=cortex-m0 -mthumb -Os "${@:2}" -x c++ -c -o "$folder/object.o" - <<<"$1"; }

# finds WORDS CODE: the check names WORDS.
finds() {
  compile "$2" || failed=1
  if output=$("$here/check_symbols.sh" "$folder/object.o") || ! grep -qF "$1" <<<"$output"; then
    echo "FAILED: not found: $2"
    failed=1
  fi
}

finds 'operator new' 'int* f() { return new int; }'
finds 'operator delete' 'void f(int* p) { delete p; }'
finds 'malloc' '#include <cstdlib>
void* f() { return malloc(4); }'
finds '__cxa_throw' 'void f() { throw 1; }'
finds 'typeinfo for A' 'struct A { virtual void f(); }; void A::f() {}'
finds 'std::basic_ostream' '#include <iostream>
void f() { std::cout << 1; }'
finds '__cxa_guard_acquire' 'struct A { A(); int x; }; int f() { static A a; return a.x; }'
finds '__aeabi_fadd' 'float f(float x) { return x + x; }'

compile 'unsigned f(unsigned a, unsigned b) { return a / b; }' -fno-exceptions
"$here/check_symbols.sh" "$folder/object.o" >/dev/null || { echo "FAILED: sound code is refused"; failed=1; }
[ "$failed" -eq 0 ] && echo "each fault was found"
exit "$failed"
