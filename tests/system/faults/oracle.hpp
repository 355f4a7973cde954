// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "support/image_hash.hpp"
#include "system/faults/event.hpp"
#include "tmd/status.hpp"

namespace tmd::faults {

/// What the world outside knows about the device: the ground on which a restart is judged.
struct Oracle {
  unsigned generation = 0;    ///< Of the model that is active.
  bool booted = false;        ///< A boot has ended well: the journal knows this device.
  bool has_model = true;      ///< There is one. False after a `reset` that found no factory model.
  bool confirmed = true;      ///< It is not on trial.
  bool confirm_open = false;  ///< `confirm` was cut: it may be either until the journal is written again.
  int other =
      kNone;  ///< `finish`, `revert` or `reset` was cut: this generation may be the active one as well.
  bool other_confirmed = true;
  std::uint32_t other_counter = 0;  ///< The security counter that came with it, at least.
  int before = kNone;               ///< The generation that was active before the present one.
  unsigned boots = 0;               ///< Restarts since the last `finish` was called, cut ones included.
  unsigned trial_runs = 0;          ///< Times that a model on trial was handed to the application since then.
  unsigned unwritten_boots = 0;     ///< Of these, after a boot that said that it can't be written down.
  unsigned expired = 0;             ///< Models that fell back because nobody confirmed them.
  bool tainted = false;       ///< Bytes that are not the current patch's may be in the update that was cut.
  bool preluded = false;      ///< What the scenario does before the right patch is done.
  std::uint32_t patch = 0;    ///< Identity of the current one.
  std::uint32_t offered = 0;  ///< Bytes of the current patch given to `feed`, whether it returned or not.
  std::uint32_t offered_before = 0;  ///< The same, before a `begin` of which the journal may not know.
  std::uint32_t taken = 0;           ///< Bytes that `feed` said it took.
  std::uint32_t claimed = 0;         ///< Bytes that an earlier boot resumed behind, and wrote that down.
  std::uint32_t finished = 0;        ///< Target bytes, in whole erase blocks, that are finished for good.
  std::uint32_t counter = 0;         ///< The security counter is at least this, and at most
  std::uint32_t counter_open = 0;    ///< this: a commit was cut.
  unsigned refused = 0;  ///< Bodies that were refused, or may have been, under the patch's identity.

  std::uint32_t staged_patch = 0;    ///< Identity of the patch whose fragments are collected.
  std::vector<std::uint8_t> staged;  ///< For each fragment: it was stored, and the device said so.

  // Damage that is not the library's doing, and what it excuses.
  bool log_damaged = false;   ///< A record of the log may be unreadable: bytes may be asked for again.
  bool unsteady_cut = false;  ///< What a cut tore reads differently at each read.
  bool log_unsteady = false;  ///< And power went once more: a record counted at one boot, not at the next.
  bool slot_damaged[2] = {};  ///< A place in the slot is.
  std::uint32_t rotten = 0;   ///< Where that is, as a flash offset: one place in a device's life.
  bool worn = false;          ///< A block may not erase: an update or a record may be impossible.
  Reaction reaction = Reaction::as_reported;  ///< What the application does where the driver is at fault.
  bool serviced = false;  ///< Damage was mended by a full model; the history goes on behind it.

  static constexpr int kNone = -1;
  static constexpr int kNoModel = -2;

  /// From here on this generation may be the active one as well.
  void expect(int generation_then, bool confirmed_then, std::uint32_t counter_then) {
    other = generation_then;
    other_confirmed = confirmed_then;
    other_counter = counter_then;
    counter_open = counter > counter_then ? counter : counter_then;
  }
  /// A boot found that one. Where it could not be written down the next one may find the present one again, and the
  /// update it was in.
  void change_to_other(int now) {
    before = other = now;
    std::swap(confirmed, other_confirmed);
    std::swap(counter, other_counter);
    forget_progress();
  }
  void settle() {
    other = kNone;
    confirm_open = false;
    counter_open = counter;
  }
  /// The update has ended: what was sent need not be on the device any more.
  void forget_progress() { taken = claimed = finished = 0; }
  /// No patch byte is known to be on the device.
  void forget_patch() {
    offered = offered_before = 0;
    forget_progress();
  }

  /// Adds all that decides how the device is judged from here on.
  void hash_into(test::ImageHash& hash) const {
    for (const std::uint64_t word : {std::uint64_t{generation},      std::uint64_t{booted},
                                     std::uint64_t{has_model},       std::uint64_t{patch},
                                     std::uint64_t{staged_patch},    std::uint64_t{confirmed},
                                     std::uint64_t{confirm_open},    static_cast<std::uint64_t>(other),
                                     std::uint64_t{other_confirmed}, static_cast<std::uint64_t>(before),
                                     std::uint64_t{boots},           std::uint64_t{trial_runs},
                                     std::uint64_t{expired},         std::uint64_t{tainted},
                                     std::uint64_t{preluded},        std::uint64_t{offered},
                                     std::uint64_t{taken},           std::uint64_t{claimed},
                                     std::uint64_t{finished},        std::uint64_t{counter},
                                     std::uint64_t{counter_open},    std::uint64_t{refused},
                                     std::uint64_t{log_damaged},     std::uint64_t{slot_damaged[0]},
                                     std::uint64_t{slot_damaged[1]}, std::uint64_t{worn},
                                     std::uint64_t{unsteady_cut},    std::uint64_t{log_unsteady},
                                     std::uint64_t{serviced}})
      hash.add(word);
    hash.add(unwritten_boots);
    hash.add(rotten);
    hash.add(offered_before);
    hash.add(other_counter);
    hash.add_bytes(staged);
  }
};

/// Sums over all runs.
struct Figures {
  std::uint64_t resumes = 0;
  std::uint64_t restarts_from_zero = 0;
  std::uint64_t resent_bytes = 0;
  std::uint32_t most_resent = 0;
  std::uint64_t full_models = 0;  ///< Devices that were brought back to service by a full model.
  std::uint64_t worn_out = 0;     ///< Runs that ended early because the flash could not go on, and said so.

  void add(const Figures& other) {
    resumes += other.resumes;
    restarts_from_zero += other.restarts_from_zero;
    resent_bytes += other.resent_bytes;
    most_resent = most_resent > other.most_resent ? most_resent : other.most_resent;
    full_models += other.full_models;
    worn_out += other.worn_out;
  }
};

/// The device reported that its flash is at fault. Like a power cut, it ends a run early; unlike one, not by
/// itself.
struct FlashFault {
  Status status;
};

}  // namespace tmd::faults
