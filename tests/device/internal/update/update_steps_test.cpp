// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/update/update_steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "device/interrupted_update.hpp"
#include "device/scattered.hpp"
#include "support/device.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class Flash>
struct PageIsBlockWithLog : UnsignedConfig<Flash> {
  static constexpr std::uint32_t kPageSize = 4096;
  static constexpr std::uint8_t kTrialBoots = 0;
};
template <class Flash>
struct StreamsIntoOneSlot : UnsignedConfig<Flash> {
  static constexpr bool kOneSlot = true;
};

}  // namespace

TEST_CASE("a patch for another base is refused before anything is written") {
  const Bytes base = random_bytes(6000, 1);
  const Bytes patch = make_patch(base, random_bytes(6000, 2));
  Bytes other = base;
  other[3000] ^= 1;
  Bytes shorter(base.begin(), base.end() - 1);
  for (const auto& [active, expected] :
       {std::pair{other, Status::wrong_base}, std::pair{shorter, Status::wrong_base_length}}) {
    Device<> device(active);
    device.flash().reset_counters();
    CHECK(device.update(patch) == expected);
    CHECK(device.flash().counters().erases == 0);
    CHECK(device.flash().counters().programs == 0);
    CHECK(device.active_bytes() == active);
  }
}

TEST_CASE("with one slot a patch that needs its base is not streamed over it") {
  const Bytes base = random_bytes(5000, 1), target = random_bytes(5000, 2);
  Device<StreamsIntoOneSlot> device(base);
  device.flash().reset_counters();
  CHECK(device.update(make_patch(base, target)) == Status::slots_mismatch);
  CHECK(device.flash().counters().erases == 0);
  CHECK(device.flash().counters().programs == 0);
  CHECK(device.active_bytes() == base);
}

TEST_CASE("of two updaters only the one that opened its update writes") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  Updater<WithFormat1<Device<>::Flash>> second(device.store());
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(second.begin() == Status::ok);
  REQUIRE(device.updater().feed(view(update.patch).first(3000)).status == Status::need_more);
  CHECK(second.feed(view(update.patch).first(3000)).status == Status::wrong_state);
  CHECK(second.begin() == Status::ok);
  CHECK(second.feed(view(update.patch).first(3000)).status == Status::wrong_state);
  REQUIRE(device.updater().feed(view(update.patch).from(3000)).status == Status::ready_to_finish);
  REQUIRE(device.updater().finish() == Status::ok);
  CHECK(second.feed(view(update.patch)).status == Status::wrong_state);
  CHECK(second.finish() == Status::wrong_state);
  CHECK(device.store().verify_active() == Status::ok);
  CHECK(device.active_bytes() == update.target);
}

TEST_CASE("a body that goes on behind its target is malformed") {
  const Bytes base = random_bytes(9000, 1), target = random_bytes(10000, 2);
  host::EncodedBody body = encoded(base, target);
  body.bytes.insert(body.bytes.end(), 200, 0x5A);
  Device<> device(base);
  CHECK(device.update(patch_of_body(base, target, body)) == Status::body_malformed);
  CHECK(device.active_bytes() == base);
  CHECK(device.update(make_patch(base, target)) == Status::ok);
}

TEST_CASE("a block that was torn is erased by the update that goes on, though it reads right today") {
  const Bytes models[] = {random_bytes(20000, 1), random_bytes(20000, 2), random_bytes(20000, 3),
                          random_bytes(20000, 4)};
  Device<PageIsBlockWithLog> device(models[0]);
  for (unsigned i = 0; i < 2; ++i) REQUIRE(device.update(make_patch(models[i], models[i + 1])) == Status::ok);
  REQUIRE(device.store().snapshot().settled_of(SlotId::b) == 20480);
  const Bytes patch = make_patch(models[2], models[3]);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(patch.begin(), patch.begin() + 10000), pieces_of(97)) == Status::need_more);
  REQUIRE(device.restart() == Status::ok);
  // All of the slot's last block was written, but for what is behind the target.
  auto* const slot = const_cast<std::uint8_t*>(device.ram().data()) + device.store().slot(SlotId::b).address;
  std::copy(models[3].begin() + 16384, models[3].end(), slot + 16384);
  slot[20001] = 0;
  REQUIRE(device.updater().resume() == Status::ok);
  REQUIRE(device.feed(patch, pieces_of(97), device.updater().resume_offset()) == Status::ready_to_finish);
  CHECK(until_done([&] { return device.updater().finish(); }) == Status::ok);
  CHECK(device.active_bytes() == models[3]);
  CHECK(slot[20001] == 0xFF);
}

TEST_CASE("a logged manifest that is gone once the update is resumed is logged again, in its place") {
  Interrupted device(3000);
  const JournalRecord manifest = device.patch_records().front();
  REQUIRE(manifest.number == 0);
  REQUIRE(device.updater->resume() == Status::ok);
  device.damage(manifest);
  device.feed_until(6000);
  device.restart();
  REQUIRE(device.updater->resume() == Status::ok);
  CHECK(device.updater->resume_offset() > 5000);
  bool gap = false;
  CHECK(device.go_on(gap) == Status::ready_to_finish);
  CHECK_FALSE(gap);
  CHECK(until_done([&] { return device.updater->finish(); }) == Status::ok);
  CHECK(device.active_bytes() == device.target);
}
