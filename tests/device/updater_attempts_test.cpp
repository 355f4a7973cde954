// SPDX-License-Identifier: Apache-2.0
// How often a body may be refused, or an update be given up and begun anew.
#include <doctest/doctest.h>

#include <vector>

#include "device/scattered.hpp"
#include "format/container.hpp"
#include "support/device.hpp"
#include "support/made_manifest.hpp"
#include "support/make_patch.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE(
    "bodies that are refused under one manifest are counted, and after so many it is not taken any more") {
  const Scattered update;
  const Bytes good = make_patch(update.base, update.target);
  Bytes bad = good;
  bad[bad.size() - 9] ^= 0x5A;
  Device<> device(update.base);
  for (unsigned i = 0; i < UnsignedConfig<Device<>::Flash>::kMostAttempts; ++i) {
    const Status status = device.update(bad);
    CHECK(is_error(status));
    CHECK(status != Status::too_many_attempts);
    REQUIRE(device.restart() == Status::ok);
  }
  device.flash().reset_counters();
  CHECK(device.update(good) == Status::too_many_attempts);
  CHECK(device.flash().counters().erases == 0);
  CHECK(device.flash().counters().programs == 0);
  SUBCASE("until the application allows it again") {
    CHECK(device.store().allow_again() == Status::ok);
  }
  SUBCASE("until another manifest comes") {
    Bytes other = make_patch(update.base, update.base);
    other[other.size() - 1] ^= 0xFF;
    CHECK(device.update(other) != Status::too_many_attempts);
  }
  CHECK(device.update(good) == Status::ok);
}

TEST_CASE("manifests that take turns wear the flash out no further, however many there are") {
  constexpr unsigned kMost = UnsignedConfig<Device<>::Flash>::kMostAttempts;
  const Scattered update;
  std::vector<Bytes> patches;
  for (std::uint8_t i = 0; i < 10; ++i)
    patches.push_back(
        make_patch(update.base, update.target, DigestKind::crc32, {{EntryNumber::note, false, Bytes(1, i)}}));
  bool aborts = false;
  SUBCASE("with bodies that are refused") {}
  SUBCASE("with updates that are given up") {
    aborts = true;
  }
  for (const unsigned count : {2U, 10U}) {
    CAPTURE(count);
    Device<> device(update.base);
    unsigned taken = 0;
    for (unsigned turn = 0; turn < 100; ++turn) {
      Bytes bad = patches[turn % count];
      if (aborts) bad.resize(bad.size() - 100);
      bad[bad.size() - 9] ^= static_cast<std::uint8_t>(aborts ? 0 : 0x5A);
      const Status status = device.update(bad);
      CHECK(status != Status::ok);
      if (aborts) REQUIRE(device.updater().abort() == Status::ok);
      if (status != Status::too_many_attempts) ++taken;
    }
    CHECK(taken >= kMost);
    CHECK(taken <= (kMost + 1) * (kMost + 2));
    device.flash().reset_counters();
    CHECK(device.update(patches[0]) == Status::too_many_attempts);
    CHECK(device.flash().counters().erases == 0);
    REQUIRE(device.restart() == Status::ok);
    CHECK(device.update(patches[0]) == Status::too_many_attempts);
    REQUIRE(device.store().allow_again() == Status::ok);
    CHECK(device.update(patches[0]) == Status::ok);
    CHECK(device.store().snapshot().attempts == 0);
  }
}

TEST_CASE("who repeats what was signed before cannot keep a newer release out") {
  const Scattered update;
  const auto release = [&](std::uint32_t counter, std::uint8_t note) {
    return make_patch(update.base, update.target, DigestKind::crc32,
                      {counter_entry(counter), {EntryNumber::note, false, Bytes(1, note)}});
  };
  Device<> device(update.base);
  for (std::uint8_t turn = 0; turn < 100; ++turn) {
    Bytes bad = release(5, turn % 2);
    bad[bad.size() - 9] ^= 0x5A;
    CHECK(is_error(device.update(bad)));
  }
  CHECK(device.update(release(5, 2)) == Status::too_many_attempts);
  REQUIRE(device.restart() == Status::ok);
  // Bodies under the newer one are counted as well.
  Bytes bad = release(6, 0);
  bad[bad.size() - 9] ^= 0x5A;
  for (unsigned i = 0; i < UnsignedConfig<Device<>::Flash>::kMostAttempts; ++i) {
    const Status status = device.update(bad);
    CHECK(is_error(status));
    CHECK(status != Status::too_many_attempts);
  }
  CHECK(device.update(release(6, 0)) == Status::too_many_attempts);
  CHECK(device.update(release(7, 0)) == Status::ok);
  CHECK(device.store().snapshot().security_counter == 7);
}

TEST_CASE(
    "an update that is given up before its end and begun anew is an attempt like one that was refused") {
  const Scattered update;
  const Bytes patch = make_patch(update.base, update.target);
  const Bytes part(patch.begin(), patch.end() - 100);
  bool aborts = false;
  SUBCASE("by another begin") {}
  SUBCASE("by an abort") {
    aborts = true;
  }
  Device<> device(update.base);
  unsigned taken = 0;
  for (Status status = Status::need_more; status == Status::need_more && taken < 100; ++taken) {
    REQUIRE(device.updater().begin() == Status::ok);
    status = device.feed(part, pieces_of(500));
    if (aborts) REQUIRE(device.updater().abort() == Status::ok);
  }
  CHECK(taken == UnsignedConfig<Device<>::Flash>::kMostAttempts + 2);
  CHECK(device.update(patch) == Status::too_many_attempts);
  CHECK(device.store().allow_again() == Status::ok);
  // What a restart interrupts is none, whether it is resumed or not.
  for (unsigned i = 0; i < 3; ++i) {
    REQUIRE(device.updater().begin() == Status::ok);
    REQUIRE(device.feed(part, pieces_of(500)) == Status::need_more);
    REQUIRE(device.restart() == Status::ok);
  }
  CHECK(device.store().snapshot().attempts == 0);
  CHECK(device.update(patch) == Status::ok);
}

namespace {
template <class Flash>
struct KeepsNoLog : UnsignedConfig<Flash> {
  static constexpr std::uint32_t kCheckpointInterval = 0;
};
}  // namespace

TEST_CASE("an update that is not resumed is an attempt once it is begun anew without a restart") {
  const Scattered update;
  const Bytes patch = make_patch(update.base, update.target);
  const Bytes part(patch.begin(), patch.end() - 100);
  Device<KeepsNoLog> device(update.base);
  unsigned taken = 0;
  for (Status status = Status::need_more; status == Status::need_more && taken < 100; ++taken) {
    REQUIRE(device.updater().resume() == Status::not_found);
    REQUIRE(device.updater().begin() == Status::ok);
    status = device.feed(part, pieces_of(500));
  }
  CHECK(taken == KeepsNoLog<Device<KeepsNoLog>::Flash>::kMostAttempts + 2);
  CHECK(device.update(patch) == Status::too_many_attempts);
}
