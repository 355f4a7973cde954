// SPDX-License-Identifier: Apache-2.0
#include "device/apply.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "device/any_limits.hpp"
#include "device/flash_part.hpp"
#include "tmd/updater.hpp"

namespace tmd::host::device {
namespace {

struct ReportingObserver {
  const ProgressHook* hook = nullptr;
  void on_progress(std::uint32_t written, std::uint32_t total) {
    if (hook != nullptr && *hook) (*hook)(written, total);
  }
  void on_end(Status) {}
};

/// A device that takes any patch: no checkpoints, a large page, and room for the longest manifest.
struct WorkbenchConfig : DefaultConfig<FileFlash> {
  static constexpr bool kFormat1 = true;
  using Authentication = IgnoreSignatures;
  using Cipher = CallersCipher;
  using Limits = AnyLimits;
  using Observer = ReportingObserver;
  static constexpr std::uint32_t kPageSize = 4096;
  static constexpr std::uint32_t kManifestSize = 0xE000;
  static constexpr std::uint32_t kCheckpointInterval = 0;
  static constexpr std::uint32_t kWorkPerCall = 0;
  static constexpr std::uint32_t kFactsSize = 0;
  static constexpr std::uint8_t kTrialBoots = 0;
};

Status feed_all(Updater<WorkbenchConfig>& updater, ConstBytes patch) {
  Status status = updater.begin();
  if (status == Status::ok) status = updater.feed(patch).status;
  return is_error(status) ? status : updater.finish();
}

}  // namespace

Bytes apply_patch(const std::filesystem::path& base_path, ConstBytes base, const patch::PatchFile& patch,
                  const ProgressHook& on_progress, BodyCipher* cipher) {
  Part part;
  part.slot_size = slot_for(std::max(static_cast<std::uint32_t>(base.size()), patch.manifest.target_length),
                            part.erase_size);
  part.journal_size = 4 * part.erase_size;
  FileFlash flash(part.geometry());
  program_factory_model(flash, part, base);

  using Store = ModelStore<WorkbenchConfig>;
  Store store(flash, part.layout());
  FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(base.size());
  factory.digest = digest_of(DigestKind::sha256, base);
  const Status booted = store.boot(factory);
  if (booted != Status::ok && booted != Status::not_found) throw Error(patch::explain(base_path, booted));

  Updater<WorkbenchConfig>::Policies policies;
  policies.observer.hook = &on_progress;
  policies.cipher.cipher = cipher;
  Updater<WorkbenchConfig> updater(store, policies);
  const Status status = feed_all(updater, patch.view());
  if (status == Status::wrong_base || status == Status::wrong_base_length) {
    throw Error(fmt::format("{} is not the base of {}: {}; give the very model that the patch was made from",
                            base_path.string(), patch.path.string(), to_string(status)));
  }
  if (status != Status::ok) patch::refuse_patch(patch, status, cipher != nullptr);
  const Region target = store.active().region;
  const ConstBytes bytes = flash.memory().slice(target.address, target.size);
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace tmd::host::device
