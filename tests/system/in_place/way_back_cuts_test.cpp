// SPDX-License-Identifier: Apache-2.0
// A device with one slot tries a target out that nobody confirms, and power goes in any operation of update, trial and
// way back.
#include <doctest/doctest.h>

#include "system/in_place/every_cut.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

class WayBackStory {
 public:
  WayBackStory(const FlashPart& part, std::size_t length) : part_(part), pair_(length) {
    patch_ = make_reversible(pair_.base, pair_.target, {part.smallest_erase_size(), 3, 2});
  }

  ReversibleSlot new_device() const { return ReversibleSlot(pair_.base, patch_, part_); }

  /// A device with this flash goes on from a restart until it has tried its target out and has its base again. `alone`:
  /// nobody sends anything.
  void live_on(ReversibleSlot& device, bool alone) {
    device.flash().protect({});
    // Update, two boots on trial, way back: with a cut in each of them no more than so many.
    for (int boots = 0; boots < 8; ++boots) {
      const Status status = device.boot();
      const ActiveModel active = device.store().active();
      if (status == Status::updating) {
        CHECK_FALSE(active.present);
        go_on(device, alone);
        continue;
      }
      REQUIRE(status == Status::ok);
      const Bytes now = device.active_bytes();
      REQUIRE(now == (active.state == ModelState::trial ? pair_.target : pair_.base));
      if (active.state == ModelState::reverted) return;
      if (active.state == ModelState::trial) continue;
      CHECK_FALSE(alone);
      go_on(device, false);
    }
    FAIL("the device is stuck");
  }

  /// As in cuts_test.
  std::uint32_t cut_everywhere(bool pairs, unsigned stride) {
    ReversibleSlot device = new_device();
    const std::uint32_t lives = tmd::test::cut_everywhere(
        device.flash(), stride, [&] { live_on(device, false); },
        [&](const WideFlash& left, const FlashOperation& operation, std::uint32_t life) {
          const auto& store = device.store();
          if (!store.is_being_overwritten())
            CHECK_FALSE(device.layout().slot_a.overlaps(Region{operation.address, 1}));
          const bool alone = store.is_being_overwritten() || store.snapshot().state == ModelState::trial;
          ReversibleSlot survivor = new_device();
          survivor.put_flash(left);
          if (!pairs) return live_on(survivor, alone);
          (void)is_cut_once(survivor, life, 250, [&] { live_on(survivor, alone); });
          live_on(survivor, alone);
        });
    CHECK(device.flash().violation() == "");
    return lives;
  }

 private:
  void go_on(ReversibleSlot& device, bool alone) {
    Status status = alone ? patiently([&] { return device.staging().reopen(); }) : device.receive();
    REQUIRE(status == Status::ok);  // apart: an assertion would keep a power cut to itself
    status = apply_with_sender(device);
    REQUIRE(status == Status::ok);
  }

  FlashPart part_;
  CutPair pair_;
  Bytes patch_;
};

const FlashPart kSmall = {"small", 256, 8, true, Erased::ones};

}  // namespace

TEST_CASE("a cut in any operation of update, trial and way back ends with the base, without the sender") {
  const std::uint32_t lives = WayBackStory(kSmall, 2300).cut_everywhere(false, 23);
  MESSAGE("lives: " << lives);
  CHECK(lives > 2000);
}

TEST_CASE("so it does on parts of other erase blocks and program units") {
  std::uint32_t lives = 0;
  for (const FlashPart& part : kFlashParts) {
    if (part.largest_erase_size() > 512 || part.smallest_erase_size() != part.largest_erase_size()) continue;
    CAPTURE(part.name);
    lives += WayBackStory(part, part.smallest_erase_size() * 9 - 30).cut_everywhere(false, 211);
  }
  MESSAGE("lives: " << lives);
  CHECK(lives > 300);
}

TEST_CASE("and so does a second cut in what follows") {
  const std::uint32_t lives = WayBackStory(kSmall, 2300).cut_everywhere(true, 31);
  MESSAGE("lives: " << lives);
  CHECK(lives > 1000);
}

// Suite 'long'.
TEST_CASE("every operation in every way" * doctest::skip()) {
  const std::uint32_t lives = WayBackStory(kSmall, 2300).cut_everywhere(false, 1);
  MESSAGE("lives: " << lives);
  CHECK(lives > 40000);
}
