// SPDX-License-Identifier: Apache-2.0
#include "device/verify_patch.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "device/apply.hpp"
#include "patch/make_patch.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using test::Bytes;

TEST_CASE("a patch gives its target back, and only that") {
  const Bytes base = test::random_bytes(3000, 1);
  Bytes target = base;
  target[1000] ^= 1;
  const Bytes patch = host::patch::make_patch(host::view(base), host::view(target), {}).bytes;
  const host::patch::PatchFile parsed = host::patch::parse_patch("patch", patch);
  CHECK(host::device::apply_patch("base", host::view(base), parsed) == target);
  CHECK_NOTHROW(host::device::verify_patch("base", base, target, "patch", patch));
  Bytes other = target;
  other[0] ^= 1;
  CHECK_THROWS_AS(host::device::verify_patch("base", base, other, "patch", patch), host::Error);
}

TEST_CASE("another base, of the same length or not, is named") {
  const Bytes base = test::random_bytes(500, 1);
  const host::patch::PatchFile patch = host::patch::parse_patch(
      "update.tmd",
      host::patch::make_patch(host::view(base), host::view(test::random_bytes(400, 2)), {}).bytes);
  for (const std::size_t size : {500U, 499U}) {
    try {
      (void)host::device::apply_patch("model.bin", host::view(test::random_bytes(size, 3)), patch);
      FAIL("it was applied");
    } catch (const host::Error& error) {
      CHECK(std::string(error.what()).find("model.bin is not the base of update.tmd") == 0);
    }
  }
}

TEST_CASE("a way back that does not lead to the base never leaves the house") {
  const Bytes base = test::random_bytes(3000, 1);
  Bytes target = base;
  target[1000] ^= 1;
  host::patch::PatchRecipe recipe;
  recipe.effort = host::Effort::quick;
  host::patch::plan_for_one_slot(recipe, 256, 3);
  recipe.reversible = true;
  const Bytes patch = host::patch::make_patch(host::view(base), host::view(target), recipe).bytes;
  CHECK_NOTHROW(host::device::verify_patch("base", base, target, "patch", patch));
  Bytes damaged = patch;
  damaged.back() ^= 0x40;
  CHECK_THROWS_AS(host::device::verify_patch("base", base, target, "patch", damaged), host::Error);
}
