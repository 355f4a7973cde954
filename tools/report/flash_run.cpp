// SPDX-License-Identifier: Apache-2.0
#include "report/flash_run.hpp"

#include <algorithm>

#include "device/any_limits.hpp"
#include "tmd/updater.hpp"

namespace tmd::host::report {
namespace {

/// Flash that tells of what is done to it.
class WatchedFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = kMaxProgramSize;

  WatchedFlash(device::FileFlash& flash, FlashRun& run) : flash_(flash), run_(run) {}

  std::uint32_t size() const { return flash_.size(); }
  std::uint32_t erase_size() const { return flash_.erase_size(); }
  std::uint32_t program_size() const { return flash_.program_size(); }
  Status read(std::uint32_t address, MutableBytes out) { return flash_.read(address, out); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return flash_.is_blank(address, length, blank);
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    ++run_.programs;
    run_.programmed_bytes += bytes.size();
    return flash_.program(address, bytes);
  }
  Status erase(std::uint32_t address) {
    const bool in_journal = address >= run_.part.layout().journal.address;
    run_.erases.push_back({address, arrived, in_journal});
    return flash_.erase(address);
  }

  std::uint32_t arrived = 0;

 private:
  device::FileFlash& flash_;
  FlashRun& run_;
};

struct Config : DefaultConfig<WatchedFlash> {
  using Authentication = IgnoreSignatures;
  using Limits = device::AnyLimits;
  static constexpr bool kFormat1 = true;
  static constexpr std::uint32_t kManifestSize = 0x6000;
  static constexpr std::uint32_t kSelfTestSize = 16384;
  static constexpr std::uint32_t kFactsSize = 0;
};

constexpr std::uint32_t kPacket = 200;
constexpr std::uint32_t kJournal = 32 * 1024;

Status stream(Updater<Config>& updater, WatchedFlash& flash, ConstBytes patch) {
  Status status = until_done([&] { return updater.begin(); });
  while (is_open(status) || status == Status::ok) {
    const std::uint32_t offset = updater.resume_offset();
    flash.arrived = std::min(offset + kPacket, static_cast<std::uint32_t>(patch.size()));
    status = updater.feed(patch.slice(offset, kPacket)).status;
    if (status == Status::ready_to_finish) return until_done([&] { return updater.finish(); });
    if (status == Status::need_more && updater.resume_offset() >= patch.size()) return Status::body_truncated;
  }
  return status;
}

}  // namespace

FlashRun run_on_flash(ConstBytes base, const patch::PatchFile& patch) {
  FlashRun run;
  const std::uint32_t largest =
      std::max(static_cast<std::uint32_t>(base.size()), patch.manifest.target_length) + 1024;
  run.part.slot_size = device::slot_for(largest, run.part.erase_size);
  run.part.journal_size = std::max(2 * run.part.erase_size, kJournal);
  device::FileFlash file(run.part.geometry());
  device::program_factory_model(file, run.part, base);
  WatchedFlash flash(file, run);
  ModelStore<Config> store(flash, run.part.layout());
  const Status booted = until_done([&] { return store.boot(device::factory_model(base)); });
  if (booted != Status::ok && booted != Status::not_found) return run;
  run.erases.clear();
  run.programs = 0;
  run.programmed_bytes = 0;
  Updater<Config> updater(store);
  run.done = stream(updater, flash, patch.view()) == Status::ok;
  run.self_test_bytes = store.self_test().size;
  return run;
}

}  // namespace tmd::host::report
