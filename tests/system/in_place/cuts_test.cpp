// SPDX-License-Identifier: Apache-2.0
// A device with one slot updates its only model, and power goes in any operation of it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "system/in_place/every_cut.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// An update and the lives of a device that power cuts on its way.
class Story {
 public:
  Story(const FlashPart& part, std::size_t length) : Story(part, CutPair(length)) {}
  Story(const FlashPart& part, const CutPair& pair)
      : part_(part), block_(part.smallest_erase_size()), pair_(pair) {
    patch_ = make_in_place(pair_.base, pair_.target, {block_, 3, 2});
  }

  OneSlot new_device() const { return OneSlot(pair_.base, patch_, part_); }

  /// A device with this flash goes on from a restart until it has its target. `alone`: nobody sends anything.
  void live_on(OneSlot& device, bool alone) {
    device.flash().protect({});
    Status status = device.boot();
    const bool is_overwritten = device.store().is_being_overwritten();
    REQUIRE(status == (is_overwritten ? Status::updating : Status::ok));
    if (!is_overwritten) {
      const Bytes now = device.active_bytes();
      REQUIRE((now == pair_.base || now == pair_.target));
      if (now == pair_.target) return;
      CHECK_FALSE(alone);
    }
    if (is_overwritten && alone) {
      status = patiently([&] { return device.staging().reopen(); });
    } else {
      status = device.receive();
    }
    REQUIRE(status == Status::ok);  // apart: an assertion would keep a power cut to itself
    status = apply_with_sender(device);
    CHECK(status == Status::ok);
    CHECK(device.active_bytes() == pair_.target);
    CHECK(device.flash().violation() == "");
  }

  /// Every operation of a life is cut in every way; each time a device goes on from what that left. `pairs`: and is cut
  /// once more, somewhere.
  std::uint32_t cut_everywhere(bool pairs, unsigned stride) {
    OneSlot device = new_device();
    return tmd::test::cut_everywhere(
        device.flash(), stride, [&] { live_on(device, false); },
        [&](const WideFlash& left, const FlashOperation& operation, std::uint32_t life) {
          const bool is_overwritten = device.store().is_being_overwritten();
          if (!is_overwritten) CHECK_FALSE(device.layout().slot_a.overlaps(Region{operation.address, 1}));
          go_on(left, is_overwritten, pairs ? life : 0);
        });
  }

 private:
  void go_on(const WideFlash& flash, bool alone, std::uint32_t seed) {
    OneSlot survivor = new_device();
    survivor.put_flash(flash);
    if (seed != 0) alone = !is_cut_once(survivor, seed, 120, [&] { live_on(survivor, false); }) && alone;
    live_on(survivor, alone && seed == 0);
  }

  FlashPart part_;
  std::uint32_t block_;
  CutPair pair_;
  Bytes patch_;
};

}  // namespace

TEST_CASE("a cut in any operation, torn in any way, ends with the target, without the sender") {
  Story story({"small", 256, 8, true, Erased::ones}, 2300);
  const std::uint32_t lives = story.cut_everywhere(false, 7);
  MESSAGE("lives: " << lives);
  CHECK(lives > 1000);
}

TEST_CASE("so it does where the few blocks that change stay in the ring from when the patch was tried out") {
  CutPair pair(2300);
  pair.target = pair.base;
  for (const std::size_t at : {300U, 1400U, 2200U}) pair.target[at] ^= 0x11;
  Story story({"small", 256, 8, true, Erased::ones}, pair);
  const std::uint32_t lives = story.cut_everywhere(false, 3);
  MESSAGE("lives: " << lives);
  CHECK(lives > 1000);
}

TEST_CASE("so it does on parts of other erase blocks and program units") {
  std::uint32_t lives = 0;
  for (const FlashPart& part : kFlashParts) {
    if (part.largest_erase_size() > 2048 || part.smallest_erase_size() != part.largest_erase_size()) continue;
    CAPTURE(part.name);
    Story story(part, part.smallest_erase_size() * 9 - 30);
    const std::uint32_t before = lives;
    lives += story.cut_everywhere(false, part.smallest_erase_size() > 512 ? 499 : 101);
    MESSAGE(std::string(part.name) << ": lives: " << lives - before);
  }
  CHECK(lives > 500);
}

TEST_CASE("and so does a second cut in what follows") {
  Story story({"small", 256, 8, true, Erased::ones}, 2300);
  const std::uint32_t lives = story.cut_everywhere(true, 11);
  MESSAGE("lives: " << lives);
  CHECK(lives > 1000);
}
