// SPDX-License-Identifier: Apache-2.0
#include "device/apply.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "device/apply_in_place.hpp"
#include "device/flash_part.hpp"
#include "device/workbench_config.hpp"
#include "tmd/updater.hpp"

namespace tmd::host::device {
namespace {

Status feed_all(Updater<WorkbenchConfig>& updater, ConstBytes patch) {
  Status status = updater.begin();
  if (status == Status::ok) status = updater.feed(patch).status;
  return is_error(status) ? status : updater.finish();
}

}  // namespace

void refuse_unless_ok(const std::filesystem::path& base_path, const patch::PatchFile& patch, Status status,
                      bool decrypted) {
  if (status == Status::wrong_base || status == Status::wrong_base_length) {
    throw Error(fmt::format("{} is not the base of {}: {}; give the very model that the patch was made from",
                            base_path.string(), patch.path.string(), to_string(status)));
  }
  if (status != Status::ok) patch::refuse_patch(patch, status, decrypted);
}

Bytes apply_patch(const std::filesystem::path& base_path, ConstBytes base, const patch::PatchFile& patch,
                  const ProgressHook& on_progress, BodyCipher* cipher) {
  if (!patch.window().is_open()) return apply_in_place(base_path, base, patch, on_progress, cipher);
  Part part;
  part.slot_size = slot_for(std::max(static_cast<std::uint32_t>(base.size()), patch.manifest.target_length),
                            part.erase_size);
  part.journal_size = 4 * part.erase_size;
  FileFlash flash(part.geometry());
  program_factory_model(flash, part, base);

  using Store = ModelStore<WorkbenchConfig>;
  Store store(flash, part.layout());
  const Status booted = store.boot(factory_model(base));
  if (booted != Status::ok && booted != Status::not_found) throw Error(patch::explain(base_path, booted));

  Updater<WorkbenchConfig>::Policies policies;
  policies.observer.hook = &on_progress;
  policies.cipher.cipher = cipher;
  Updater<WorkbenchConfig> updater(store, policies);
  const Status status = feed_all(updater, patch.view());
  refuse_unless_ok(base_path, patch, status, cipher != nullptr);
  const Region target = store.active().region;
  const ConstBytes bytes = flash.memory().slice(target.address, target.size);
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace tmd::host::device
