// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "device/body_cipher.hpp"
#include "device/flash_part.hpp"
#include "device/lossy_link.hpp"
#include "patch/patch_file.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/model_store.hpp"

namespace tmd::host::device {

/// When power goes, once: at a flash operation (1: the first program or erase of the update), or at the
/// first one after this many patch bytes have arrived. Both 0: never.
struct CutPlan {
  std::uint64_t operation = 0;
  std::uint32_t patch_bytes = 0;
  bool is_planned() const { return operation != 0 || patch_bytes != 0; }
};

/// What happened to one packet or to the device, for a log.
struct Event {
  enum class Kind {
    resumed_before,
    packet_lost,
    went_back,
    power_cut,
    resumed,
    began_again,
    switched_already
  };
  Kind kind;
  std::uint32_t offset;  ///< Patch offset: of the lost packet, or where sending goes on.
};

/// One update, from the first packet to the confirmed model.
struct SimulationReport {
  ActiveModel before;
  ActiveModel trial;  ///< After the restart that follows the update.
  ActiveModel after;  ///< Confirmed.
  std::uint32_t packets_needed = 0;
  std::uint32_t packets_sent = 0;
  std::uint32_t packets_lost = 0;
  std::uint32_t bytes_sent = 0;
  std::vector<Event> events;
  FlashCounters flash;
  bool stopped_at_cut = false;  ///< The update is unfinished, as asked.
  /// A power cut was planned and did not come: programs and erases until the update had ended.
  std::optional<std::uint64_t> missed_cut;
};

struct SimulationPlan {
  Part part;
  Link link;
  CutPlan cut;
  bool stop_at_cut = false;
  bool unconfirmed = false;              ///< Nobody confirms the model; of a patch with a way back.
  std::function<std::uint32_t()> clock;  ///< The device's, in seconds, for its audit log; none: always 0.
};

/// A journal that a device can go on well with after a power cut, in bytes; more than the usual 32 KiB only for long
/// manifests.
std::uint32_t journal_for(const patch::PatchFile& patch);

/// Sends a patch over a lossy link to a simulated device with its flash in `flash`: a fresh image gets `base` as its
/// factory model, and its name once the device has booted from it; one that was used before must hold it, and an
/// interrupted update of this patch goes on, also one whose target is on trial already. The device's kManifestSize is
/// what the patch wants. Where the part has a region for it, the device keeps an audit log there. An encrypted body is
/// decrypted as it streams, with `cipher`. Throws Error, naming the file at fault.
[[nodiscard]] SimulationReport simulate(FileFlash& flash, const std::filesystem::path& base_path,
                                        ConstBytes base, const patch::PatchFile& patch,
                                        const SimulationPlan& plan, const ProgressHook& on_progress = {},
                                        BodyCipher* cipher = nullptr);

}  // namespace tmd::host::device
