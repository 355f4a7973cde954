// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "support/bytes.hpp"
#include "support/flash_parts.hpp"
#include "support/format1_patch.hpp"
#include "support/simulated_flash.hpp"
#include "tmd/updater.hpp"

namespace tmd::test {

constexpr Layout kDamagedLayout = {{0, 0xC000}, {0xC000, 0xC000}, {0x18000, 0x8000}};

struct DamagedConfig : DefaultConfig<SimulatedFlash> {
  using Authentication = AllowUnsigned;
  static constexpr bool kFormat1 = true;
};

/// A device that is half-way through a patch when its power goes, and comes back with its update resumed or not.
struct Interrupted {
  Bytes base = random_bytes(30000, 1);
  Bytes target = random_bytes(30000, 2);
  Bytes patch;
  SimulatedFlash flash = SimulatedFlash(FlashPart{"test", 4096, 4, false, Erased::ones}, 0x20000);
  FactoryModel factory;
  std::optional<ModelStore<DamagedConfig>> store;
  std::optional<Updater<DamagedConfig>> updater;

  explicit Interrupted(std::size_t fed_before = 20000) {
    patch = format1_patch(base, target, {{0, 0, target}});
    flash.install(0, view(base));
    factory.length = static_cast<std::uint32_t>(base.size());
    factory.digest = digest_of(DigestKind::sha256, view(base));
    restart();
    REQUIRE(updater->begin() == Status::ok);
    feed_until(fed_before);
    restart();
  }
  void feed_until(std::size_t end) {
    while (updater->resume_offset() < end) {
      const Status status = updater->feed(view(patch).slice(updater->resume_offset(), 97)).status;
      REQUIRE((is_open(status) || status == Status::offset_gap));
    }
  }

  void restart() {
    updater.reset();
    store.emplace(flash, kDamagedLayout);
    REQUIRE(until_done([&] { return store->boot(factory); }) == Status::ok);
    updater.emplace(*store);
  }

  std::vector<JournalRecord> patch_records() {
    std::vector<JournalRecord> records;
    JournalRecord record;
    for (bool more = store->journal().first(record); more; more = store->journal().next(record)) {
      if (record.kind == RecordKind::patch) records.push_back(record);
    }
    return records;
  }

  /// Flips a bit in the first bytes of a record that has these bytes of the patch.
  void damage(const JournalRecord& record) {
    const ConstBytes wanted = view(patch).slice(record.number, 15);
    for (std::uint32_t at = kDamagedLayout.journal.address; at + 16 <= kDamagedLayout.journal.end();
         at += 16) {
      std::uint8_t row[16];
      REQUIRE(flash.read(at, MutableBytes(row)) == Status::ok);
      if (equal_bytes(ConstBytes(row + 1, 15), wanted)) return flash.rot({at + 5, 3});
    }
    FAIL("the journal has no such record");
  }

  /// Sends what the device asks for until the target is written or the update has ended. True in `gap` where it had
  /// to go back on the way.
  Status go_on(bool& gap) {
    Status status = Status::need_more;
    gap = false;
    while (is_open(status) && status != Status::ready_to_finish) {
      status = updater->feed(view(patch).slice(updater->resume_offset(), 97)).status;
      gap = gap || status == Status::offset_gap;
    }
    return status;
  }

  Bytes active_bytes() {
    const Region region = store->active().region;
    Bytes bytes(region.size);
    REQUIRE(flash.read(region.address, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
    return bytes;
  }
};

}  // namespace tmd::test
