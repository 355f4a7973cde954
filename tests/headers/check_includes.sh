#!/usr/bin/env bash
# Checks what the device half includes: only headers that a freestanding compiler has, and only parts that stand
# further down the staircase. Names every include that breaks a rule.
# usage: check_includes.sh INCLUDE
set -eu
cd "$1"

# One part a line, the lowest first.
order='
version.hpp
status.hpp
bytes.hpp
digest
flash.hpp
flash
internal/format
limits.hpp
internal/codec
journal.hpp
internal/journal
journal
internal/guard
internal/store
monitor.hpp
log.hpp
history.hpp
model_store.hpp
factory.hpp
firmware_limits.hpp
vendor_limits.hpp
self_test.hpp
internal/auth
auth
internal/config
config.hpp
internal/update
updater.hpp
internal/staging
staging.hpp
staging
apply_staged.hpp
internal/in_place
in_place.hpp
internal/transfer
transfer
transfer.hpp
feed_queue.hpp
c
port
tmd.hpp
'

find tmd -name '*.hpp' | sort | xargs awk -v order="${order//$'\n'/ }" '
  BEGIN {
    parts = split(order, part_names, " ")
    for (i = 1; i <= parts; ++i) rank[part_names[i]] = i
    allowed_count = split("cstddef cstdint limits type_traits new", list, " ")
    for (i = 1; i <= allowed_count; ++i) allowed[list[i]] = 1
  }
  # A header at the top is a part of its own; below internal/ each folder is one.
  function part_of(path, pieces) {
    # What a journal must do stands below the parts of the one that is provided.
    if (path == "tmd/journal/journal.hpp") return "journal.hpp"
    split(path, pieces, "/")
    return pieces[2] == "internal" ? pieces[2] "/" pieces[3] : pieces[2]
  }
  function fail(why) { printf "FAILED: %s:%d: %s: %s\n", FILENAME, FNR, $0, why; ++failures }

  FNR == 1 {
    ++headers
    if (!(part_of(FILENAME) in rank)) fail("this part has no place in the staircase")
  }
  /^[ \t]*#[ \t]*include/ {
    ++includes
    if (match($0, /<[^>]*>/)) {
      name = substr($0, RSTART + 1, RLENGTH - 2)
      if (FILENAME ~ /^tmd\/auth\/psa\// && name ~ /^(psa|mbedtls)\//) next
      # A driver for a platform is written on what that platform brings.
      if (FILENAME ~ /^tmd\/port\//) next
      if (!(name in allowed)) fail("not a header that every freestanding compiler has")
    } else if (match($0, /"[^"]*"/)) {
      name = substr($0, RSTART + 1, RLENGTH - 2)
      if (name !~ /^tmd\//) { fail("headers are named from the root: tmd/…"); next }
      if (!(part_of(name) in rank)) fail("there is no such part")
      else if (rank[part_of(name)] > rank[part_of(FILENAME)]) fail("this part stands further up")
    } else fail("not understood")
  }
  END {
    printf "%d headers, %d includes, %d failed\n", headers, includes, failures
    exit failures > 0 || includes == 0
  }'
