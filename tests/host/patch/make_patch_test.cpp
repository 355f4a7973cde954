// SPDX-License-Identifier: Apache-2.0
#include "patch/make_patch.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "patch/patch_file.hpp"
#include "support/bytes.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/internal/update/way_back.hpp"

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
  CHECK(patch.manifest.base == digest_of(DigestKind::crc32, view(kBase)));
  CHECK(patch.manifest.target == digest_of(DigestKind::crc32, view(kTarget)));
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

TEST_CASE("entries that have no room in a manifest are refused before the work is done") {
  host::patch::PatchRecipe recipe;
  bool has_begun = false;
  recipe.on_progress = [&](double) { has_begun = true; };
  for (const std::size_t size : {57344U, 66000U}) {
    recipe.entries = {{EntryNumber::note, false, Bytes(size, 'a')}};
    CHECK_THROWS_AS((void)host::patch::make_patch(view(kBase), view(kTarget), recipe), host::Error);
  }
  CHECK(!has_begun);
  recipe.entries = {{EntryNumber::note, false, Bytes(57000, 'a')}};
  CHECK_NOTHROW((void)host::patch::make_patch(view(kBase), view(kTarget), recipe));
  CHECK(has_begun);
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

TEST_CASE("no patch is made that brings no model, in either format") {
  host::patch::PatchRecipe recipe;
  for (const std::uint8_t format : {kFormat1, kFormat2}) {
    recipe.format = format;
    CHECK_THROWS_WITH_AS((void)host::patch::make_patch(view(kBase), {}, recipe),
                         "the target is empty: a patch brings a model, and devices refuse one that does not",
                         host::Error);
  }
}

TEST_CASE("a patch with a way back has the plain one's body, a second one, and an entry about it") {
  host::patch::PatchRecipe recipe;
  host::patch::plan_for_one_slot(recipe, 1024, 3);
  const Bytes plain = host::patch::make_patch(view(kBase), view(kTarget), recipe).bytes;
  double last = -1;
  recipe.reversible = true;
  recipe.on_progress = [&](double share) {
    CHECK(share >= last);
    last = share;
  };
  const host::patch::MadePatch made = host::patch::make_patch(view(kBase), view(kTarget), recipe);
  CHECK(last == 1.0);
  const host::patch::PatchFile patch = host::patch::parse_patch("patch", made.bytes);
  const host::patch::PatchFile there = host::patch::parse_patch("plain", plain);
  CHECK(equal_bytes(patch.body(), there.body()));
  CHECK(there.way_back().empty());
  CHECK(!patch.way_back().empty());
  CHECK(made.way_back_bytes == made.bytes.size() - plain.size());
  const Entry& entry = patch.entries.back();
  CHECK(entry.number == EntryNumber::way_back);
  CHECK(entry.critical);
  in_place::WayBackEntry way_back;
  REQUIRE(in_place::parse_way_back(entry.value, DigestKind::sha256, way_back) == Status::ok);
  CHECK(way_back.body == digest_of(DigestKind::sha256, patch.way_back()));
}

TEST_CASE("a patch for one slot says so in an entry that no device may pass over") {
  for (std::uint8_t spare = 2; spare <= 4; ++spare) {
    CAPTURE(spare);
    host::patch::PatchRecipe recipe;
    host::patch::plan_for_one_slot(recipe, 4096, spare);
    const auto batch = static_cast<std::uint8_t>(spare == 4 ? 2 : 1);
    CHECK(recipe.window.block_size == 4096);
    CHECK(recipe.window.spare == spare);
    CHECK(recipe.window.batch == batch);
    REQUIRE(recipe.entries.size() == 1);
    CHECK(recipe.entries[0].number == EntryNumber::in_place);
    CHECK(recipe.entries[0].critical);
    CHECK(recipe.entries[0].value == Bytes{12, spare, batch});
  }
}
