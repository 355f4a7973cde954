// SPDX-License-Identifier: Apache-2.0
#include "device/apply_in_place.hpp"

#include <algorithm>
#include <memory>

#include "base/error.hpp"
#include "device/file_flash.hpp"
#include "device/flash_part.hpp"
#include "device/workbench_config.hpp"
#include "tmd/in_place.hpp"

namespace tmd::host::device {
namespace {

struct OneSlotConfig : WorkbenchConfig {
  static constexpr bool kOneSlot = true;
};
constexpr std::uint32_t kPieceSize = 4096;
using Area = Staging<FileFlash, kPieceSize>;

}  // namespace

Bytes apply_in_place(const std::filesystem::path& base_path, ConstBytes base, const patch::PatchFile& patch,
                     const ProgressHook& on_progress, BodyCipher* cipher) {
  const codec::ReadWindow window = patch.window();
  const std::uint32_t patch_bytes = static_cast<std::uint32_t>(patch.bytes.size());
  constexpr std::uint32_t kProgramSize = 4;
  const std::uint32_t journal_bytes = 2 * slot_for(3 * sizeof(UpdateState<OneSlotConfig>), window.block_size);
  const FragmentPlan pieces{0, patch_bytes, kPieceSize};
  const OneSlotPart part = one_slot_part(
      window, std::max(static_cast<std::uint32_t>(base.size()), patch.manifest.target_length), journal_bytes,
      static_cast<std::uint32_t>(Area::needed(pieces, kProgramSize, window.block_size)) + 1, kProgramSize);
  FileFlash flash(part.geometry);
  program_factory_model(flash, {part.layout.slot_a.size, 0, window.block_size, kProgramSize}, base);

  ModelStore<OneSlotConfig> store(flash, part.layout);
  if (const Status booted = store.boot(factory_model(base)); booted != Status::ok)
    throw Error(patch::explain(base_path, booted));
  auto area = std::make_unique<Area>(store.port(), part.staging, 0U);
  Status status = area->open({patch.identity(), patch_bytes, kPieceSize});
  for (std::uint32_t i = 0; status == Status::ok && i < area->plan().count(); ++i)
    status = area->store(i, patch.view().slice(std::size_t{i} * kPieceSize, kPieceSize));
  if (status != Status::ok) throw Error(patch::explain(patch.path, status));

  InPlaceUpdater<OneSlotConfig, Area>::Policies policies;
  policies.observer.hook = &on_progress;
  policies.cipher.cipher = cipher;
  auto updater = std::make_unique<InPlaceUpdater<OneSlotConfig, Area>>(store, *area, policies);
  refuse_unless_ok(base_path, patch, updater->apply(), cipher != nullptr);
  const Region target = store.active().region;
  const ConstBytes bytes = flash.memory().slice(target.address, target.size);
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace tmd::host::device
