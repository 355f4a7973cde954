// SPDX-License-Identifier: Apache-2.0
// The front of a patch, whatever its bytes: the parsers ask for more one honest step at a time, stay inside
// what they were given, and what they accept is consistent.
//
// Input: the bytes of a patch.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

namespace {

using namespace tmd;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

template <class Reader>
void walk(Reader reader, ConstBytes entries) {
  Entry entry;
  std::size_t values = 0;
  while (reader.next(entry) == Status::ok) values += entry.value.size();
  require(values <= entries.size(), "entries are no longer than what holds them");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ConstBytes all(data, size);
  Manifest manifest;
  std::uint32_t have = 0;
  Status status = parse_manifest<true>(ConstBytes(), manifest);
  while (status == Status::need_more && manifest.body_offset <= size) {
    require(manifest.body_offset > have, "a parser asks for more than it has");
    have = manifest.body_offset;
    // A copy of exactly this size, so that a sanitizer sees one byte too far.
    const std::vector<std::uint8_t> front(data, data + have);
    status = parse_manifest<true>(ConstBytes(front.data(), front.size()), manifest);
  }
  if (status != Status::ok) return 0;
  require(manifest.body_offset == have, "the body begins where the collector stopped");
  require(manifest.signed_size <= have, "a signature covers bytes that are there");
  const ConstBytes entries = all.slice(manifest.entries_offset, manifest.entries_size);
  require(entries.size() == manifest.entries_size, "the entries are there");
  if (manifest.version == kFormat2) {
    walk(EntryReader(entries), entries);
  } else {
    walk(format1::EntryReader(entries), entries);
  }
  return 0;
}
