// SPDX-License-Identifier: Apache-2.0
#include "report/one_slot_run.hpp"

#include <algorithm>
#include <memory>

#include "device/any_limits.hpp"
#include "device/flash_part.hpp"
#include "report/watched_flash.hpp"
#include "tmd/in_place.hpp"

namespace tmd::host::report {
namespace {

struct OneSlotConfig : DefaultConfig<WatchedFlash> {
  using Authentication = IgnoreSignatures;
  using Limits = device::AnyLimits;
  static constexpr bool kOneSlot = true;
  static constexpr std::uint8_t kTrialBoots = 0;
  static constexpr std::uint32_t kManifestSize = 4096;  // the decoder's memory holds it
  static constexpr std::uint32_t kFactsSize = 0;
};
using Area = Staging<WatchedFlash>;
using OneSlotUpdater = InPlaceUpdater<OneSlotConfig>;

constexpr std::uint32_t kFragment = 200;
constexpr std::uint32_t kJournalBytes = 32 * 1024;
constexpr std::uint32_t kUnit = 4;

std::vector<FlashArea> areas_of(const device::OneSlotPart& part, std::uint32_t target_length) {
  return {{"Slot", part.layout.slot_a, "the base, then the target over it", target_length},
          {"Ring", part.layout.slot_b, "spare blocks: target blocks on their way home"},
          {"Journal", part.layout.journal, "which model counts, how far an update is"},
          {"Staging area", part.staging, "the whole patch, with a mark for each of its fragments"}};
}

Status stage(Area& area, const patch::PatchFile& patch, const FragmentPlan& fragments) {
  Status status = until_done([&] { return area.open(fragments); });
  for (std::uint32_t i = 0; status == Status::ok && i < fragments.count(); ++i)
    status =
        until_done([&] { return area.store(i, patch.view().slice(std::size_t{i} * kFragment, kFragment)); });
  return status;
}

}  // namespace

FlashRun run_with_one_slot(ConstBytes base, const patch::PatchFile& patch) {
  FlashRun run;
  const codec::ReadWindow window = patch.window();
  const FragmentPlan fragments{patch.identity(), static_cast<std::uint32_t>(patch.bytes.size()), kFragment};
  const device::OneSlotPart part = device::one_slot_part(
      window, std::max(static_cast<std::uint32_t>(base.size()), patch.manifest.target_length),
      std::max(2 * window.block_size, kJournalBytes),
      static_cast<std::uint32_t>(Area::needed(fragments, kUnit, window.block_size)) + 1, kUnit);
  run.areas = areas_of(part, patch.manifest.target_length);
  run.erase_size = window.block_size;
  run.axis = "bytes programmed";
  device::FileFlash file(part.geometry);
  device::program_factory_model(file, {part.layout.slot_a.size, 0, window.block_size, kUnit}, base);
  WatchedFlash flash(file, run);
  ModelStore<OneSlotConfig> store(flash, part.layout);
  if (until_done([&] { return store.boot(device::factory_model(base)); }) != Status::ok) return run;
  flash.start();
  Area area(store.port(), part.staging);
  if (stage(area, patch, fragments) != Status::ok) return run;
  auto updater = std::make_unique<OneSlotUpdater>(store, area);
  Status status = Status::would_block;
  while (status == Status::would_block) {
    flash.moment = run.programmed_bytes;
    status = updater->apply();
    const bool is_dark = store.active().state == ModelState::updating;
    if (is_dark && !run.no_model_from) run.no_model_from = flash.moment;
  }
  run.length = run.programmed_bytes;
  run.done = status == Status::ok;
  return run;
}

}  // namespace tmd::host::report
