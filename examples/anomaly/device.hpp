// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "detector.hpp"
#include "tmd/firmware_limits.hpp"
#include "tmd/updater.hpp"

/// A device that watches temperatures and takes updates of how it does so: model and threshold are one, and come as one
/// patch. The same on a Linux board and on a microcontroller; `Board` says what its flash is:
///
///     using Flash = …; static Flash& flash(); static constexpr tmd::Layout kLayout = …;
///     static tmd::ConstBytes memory(const tmd::Region&);  // a part of the flash, to be read in place
template <class Board>
class AnomalyDevice {
  struct Firmware : tmd::FirmwareStatement {
    static constexpr std::uint16_t kCompanionSchema = Detector::kSchema;
  };
  struct Config : tmd::DefaultConfig<typename Board::Flash> {
    using Authentication = tmd::AllowUnsigned;  // a first step; docs/security.md has keys
    using Limits = tmd::FirmwareLimits<Firmware>;
  };

 public:
  /// A start of the device. A model on trial is kept where this application can use it, else the one before runs again.
  /// ok; not_found: it has no model yet; else the store's boot.
  tmd::Status start() {
    store_.attach(Board::flash(), Board::kLayout);
    updater_.attach(store_);
    const tmd::Status status = tmd::until_done([&] { return store_.boot(); });
    return status == tmd::Status::ok ? use_active() : status;
  }

  /// An update begins, or goes on where it was: ask `wanted_offset` what to send.
  tmd::Status open_update() {
    const tmd::Status status = tmd::until_done([&] { return updater_.resume(); });
    return tmd::is_error(status) ? tmd::until_done([&] { return updater_.begin(); }) : status;
  }
  bool is_updating() const { return updater_.is_open(); }
  std::uint32_t wanted_offset() const { return updater_.resume_offset(); }
  /// The packet from that offset on; an empty one behind the patch's end. need_more; would_block: the flash is at work,
  /// call again, what was taken is not wanted any more; ok: that was all of it, and the new model judges from now on.
  tmd::Status take_packet(tmd::ConstBytes packet) {
    tmd::Status status = updater_.feed(packet).status;
    if (status != tmd::Status::ready_to_finish) return status;
    status = tmd::until_done([&] { return updater_.finish(); });
    return status == tmd::Status::ok ? use_active() : status;
  }

  Detector& detector() { return detector_; }

 private:
  tmd::Status use_active() {
    const bool on_trial = store_.active().state == tmd::ModelState::trial;
    const bool can_use = load();
    if (on_trial && can_use) return tmd::until_done([&] { return store_.confirm(); });
    if (on_trial) {
      const tmd::Status status = tmd::until_done([&] { return store_.revert(); });
      return status == tmd::Status::ok && !load() ? tmd::Status::model_damaged : status;
    }
    return can_use ? tmd::Status::ok : tmd::Status::model_damaged;
  }
  bool load() {
    const tmd::Companion companion = store_.companion();
    tmd::Region model = store_.active().region;
    model.size -= companion.region.size;
    return companion.schema == Detector::kSchema &&
           detector_.load(Board::memory(model), Board::memory(companion.region));
  }

  tmd::ModelStore<Config> store_;
  tmd::Updater<Config> updater_;
  Detector detector_;
};
