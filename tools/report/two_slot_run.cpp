// SPDX-License-Identifier: Apache-2.0
#include "report/two_slot_run.hpp"

#include <algorithm>

#include "device/any_limits.hpp"
#include "device/flash_part.hpp"
#include "report/watched_flash.hpp"
#include "tmd/updater.hpp"

namespace tmd::host::report {
namespace {

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
    flash.moment = std::min(offset + kPacket, static_cast<std::uint32_t>(patch.size()));
    status = updater.feed(patch.slice(offset, kPacket)).status;
    if (status == Status::ready_to_finish) return until_done([&] { return updater.finish(); });
    if (status == Status::need_more && updater.resume_offset() >= patch.size()) return Status::body_truncated;
  }
  return status;
}

/// What the device keeps behind the target.
std::uint32_t self_test_bytes(const patch::PatchFile& patch) {
  for (const Entry& entry : patch.entries)
    if (entry.number == EntryNumber::self_test) return static_cast<std::uint32_t>(entry.value.size());
  return 0;
}

}  // namespace

FlashRun run_with_two_slots(ConstBytes base, const patch::PatchFile& patch) {
  FlashRun run;
  device::Part part;
  const std::uint32_t largest = std::max(static_cast<std::uint32_t>(base.size()),
                                         patch.manifest.target_length + self_test_bytes(patch));
  part.slot_size = device::slot_for(largest, part.erase_size);
  part.journal_size = std::max(2 * part.erase_size, kJournal);
  run.erase_size = part.erase_size;
  run.axis = "patch bytes";
  run.length = patch.bytes.size();
  const Layout layout = part.layout();
  // A device without a model takes its first one into slot A.
  const char* const new_model = "the target, its self-test behind it";
  run.areas = {{"Slot A", layout.slot_a, "the base, which stays until the next update"},
               {"Slot B", layout.slot_b, base.empty() ? "nothing yet" : new_model},
               {"Journal", layout.journal, "which model counts, how far an update is"}};
  if (base.empty()) run.areas[0].holds = new_model;
  FlashArea& target_slot = run.areas[base.empty() ? 0 : 1];
  target_slot.used = patch.manifest.target_length;
  device::FileFlash file(part.geometry());
  device::program_factory_model(file, part, base);
  WatchedFlash flash(file, run);
  ModelStore<Config> store(flash, layout);
  const Status booted = until_done([&] { return store.boot(device::factory_model(base)); });
  if (booted != Status::ok && booted != Status::not_found) return run;
  flash.start();
  Updater<Config> updater(store);
  run.done = stream(updater, flash, patch.view()) == Status::ok;
  run.self_test_bytes = store.self_test().size;
  target_slot.used += run.self_test_bytes;
  return run;
}

}  // namespace tmd::host::report
