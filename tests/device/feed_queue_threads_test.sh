#!/usr/bin/env bash
# The queue's tests under ThreadSanitizer, which a build under other sanitizers can't have.
# usage: feed_queue_threads_test.sh SOURCE_ROOT COMPILER
set -eu
root=$1 compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN\n#include <doctest/doctest.h>\n' >"$work/main.cpp"
"$compiler" -std=c++20 -fsanitize=thread -c "$work/main.cpp" -o "$work/main.o"
build() {
  "$compiler" -std=c++20 -O1 -fsanitize=thread -DDOCTEST_CONFIG_SUPER_FAST_ASSERTS -I"$1" -I"$root/tests" \
    "$root/tests/device/feed_queue_test.cpp" "$work/main.o" -o "$work/test" -pthread
}
build "$root/include"
"$work/test"
# A queue without its memory order is found out.
mkdir -p "$work/include/tmd"
cp "$root"/include/tmd/*.hpp "$work/include/tmd/"
sed -i -e 's/__atomic_load_n(&counter, __ATOMIC_[A-Z]*)/counter/' \
  -e 's/__atomic_store_n(&counter, value, __ATOMIC_RELEASE)/counter = value/' "$work/include/tmd/feed_queue.hpp"
build "$work/include"
if "$work/test" -tc='*two threads*' >/dev/null 2>&1; then
  echo "FAILED: ThreadSanitizer sees nothing where the counters are plain"
  exit 1
fi
