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
struct OnTrialConfig : OneSlotConfig {
  static constexpr std::uint8_t kTrialBoots = 1;
};
constexpr std::uint32_t kProgramUnit = 4;
constexpr std::uint32_t kPieceSize = 4096;
using Area = Staging<FileFlash, kPieceSize>;

template <class Config>
OneSlotPart part_for(ConstBytes base, const patch::PatchFile& patch) {
  const codec::ReadWindow window = patch.window();
  const FragmentPlan pieces{0, static_cast<std::uint32_t>(patch.bytes.size()), kPieceSize};
  const std::uint32_t behind_model = patch.way_back().empty() ? 0 : sizeof(Digest);
  const std::uint32_t model_bytes =
      std::max(static_cast<std::uint32_t>(base.size()), patch.manifest.target_length + behind_model);
  const std::uint32_t journal_bytes = 2 * slot_for(3 * sizeof(UpdateState<Config>), window.block_size);
  const auto staging_bytes =
      static_cast<std::uint32_t>(Area::needed(pieces, kProgramUnit, window.block_size)) + 1;
  return one_slot_part(window, model_bytes, journal_bytes, staging_bytes, kProgramUnit);
}

/// A device in memory, with the patch staged.
template <class Config>
class OneSlotBench {
 public:
  OneSlotBench(const std::filesystem::path& base_path, ConstBytes base, const patch::PatchFile& patch,
               const ProgressHook& on_progress, BodyCipher* cipher)
      : base_path_(base_path),
        patch_(patch),
        decrypted_(cipher != nullptr),
        part_(part_for<Config>(base, patch)),
        flash_(part_.geometry),
        store_(flash_, part_.layout),
        area_(store_.port(), part_.staging, 0U) {
    const std::uint32_t block = patch.window().block_size;
    program_factory_model(flash_, {part_.layout.slot_a.size, 0, block, kProgramUnit}, base);
    if (const Status booted = store_.boot(factory_model(base)); booted != Status::ok)
      throw Error(patch::explain(base_path, booted));
    stage();
    typename InPlaceUpdater<Config, Area>::Policies policies;
    policies.observer.hook = &on_progress;
    policies.cipher.cipher = cipher;
    updater_.attach(store_, area_, policies);
  }

  Bytes apply() {
    refuse_unless_ok(base_path_, patch_, updater_.apply(), decrypted_);
    return model();
  }
  Bytes take_back() {
    if (const Status status = store_.revert(); status != Status::updating)
      throw Error(patch::explain(patch_.path, status));
    return apply();
  }

 private:
  void stage() {
    const std::uint32_t length = static_cast<std::uint32_t>(patch_.bytes.size());
    Status status = area_.open({patch_.identity(), length, kPieceSize});
    for (std::uint32_t i = 0; status == Status::ok && i < area_.plan().count(); ++i)
      status = area_.store(i, patch_.view().slice(std::size_t{i} * kPieceSize, kPieceSize));
    if (status != Status::ok) throw Error(patch::explain(patch_.path, status));
  }
  Bytes model() const {
    const Region region = store_.active().region;
    const ConstBytes bytes = flash_.memory().slice(region.address, region.size);
    return Bytes(bytes.begin(), bytes.end());
  }

  const std::filesystem::path& base_path_;
  const patch::PatchFile& patch_;
  bool decrypted_;
  OneSlotPart part_;
  FileFlash flash_;
  ModelStore<Config> store_;
  Area area_;
  InPlaceUpdater<Config, Area> updater_;
};

}  // namespace

Bytes apply_in_place(const std::filesystem::path& base_path, ConstBytes base, const patch::PatchFile& patch,
                     const ProgressHook& on_progress, BodyCipher* cipher) {
  if (!patch.way_back().empty())
    return std::make_unique<OneSlotBench<OnTrialConfig>>(base_path, base, patch, on_progress, cipher)
        ->apply();
  return std::make_unique<OneSlotBench<OneSlotConfig>>(base_path, base, patch, on_progress, cipher)->apply();
}

ThereAndBack there_and_back(const std::filesystem::path& base_path, ConstBytes base,
                            const patch::PatchFile& patch, BodyCipher* cipher) {
  const ProgressHook silent;
  const auto bench = std::make_unique<OneSlotBench<OnTrialConfig>>(base_path, base, patch, silent, cipher);
  ThereAndBack result;
  result.target = bench->apply();
  result.base = bench->take_back();
  return result;
}

}  // namespace tmd::host::device
