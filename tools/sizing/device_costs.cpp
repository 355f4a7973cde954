// SPDX-License-Identifier: Apache-2.0
#include "sizing/device_costs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "device/flash_part.hpp"
#include "sizing/journal_rehearsal.hpp"
#include "sizing/measured_figures.hpp"
#include "tmd/updater.hpp"

namespace tmd::host::sizing {
namespace {

constexpr std::uint64_t kAddressSpace = 0xFFFFFFFF;
constexpr std::uint32_t kMostJournalBlocks = 64;
/// Small erase blocks are tried up to as many as this takes: a journal has its size in bytes, not in blocks.
constexpr std::uint32_t kMostSmallJournal = 32 * 1024;
/// Longer updates do more of the same: so many erase blocks of the slot are rehearsed, at most.
constexpr std::uint32_t kRehearsedBlocks = 2048;

/// Only for the size of what a checkpoint holds, which has no pointers: the same on the device.
template <class Codec>
struct SizedConfig : DefaultConfig<CountingFlash> {
  using Authentication = AllowUnsigned;
  using Decoder = codec::Decoder<Codec>;
};
std::uint32_t checkpoint_size(bool is_small) {
  return static_cast<std::uint32_t>(is_small ? sizeof(UpdateState<SizedConfig<codec::SmallConfig>>)
                                             : sizeof(UpdateState<SizedConfig<codec::DefaultConfig>>));
}

void check(const DeviceChoice& choice) {
  const auto refuse = [](const std::string& why) { throw host::Error(why); };
  if (choice.model_size == 0) refuse("a model has at least one byte");
  if (choice.program_size > choice.erase_size || choice.erase_size % choice.program_size != 0)
    refuse(fmt::format("an erase block of {} bytes is not whole program units of {}", choice.erase_size,
                       choice.program_size));
  // The journal's program calls stay within a block.
  const std::uint32_t call = detail::RowSize::call_for(choice.program_size);
  if (choice.erase_size % call != 0)
    refuse(fmt::format("no journal fits erase blocks of {} bytes: they are to be a multiple of {}",
                       choice.erase_size, call));
  if (choice.page % choice.program_size != 0)
    refuse(fmt::format(
        "a page of {} bytes is not whole program units of {}: set kPageSize, and --page, to {}", choice.page,
        choice.program_size, std::max(choice.page / choice.program_size, 1U) * choice.program_size));
  if (choice.journal_size % choice.erase_size != 0)
    refuse(fmt::format("a journal of {} bytes is not whole erase blocks of {}", choice.journal_size,
                       choice.erase_size));
}

class Sizing {
 public:
  explicit Sizing(const DeviceChoice& choice) : choice_(choice), is_small_(choice.decoder == "small") {}

  DeviceCosts run() {
    costs_.slot_size = device::slot_for(choice_.model_size, choice_.erase_size);
    costs_.slot_erases = costs_.slot_size / choice_.erase_size;
    size_journal();
    costs_.flash_size = 2 * std::uint64_t{costs_.slot_size} + costs_.journal_size;
    if (costs_.flash_size > kAddressSpace) throw host::Error("slots and journal are more than 4 GiB");
    rate_wear();
    size_memory();
    time_update();
    return costs_;
  }

 private:
  bool rehearse(std::uint32_t journal_size) {
    CountingFlash flash(journal_size, choice_.erase_size, choice_.program_size);
    FlashPort<CountingFlash> port(flash);
    const Status sound = FlashJournal<CountingFlash>::check(port, Region{0, journal_size}, sizeof(Snapshot));
    if (sound != Status::ok) return is_sound_ = false;
    is_sound_ = true;
    const std::uint32_t blocks = std::min(costs_.slot_erases, kRehearsedBlocks);
    const double times = static_cast<double>(costs_.slot_erases) / blocks;
    const JournalLoad load{blocks, static_cast<std::uint32_t>(choice_.patch_size / times), choice_.interval,
                           checkpoint_size(is_small_)};
    const bool is_exact = JournalRehearsal(flash, load).run() && choice_.interval != 0;
    costs_.journal_size = journal_size;
    costs_.journal_erases = static_cast<std::uint32_t>(static_cast<double>(flash.erases()) * times);
    journal_bytes_ = static_cast<std::uint64_t>(static_cast<double>(flash.programmed()) * times);
    return costs_.resumes_exactly = is_exact;
  }

  /// The smallest one that the library takes, and from there on the smallest one with which an update resumes
  /// exactly and the journal is erased no more often than the slot; the choice counts before both.
  void size_journal() {
    const std::uint32_t most = std::max(kMostJournalBlocks, kMostSmallJournal / choice_.erase_size);
    for (std::uint32_t blocks = 2; blocks <= most; blocks += 2) {
      const std::uint32_t size = blocks * choice_.erase_size;
      const bool is_exact = rehearse(size);
      if (is_sound_ && costs_.least_journal_size == 0) costs_.least_journal_size = size;
      const bool is_gentle = costs_.journal_erases <= costs_.slot_erases;
      if (is_sound_ && is_gentle && (is_exact || choice_.interval == 0)) break;
    }
    if (costs_.least_journal_size == 0)
      throw host::Error(fmt::format("no journal fits erase blocks of {} bytes: {} of them are too small",
                                    choice_.erase_size, most));
    if (choice_.journal_size == 0) return;
    if (choice_.journal_size < costs_.least_journal_size)
      throw host::Error(fmt::format("a journal has at least {} bytes here", costs_.least_journal_size));
    (void)rehearse(choice_.journal_size);
  }

  /// A block of a slot is erased with every other update, one of the journal as often as its banks change.
  void rate_wear() {
    const double journal_blocks = costs_.journal_size / choice_.erase_size;
    costs_.updates_until_worn =
        static_cast<std::uint32_t>(kRatedCycles / std::max(0.5, costs_.journal_erases / journal_blocks));
  }

  void size_memory() {
    const double updater = is_small_ ? measured::kUpdater_small_256_135 : measured::kUpdater_default_256_135;
    const double without = is_small_ ? measured::kUpdater_small_256_0 : measured::kUpdater_default_256_0;
    const double interval = (choice_.interval + 3) / 4 * 4;
    costs_.updater_ram =
        static_cast<std::uint32_t>(choice_.interval == 0 ? without : updater - 136 + interval);
    costs_.store_ram = static_cast<std::uint32_t>(measured::kStore_default_256_135) - 256 + choice_.page;
    costs_.stack = static_cast<std::uint32_t>(measured::kStack);
    costs_.code = static_cast<std::uint32_t>(measured::kCode);
  }

  void time_update() {
    const std::uint32_t most = std::max(choice_.page, std::uint32_t{256});
    costs_.programmed_bytes = rounded_model() + journal_bytes_;
    costs_.erase_seconds = (costs_.slot_erases + costs_.journal_erases) * erase_seconds(choice_);
    costs_.program_seconds = program_seconds(choice_, static_cast<double>(costs_.programmed_bytes));
    costs_.compute_seconds = compute_seconds(choice_);
    costs_.longest_stall_seconds = std::max(erase_seconds(choice_), program_seconds(choice_, most));
  }
  std::uint64_t rounded_model() const {
    return (std::uint64_t{choice_.model_size} + choice_.program_size - 1) / choice_.program_size *
           choice_.program_size;
  }

  const DeviceChoice& choice_;
  bool is_small_;
  bool is_sound_ = false;
  DeviceCosts costs_;
  std::uint64_t journal_bytes_ = 0;
};

}  // namespace

double erase_seconds(const DeviceChoice& choice) {
  return choice.erase_milliseconds.value_or(45.0 * choice.erase_size / 4096) / 1e3;
}

double program_seconds(const DeviceChoice& choice, double bytes) {
  const double unit_us = choice.program_microseconds.value_or(11.0 * choice.program_size);
  return bytes / choice.program_size * unit_us / 1e6;
}

double compute_seconds(const DeviceChoice& choice) {
  return choice.model_size * measured::kInstructionsPerByte / (choice.processor_megahertz * 1e6);
}

DeviceCosts device_costs(const DeviceChoice& choice) {
  check(choice);
  return Sizing(choice).run();
}

}  // namespace tmd::host::sizing
