// SPDX-License-Identifier: Apache-2.0
#include "patch/make_patch.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "patch/patch_file.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using test::Bytes;
using test::view;

namespace {
const Bytes kBase = test::random_bytes(2000, 1);
const Bytes kTarget = [] {
  Bytes target = kBase;
  for (std::size_t i = 100; i < 200; ++i) target[i] ^= 0x5A;
  target.resize(2100, 7);
  return target;
}();
}  // namespace

TEST_CASE("the recipe is what the manifest says") {
  host::patch::PatchRecipe recipe;
  recipe.digest = DigestKind::crc32;
  recipe.entries.push_back({EntryNumber::note, true, {'h', 'i'}});
  const host::patch::PatchFile patch =
      host::patch::parse_patch("patch", host::patch::make_patch(view(kBase), view(kTarget), recipe).bytes);
  CHECK(patch.manifest.base_length == kBase.size());
  CHECK(patch.manifest.target_length == kTarget.size());
  CHECK(patch.manifest.target.kind == DigestKind::crc32);
  REQUIRE(patch.entries.size() == 1);
  CHECK(patch.entries[0].number == EntryNumber::note);
  CHECK(patch.entries[0].critical);
}

TEST_CASE("the same input gives the same patch, and progress ends with all of it") {
  double last = -1;
  host::patch::PatchRecipe recipe;
  recipe.on_progress = [&](double share) {
    CHECK(share >= last);
    last = share;
  };
  const Bytes first = host::patch::make_patch(view(kBase), view(kTarget), recipe).bytes;
  CHECK(last == 1.0);
  CHECK(host::patch::make_patch(view(kBase), view(kTarget), {}).bytes == first);
}

TEST_CASE("entries of format 1 are no entries of format 2") {
  host::patch::PatchRecipe recipe;
  recipe.entries.push_back({EntryNumber::format1_io_hash, false, {1, 2, 3, 4}});
  CHECK_THROWS_AS((void)host::patch::make_patch(view(kBase), view(kTarget), recipe), host::Error);
  recipe.format = 1;
  const host::patch::PatchFile patch =
      host::patch::parse_patch("patch", host::patch::make_patch(view(kBase), view(kTarget), recipe).bytes);
  CHECK(!patch.chunks.empty());
}
