// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "support/ram_journal.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/internal/update/patch_input.hpp"

namespace tmd::test {

/// A journal in RAM that can be full.
struct RoomyJournal : RamJournal {
  using RamJournal::RamJournal;
  bool is_full = false;
  Status answer = Status::ok;    ///< Of appends.
  Status restored = Status::ok;  ///< The answer where a state is written anew.
  mutable std::uint32_t asked_records = 0;

  bool has_room(std::uint32_t records, std::uint32_t) const {
    asked_records = records;
    return !is_full;
  }
  Status restore_state() { return restored == Status::ok ? RamJournal::restore_state() : restored; }
  Status append(RecordKind kind, std::uint32_t number, ConstBytes payload) {
    return answer == Status::ok ? RamJournal::append(kind, number, payload) : answer;
  }
  Status start_log(RecordKind kind, std::uint32_t number, ConstBytes payload, ConstBytes state) {
    return answer == Status::ok ? RamJournal::start_log(kind, number, payload, state) : answer;
  }
};

using ResumableFlash = RamFlash<65536, 4096, 4>;
struct ResumableConfig : UnsignedConfig<ResumableFlash> {
  using Journal = RoomyJournal;
  static constexpr std::uint32_t kCheckpointInterval = 30;
};
struct WithoutCheckpoints : ResumableConfig {
  static constexpr std::uint32_t kCheckpointInterval = 0;
};

/// A booted store over a journal whose contents outlive it, while an update is being written.
template <class Config = ResumableConfig>
struct ResumableDevice {
  RamJournalContents contents;
  std::unique_ptr<ResumableFlash> flash = std::make_unique<ResumableFlash>();
  std::unique_ptr<RoomyJournal> journal;
  std::unique_ptr<ModelStore<Config>> store;

  explicit ResumableDevice(bool updating = true) {
    restart();
    if (updating) CHECK(store->begin_update(1, 0) == Status::ok);
  }
  void restart() {
    store = std::make_unique<ModelStore<Config>>();
    journal = std::make_unique<RoomyJournal>(contents);
    store->attach(*flash, *journal, Layout{{0, 32768}, {32768, 32768}, {}});
    CHECK(until_done([&] { return store->boot(); }) == Status::not_found);
  }
};

}  // namespace tmd::test
