// SPDX-License-Identifier: Apache-2.0
// The simulated flash itself: what it does when power goes, when it is used wrongly, and when it wears.
#include "support/simulated_flash.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr FlashPart kOnes = {"ones", 256, 4, false, Erased::ones};
constexpr FlashPart kEcc = {"ecc", 256, 8, true, Erased::ones};
const std::vector<std::uint8_t> kData(16, 0x5A);

ConstBytes data() {
  return ConstBytes(kData.data(), kData.size());
}

ConstBytes view_of(const std::vector<std::uint8_t>& bytes) {
  return ConstBytes(bytes.data(), bytes.size());
}

/// What the first 16 bytes read as; empty where they can't be read.
std::vector<std::uint8_t> contents(SimulatedFlash& flash) {
  std::vector<std::uint8_t> bytes(16);
  if (flash.read(0, MutableBytes(bytes.data(), bytes.size())) != Status::ok) bytes.clear();
  return bytes;
}

/// Flash on which a program call over blank flash was cut so.
SimulatedFlash torn(const FlashPart& part, CutPosition position, Torn kind, std::uint64_t seed = 1) {
  SimulatedFlash flash(part, 1024, seed);
  flash.cut_at(0, {position, kind});
  CHECK_THROWS_AS((void)flash.program(0, data()), PowerCut);
  flash.reboot();
  return flash;
}

bool is_blank(SimulatedFlash& flash, std::uint32_t address, std::uint32_t length) {
  bool blank = false;
  REQUIRE(flash.is_blank(address, length, blank) == Status::ok);
  return blank;
}

std::vector<std::uint8_t> mixed(std::size_t fresh, std::uint8_t rest = 0xFF) {
  std::vector<std::uint8_t> bytes(16, rest);
  std::fill_n(bytes.begin(), fresh, std::uint8_t{0x5A});
  return bytes;
}

}  // namespace

TEST_CASE("a cut leaves the units before its place written and those behind it untouched") {
  SimulatedFlash before = torn(kOnes, CutPosition::before, Torn::noise);
  CHECK(contents(before) == mixed(0));
  SimulatedFlash half = torn(kOnes, CutPosition::half_way, Torn::noise);
  CHECK(contents(half) == mixed(8));
  SimulatedFlash last = torn(kOnes, CutPosition::last_unit, Torn::old);
  CHECK(contents(last) == mixed(12));
  SimulatedFlash after = torn(kOnes, CutPosition::after, Torn::old);
  CHECK(contents(after) == mixed(16));
  SimulatedFlash middle = torn(kOnes, CutPosition::middle_unit, Torn::fresh);
  CHECK(contents(middle) == mixed(12));
}

TEST_CASE("a torn unit holds the old contents, the new, each bit one of them, or anything") {
  SimulatedFlash old = torn(kOnes, CutPosition::whole_call, Torn::old);
  CHECK(contents(old) == mixed(0));
  SimulatedFlash fresh = torn(kOnes, CutPosition::whole_call, Torn::fresh);
  CHECK(contents(fresh) == mixed(16));
  SimulatedFlash mixture = torn(kOnes, CutPosition::whole_call, Torn::mixture);
  for (const std::uint8_t byte : contents(mixture)) CHECK((byte & 0x5A) == 0x5A);
  CHECK(contents(mixture) != mixed(16));
  SimulatedFlash noise = torn(kOnes, CutPosition::whole_call, Torn::noise);
  CHECK(contents(noise) != contents(mixture));
  CHECK(contents(noise) == contents(noise));
}

TEST_CASE("an unstable unit changes from boot to boot, an unreadable one can't be read before an erase") {
  SimulatedFlash unstable = torn(kOnes, CutPosition::whole_call, Torn::unstable);
  std::set<std::vector<std::uint8_t>> seen;
  for (int boot = 0; boot < 20; ++boot) {
    unstable.reboot();
    seen.insert(contents(unstable));
  }
  CHECK(seen.size() > 2);
  SimulatedFlash unreadable = torn(kEcc, CutPosition::first_unit, Torn::unreadable);
  CHECK(contents(unreadable).empty());
  CHECK_FALSE(is_blank(unreadable, 0, 8));
  REQUIRE(unreadable.erase(0) == Status::ok);
  CHECK(contents(unreadable) == mixed(0));
  CHECK(unreadable.violation() == "");
}

TEST_CASE("a flickering unit changes from read to read, and rests once it is erased") {
  SimulatedFlash flicker = torn(kOnes, CutPosition::whole_call, Torn::flicker);
  std::set<std::vector<std::uint8_t>> seen;
  unsigned blank = 0;
  for (int i = 0; i < 60; ++i) {
    seen.insert(contents(flicker));
    blank += is_blank(flicker, 0, 4) ? 1 : 0;
  }
  CHECK(seen.size() > 4);
  CHECK(blank > 0);
  CHECK(blank < 60);
  REQUIRE(flicker.erase(0) == Status::ok);
  CHECK(contents(flicker) == mixed(0));
}

TEST_CASE("what is read at once reads as its bytes do one by one, torn ones among them") {
  SimulatedFlash flash(fram_part(), 1024);
  flash.cut_at(0, {CutPosition::whole_call, Torn::noise});
  CHECK_THROWS_AS((void)flash.program(248, data()), PowerCut);  // the middle of it lies between two blocks
  flash.reboot();
  std::vector<std::uint8_t> whole(32);
  REQUIRE(flash.read(240, MutableBytes(whole.data(), whole.size())) == Status::ok);
  for (std::uint32_t i = 0; i < whole.size(); ++i) {
    std::uint8_t byte = 0;
    REQUIRE(flash.read(240 + i, MutableBytes(&byte, 1)) == Status::ok);
    CHECK(byte == whole[i]);
    CHECK((byte == 0) == (i < 8 || i >= 24));
  }
}

TEST_CASE("rot flips one bit or takes one unit away, now or at an operation to come") {
  SimulatedFlash flash(kOnes, 1024);
  REQUIRE(flash.program(0, data()) == Status::ok);
  flash.rot({3, 5});
  std::vector<std::uint8_t> expected = kData;
  expected[3] ^= 0x20;
  CHECK(contents(flash) == expected);
  flash.faults().plan_rot({4, Rot::kWholeUnit}, 2);
  REQUIRE(flash.program(256, data()) == Status::ok);
  CHECK_FALSE(contents(flash).empty());
  REQUIRE(flash.program(512, data()) == Status::ok);
  CHECK(contents(flash).empty());
  flash.rot({600, 1});
  CHECK_FALSE(is_blank(flash, 600, 4));
  CHECK(flash.program(600, data().first(4)) == Status::ok);
  CHECK(flash.violation() == "");
  REQUIRE(flash.erase(0) == Status::ok);
  CHECK(contents(flash) == mixed(0));
}

TEST_CASE("a dead block does not erase, now or ever, and the driver says so or does not notice") {
  SimulatedFlash flash(kOnes, 1024);
  REQUIRE(flash.program(256, data()) == Status::ok);
  flash.wear_out(256, false);
  CHECK(flash.erase(256) == Status::erase_failed);
  CHECK(flash.erase(0) == Status::ok);
  flash.wear_out(256, true);
  CHECK(flash.erase(256) == Status::ok);
  CHECK_FALSE(is_blank(flash, 256, 16));
}

TEST_CASE("an interrupted erase leaves a block that must be erased before it is programmed") {
  SimulatedFlash flash(kOnes, 1024);
  REQUIRE(flash.program(0, data()) == Status::ok);
  flash.cut_at(1, {CutPosition::whole_call, Torn::fresh});
  CHECK_THROWS_AS((void)flash.erase(0), PowerCut);
  flash.reboot();
  CHECK(flash.program(128, data()) == Status::program_failed);
  CHECK(flash.violation() == "a block is programmed whose erase was interrupted");
  REQUIRE(flash.erase(0) == Status::ok);
  CHECK(flash.program(128, data()) == Status::ok);
}

TEST_CASE("a block that dies silently after an interrupted erase is nobody's fault") {
  SimulatedFlash flash(kOnes, 1024);
  flash.cut_at(0, {CutPosition::whole_call, Torn::fresh});
  CHECK_THROWS_AS((void)flash.erase(0), PowerCut);
  flash.reboot();
  flash.wear_out(0, true);
  CHECK(flash.program(128, data()) == Status::program_failed);
  REQUIRE(flash.erase(0) == Status::ok);
  CHECK(flash.program(128, data()) == Status::ok);
}

TEST_CASE("a unit is programmed once, torn or not") {
  SimulatedFlash flash(kOnes, 1024);
  REQUIRE(flash.program(0, data()) == Status::ok);
  CHECK(flash.program(12, data().first(4)) == Status::program_failed);
  CHECK(flash.violation() == "a unit is programmed twice");
  SimulatedFlash noisy = torn(kOnes, CutPosition::first_unit, Torn::noise);
  CHECK(noisy.program(0, data()) == Status::program_failed);
  CHECK(noisy.violation() == "a torn unit is programmed");
  SimulatedFlash unseen = torn(kOnes, CutPosition::first_unit, Torn::old);
  CHECK(unseen.program(0, data()) == Status::ok);
  CHECK(unseen.wear().blind_programs == 1);
  CHECK(unseen.violation() == "");
}

TEST_CASE("misaligned, out of bounds and protected operations are violations") {
  const auto violation_of = [](auto&& use) {
    SimulatedFlash flash(kOnes, 1024);
    flash.protect({{512, 256}});
    use(flash);
    return flash.violation();
  };
  CHECK(violation_of([](auto& flash) { (void)flash.program(2, data()); }) == "program misaligned");
  CHECK(violation_of([](auto& flash) { (void)flash.program(0, data().first(3)); }) == "program misaligned");
  CHECK(violation_of([](auto& flash) { (void)flash.program(1016, data()); }) == "program out of bounds");
  CHECK(violation_of([](auto& flash) { (void)flash.program(500, data()); }) ==
        "a protected region is programmed");
  CHECK(violation_of([](auto& flash) { (void)flash.erase(512); }) == "a protected region is erased");
  CHECK(violation_of([](auto& flash) { (void)flash.erase(128); }) == "erase misaligned");
}

TEST_CASE("erased flash reads as ones, as zeros, as anything, or not at all; a blank check always tells") {
  for (const Erased erased : {Erased::ones, Erased::zeros, Erased::undefined, Erased::unreadable}) {
    SimulatedFlash flash(FlashPart{"part", 256, 4, true, erased}, 1024);
    CHECK(is_blank(flash, 0, 256));
    if (erased == Erased::unreadable) CHECK(contents(flash).empty());
    if (erased == Erased::zeros) CHECK(contents(flash) == std::vector<std::uint8_t>(16, 0));
    if (erased == Erased::undefined) CHECK(contents(flash) != contents(flash));
    REQUIRE(flash.program(0, data()) == Status::ok);
    CHECK_FALSE(is_blank(flash, 0, 16));
    CHECK(is_blank(flash, 16, 240));
    CHECK(contents(flash) == kData);
  }
}

TEST_CASE("worn flash lies, refuses, keeps what should be erased, and can't be read") {
  SimulatedFlash flash(kOnes, 1024);
  flash.faults().plan({FaultKind::lie, 0});
  REQUIRE(flash.program(0, data()) == Status::ok);
  unsigned differing = 0;
  for (const std::uint8_t byte : contents(flash)) differing += byte == 0x5A ? 0 : 1;
  CHECK(differing == 1);
  flash.faults().plan({FaultKind::refused, 1});
  CHECK(flash.program(256, data()) == Status::program_failed);
  flash.faults().plan({FaultKind::worn, 2});
  CHECK(flash.erase(0) == Status::erase_failed);
  CHECK_FALSE(is_blank(flash, 0, 16));
  flash.faults().repair();
  flash.faults().plan({FaultKind::worn_silently, 3});
  CHECK(flash.erase(0) == Status::ok);
  CHECK_FALSE(is_blank(flash, 0, 16));
  flash.faults().repair();
  flash.faults().plan({FaultKind::read_once, flash.reads()});
  CHECK(contents(flash).empty());
  CHECK_FALSE(contents(flash).empty());
  flash.faults().plan({FaultKind::read_lost, flash.reads()});
  CHECK(contents(flash).empty());
  CHECK(contents(flash).empty());
}

TEST_CASE("a driver refuses one erase, or all that is written or read until the next restart") {
  SimulatedFlash flash(kOnes, 1024);
  REQUIRE(flash.program(0, data()) == Status::ok);
  flash.faults().plan({FaultKind::erase_refused, 1});
  CHECK(flash.erase(0) == Status::erase_failed);
  CHECK(contents(flash) != std::vector<std::uint8_t>(16, 0xFF));  // half of it is there
  CHECK(flash.erase(0) == Status::ok);
  flash.faults().plan({FaultKind::writes_refused, 4});
  CHECK(flash.program(0, data()) == Status::ok);
  CHECK(flash.erase(0) == Status::erase_failed);
  CHECK(flash.program(256, data()) == Status::program_failed);
  CHECK(contents(flash) == kData);
  flash.reboot();
  CHECK(flash.program(256, data()) == Status::ok);
  bool blank = false;
  flash.faults().plan({FaultKind::reads_refused, flash.reads()});
  CHECK(contents(flash).empty());
  CHECK(flash.is_blank(0, 16, blank) == Status::read_failed);
  flash.reboot();
  CHECK(contents(flash) == kData);
  CHECK(flash.is_blank(512, 16, blank) == Status::ok);
  CHECK(flash.violation() == "");
}

TEST_CASE("busy flash does what was asked once, however often it was asked") {
  SimulatedFlash flash(kOnes, 1024);
  flash.be_busy(2);
  unsigned calls = 1;
  while (flash.program(0, data()) == Status::would_block) ++calls;
  while (flash.erase(256) == Status::would_block) ++calls;
  CHECK(flash.operations() == 2);
  CHECK(flash.violation() == "");
}

TEST_CASE("a driver that works between its calls sees what becomes of the bytes it was given") {
  const auto violation_of = [](auto&& use) {
    SimulatedFlash flash(kOnes, 1024);
    flash.be_busy(2);
    std::vector<std::uint8_t> bytes = kData;
    // An operation that waits or runs; a busy driver puts off the first call sooner or later.
    std::uint32_t address = 0;
    while (flash.program(address, view_of(bytes)) != Status::would_block) address += 16;
    use(flash, bytes, address);
    return flash.violation();
  };
  CHECK(violation_of([](auto& flash, auto& bytes, std::uint32_t address) {
          while (flash.program(address, view_of(bytes)) == Status::would_block) flash.check_promises();
        }) == "");
  CHECK(violation_of([](auto& flash, auto& bytes, std::uint32_t) {
          bytes[7] ^= 1;
          flash.check_promises();
        }) == "the bytes of an operation changed while it was running");
  CHECK(violation_of([](auto& flash, auto& bytes, std::uint32_t) {
          bytes[7] ^= 1;
          bool blank = false;
          (void)flash.is_blank(0, 4, blank);
        }) == "the bytes of an operation changed while it was running");
  CHECK(violation_of([](auto& flash, auto&, std::uint32_t) { (void)flash.erase(768); }) ==
        "another operation while one is running");
  CHECK(violation_of([](auto& flash, auto& bytes, std::uint32_t address) {
          const std::vector<std::uint8_t> elsewhere = bytes;
          (void)flash.program(address, view_of(elsewhere));
        }) == "other bytes are given to an operation that is running");
}

TEST_CASE("flash of unlike parts and unequal sectors has the sizes of each place") {
  const FlashPart uneven = {"uneven", {2, 256}, {1, 512}, {0, 1024}, 8, false, Erased::ones};
  SimulatedFlash flash({{uneven, 3072}, {kEcc, 512}, {fram_part(), 256}});
  CHECK(flash.size() == 3072 + 512 + 256);
  for (const auto& [address, size] :
       {std::pair{0U, 256U}, {511U, 256U}, {512U, 512U}, {1024U, 1024U}, {3071U, 1024U}, {3072U, 256U}})
    CHECK(flash.erase_size(address) == size);
  CHECK(flash.program_size(3839) == 1);
  CHECK(flash.erase(1024) == Status::ok);
  CHECK(flash.program(3600, data()) == Status::ok);
  CHECK(flash.program(3600, data()) == Status::ok);
  CHECK(flash.violation() == "");
  CHECK(flash.program(504, data()) == Status::program_failed);
  CHECK(flash.violation() == "a program call crosses an erase block");
}

TEST_CASE("the simulated parts have the erase blocks and program units of real ones") {
  std::set<std::uint32_t> blocks;
  std::set<std::uint32_t> units;
  std::set<Erased> erased;
  for (const FlashPart& part : kFlashParts) {
    CAPTURE(part.name);
    for (const Sectors& kind : part.sectors) {
      blocks.insert(kind.size);
      CHECK(kind.size % part.program_size == 0);
    }
    units.insert(part.program_size);
    erased.insert(part.erased);
  }
  for (const std::uint32_t size : {256U, 1024U, 2048U, 4096U, 131072U}) CHECK(blocks.count(size) == 1);
  for (const std::uint32_t size : {1U, 4U, 8U, 16U, 32U, 128U, 256U, 512U}) CHECK(units.count(size) == 1);
  CHECK(erased.size() == 4);
}
