// SPDX-License-Identifier: Apache-2.0
#include "report/two_slot_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "patch/make_patch.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using host::report::FlashRun;

namespace {

host::patch::PatchFile patch_between(const host::Bytes& base, const host::Bytes& target,
                                     std::uint32_t self_test_input = 0) {
  host::patch::PatchRecipe recipe;
  recipe.effort = host::Effort::quick;
  if (self_test_input != 0) {
    // The CRC-32 of the outputs, then the inputs' bytes.
    host::Bytes value = {0, 0x11, 0x22, 0x33, 0x44, 0};
    const host::Bytes input = test::random_bytes(self_test_input, 3);
    value.insert(value.end(), input.begin(), input.end());
    recipe.entries.push_back({EntryNumber::self_test, false, value});
  }
  return host::patch::parse_patch(
      "patch", host::patch::make_patch(host::view(base), host::view(target), recipe).bytes);
}

bool all_erases_are_in(const FlashRun& run, const Region& slot) {
  return std::all_of(run.erases.begin(), run.erases.end(), [&](const auto& erase) {
    return erase.address >= slot.address && erase.address < slot.end();
  });
}

}  // namespace

TEST_CASE("slots are as large as base, target and self-test ask for, and no larger") {
  const host::Bytes base = test::random_bytes(8190, 1);
  host::Bytes target = base;
  for (std::size_t i = 0; i < target.size(); i += 97) target[i] ^= 3;
  const FlashRun plain = host::report::run_with_two_slots(host::view(base), patch_between(base, target));
  CHECK(plain.done);
  CHECK(plain.areas[0].region.size == 8192);
  CHECK(plain.areas[1].region.size == 8192);
  CHECK(plain.areas[1].used == 8190);
  const FlashRun tested =
      host::report::run_with_two_slots(host::view(base), patch_between(base, target, 9000));
  CHECK(tested.done);
  CHECK(tested.self_test_bytes > 9000);
  CHECK(tested.areas[1].region.size == 20480);
  CHECK(tested.areas[1].used == 8190 + tested.self_test_bytes);
}

TEST_CASE(
    "a device without a model takes its first one into slot A, one with a base its target into slot B") {
  const host::Bytes base = test::random_bytes(5000, 1), target = test::random_bytes(5000, 2);
  const FlashRun update = host::report::run_with_two_slots(host::view(base), patch_between(base, target));
  REQUIRE(update.done);
  CHECK(update.areas[0].used == 0);
  CHECK(update.areas[1].used == 5000);
  CHECK(all_erases_are_in(update, update.areas[1].region));
  const FlashRun first = host::report::run_with_two_slots(ConstBytes(), patch_between({}, target));
  REQUIRE(first.done);
  CHECK(first.areas[0].used == 5000);
  CHECK(first.areas[0].holds.find("the target") == 0);
  CHECK(first.areas[1].used == 0);
  CHECK(first.areas[1].holds == "nothing yet");
  CHECK(all_erases_are_in(first, first.areas[0].region));
}
