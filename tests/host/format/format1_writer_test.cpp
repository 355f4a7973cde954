// SPDX-License-Identifier: Apache-2.0
#include "format/format1_writer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "device/apply.hpp"
#include "support/bytes.hpp"
#include "support/corpus.hpp"
#include "support/original_runtime.hpp"

using namespace tmd;
using host::Bytes;
using host::view;

namespace {

Bytes original_patch(const Bytes& base, const Bytes& target) {
  return host::format::write_format1(view(base), view(target), {});
}

/// What the original runtime, and what this library, make of the patch.
void check_both(const Bytes& base, const Bytes& target) {
  const Bytes patch = original_patch(base, target);
  Bytes slot = base;
  slot.resize(std::max(base.size(), target.size()) + 100, 0xFF);
  const auto applied = test::apply_like_the_original(slot, patch);
  REQUIRE(applied.has_value());
  CHECK(std::equal(target.begin(), target.end(), applied->begin()));
  CHECK(host::device::apply_patch("base", view(base), host::patch::parse_patch("patch", patch)) == target);
}

}  // namespace

TEST_CASE("format 1: the original runtime applies what is written for the original models") {
  if (test::corpus_folder().empty()) {
    MESSAGE("skipped: the corpus of original patches is absent");
    return;
  }
  const auto folder = test::corpus_folder() / "v1";
  for (const char* name : {"hello-world", "identical", "imu-addclass", "imu-ft1", "imu-nudge",
                           "kws-rle-over-1024", "micro-speech", "resnet", "shrink"}) {
    CAPTURE(name);
    const Bytes base = test::read_file(folder / (std::string(name) + ".base.bin"));
    const Bytes target = test::read_file(folder / (std::string(name) + ".target.bin"));
    check_both(base, target);
    CHECK(original_patch(base, target).size() <=
          test::read_file(folder / (std::string(name) + ".tmd")).size() + 4 * 4);
  }
}

TEST_CASE("format 1: changed runs longer than a chunk, and runs longer than the original's buffer") {
  const Bytes base = test::random_bytes(200000, 1);
  SUBCASE("everything changed") {
    check_both(base, test::random_bytes(200000, 2));
  }
  SUBCASE("erased") {
    check_both(base, Bytes(200000, 0));
  }
  SUBCASE("grown by one value") {
    Bytes target = base;
    target.resize(300000, 7);
    check_both(base, target);
  }
  SUBCASE("runs around the limits of a pair and of the buffer") {
    for (const std::size_t length : {1U, 2U, 3U, 255U, 256U, 257U, 1023U, 1024U, 1025U, 1280U, 2049U}) {
      CAPTURE(length);
      Bytes target = base;
      std::fill_n(target.begin() + 5000, length, std::uint8_t{9});
      check_both(base, target);
    }
  }
}

TEST_CASE("format 1: an empty base and models that only shrink or grow") {
  const Bytes some = test::random_bytes(1000, 3);
  const Bytes none;
  check_both(none, some);
  check_both(some, some);
  check_both(some, Bytes(some.begin(), some.begin() + 500));
  check_both(Bytes(some.begin(), some.begin() + 500), some);
  CHECK(original_patch(some, some).size() == 80);
}

TEST_CASE("format 1: more changed places than chunks can be counted are joined") {
  const Bytes base(2000000, 0);
  Bytes target = base;
  for (std::size_t at = 0; at < target.size(); at += 20) target[at] = static_cast<std::uint8_t>(1 + at % 255);
  check_both(base, target);
}

TEST_CASE("format 1: random edits") {
  std::mt19937 random(5);
  for (unsigned round = 0; round < 200; ++round) {
    CAPTURE(round);
    const Bytes base = test::random_bytes(random() % 3000, round);
    Bytes target = base;
    target.resize(random() % 3000, static_cast<std::uint8_t>(round));
    for (unsigned edit = 0; edit < random() % 20 && !target.empty(); ++edit) {
      const std::size_t at = random() % target.size();
      const std::size_t length = std::min<std::size_t>(random() % 400, target.size() - at);
      const auto value = static_cast<std::uint8_t>(random());
      for (std::size_t i = 0; i < length; ++i) {
        target[at + i] = edit % 2 == 0 ? value : static_cast<std::uint8_t>(random());
      }
    }
    check_both(base, target);
  }
}

TEST_CASE("format 1: only what it has room for") {
  host::format::Format1Options options;
  options.entries = {{EntryNumber::arena_bytes, false, {0, 80, 0, 0}}, {EntryNumber::abi, false, {3, 0}}};
  const Bytes target(1, 7);
  const Bytes patch = host::format::write_format1({}, view(target), options);
  const host::patch::PatchFile read = host::patch::parse_patch("patch", patch);
  REQUIRE(read.entries.size() == 2);
  CHECK(load_le32(read.entries[0].value.data()) == 20480);
  for (const host::format::EntryToWrite& none :
       {host::format::EntryToWrite{EntryNumber::model_version, false, Bytes(6, 1)},
        host::format::EntryToWrite{EntryNumber::abi, true, {3, 0}},
        host::format::EntryToWrite{EntryNumber::abi, false, {0, 0}}}) {
    options.entries[1] = none;
    CHECK_THROWS_AS((void)host::format::write_format1({}, view(target), options), host::format::Format1Error);
  }
}
