// SPDX-License-Identifier: Apache-2.0
#include "tmd/staging.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "support/simulated_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr FlashPart kPart = {"nRF52", 4096, 4, false, Erased::ones};
constexpr Region kRegion = {0, 8192};

std::vector<std::uint8_t> made_patch(std::size_t size) {
  Chance chance(3);
  std::vector<std::uint8_t> bytes(size);
  for (std::uint8_t& byte : bytes) byte = chance.byte();
  return bytes;
}

ConstBytes fragment_of(const std::vector<std::uint8_t>& patch, const FragmentPlan& plan,
                       std::uint32_t index) {
  return ConstBytes(patch.data(), patch.size()).slice(index * plan.fragment_size, plan.fragment_size);
}

}  // namespace

TEST_CASE("fragments may come in any order and twice; what is missing is known") {
  const std::vector<std::uint8_t> patch = made_patch(500);
  const FragmentPlan plan{7, 500, 48};
  SimulatedFlash flash(kPart, 8192);
  Staging<SimulatedFlash> staging(flash, kRegion);
  CHECK(staging.store(0, fragment_of(patch, plan, 0)) == Status::wrong_state);
  REQUIRE(staging.open(plan) == Status::ok);
  for (std::uint32_t i = plan.count(); i-- > 0;) {
    CHECK_FALSE(staging.complete());
    REQUIRE(staging.store(i, fragment_of(patch, plan, i)) == Status::ok);
    REQUIRE(staging.store(i, fragment_of(patch, plan, i)) == Status::ok);
  }
  CHECK(staging.complete());
  std::vector<std::uint8_t> back(500);
  REQUIRE(staging.read(0, MutableBytes(back.data(), back.size())) == Status::ok);
  CHECK(back == patch);
  CHECK(flash.violation() == "");
}

TEST_CASE("a fragment size that is no multiple of the program unit, and a region too small, are refused") {
  SimulatedFlash flash(kPart, 8192);
  Staging<SimulatedFlash> staging(flash, kRegion);
  CHECK(staging.open({1, 500, 50}) == Status::invalid_layout);
  CHECK(staging.open({1, 500, 0}) == Status::invalid_layout);
  CHECK(staging.open({1, 100000, 48}) == Status::target_too_large);
  CHECK(flash.wear().erases == 0);
}

TEST_CASE("the fragments that were stored survive a cut in any operation, torn in any way") {
  const std::vector<std::uint8_t> patch = made_patch(300);
  const FragmentPlan plan{9, 300, 48};
  unsigned cuts = 0;
  for (unsigned torn = 0; torn < kTornKinds - 1; ++torn) {
    for (const CutPosition position :
         {CutPosition::before, CutPosition::first_unit, CutPosition::whole_call}) {
      for (std::uint32_t operation = 0; operation < 17; ++operation) {
        SimulatedFlash flash(kPart, 8192, operation + 1);
        std::uint32_t stored = 0;
        flash.cut_at(operation, {position, static_cast<Torn>(torn)});
        try {
          Staging<SimulatedFlash> staging(flash, kRegion);
          Status status = staging.open(plan);
          while (status == Status::ok && stored < plan.count()) {
            status = staging.store(stored, fragment_of(patch, plan, stored));
            if (status == Status::ok) ++stored;
          }
          CHECK_MESSAGE(false, "the cut did not come: " << to_string(status));
        } catch (const PowerCut&) {
          ++cuts;
        }
        flash.reboot();
        Staging<SimulatedFlash> staging(flash, kRegion);
        REQUIRE(staging.open(plan) == Status::ok);
        std::uint32_t missing = 0;
        CHECK((!staging.next_missing(0, missing) || missing >= stored));
        for (std::uint32_t i = 0; i < plan.count(); ++i)
          REQUIRE(staging.store(i, fragment_of(patch, plan, i)) == Status::ok);
        std::vector<std::uint8_t> back(300);
        REQUIRE(staging.read(0, MutableBytes(back.data(), back.size())) == Status::ok);
        CHECK(back == patch);
        CHECK(flash.violation() == "");
      }
    }
  }
  MESSAGE("cuts tried: " << cuts);
}
