// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"
#include "tmd/status.hpp"

namespace tmd {

enum class SlotId : std::uint8_t { a = 0, b = 1 };
constexpr SlotId other(SlotId slot) {
  return static_cast<SlotId>(static_cast<std::uint8_t>(slot) ^ 1U);
}

/// What a model is worth: `trial` until the application confirms it, `reverted` after a trial that was not
/// confirmed led back to it.
enum class ModelState : std::uint8_t { none = 0, confirmed = 1, trial = 2, reverted = 3 };

/// Major, minor, patch; compared as semantic versions are.
struct ModelVersion {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint16_t patch = 0;

  friend constexpr bool operator==(const ModelVersion& a, const ModelVersion& b) {
    return a.major == b.major && a.minor == b.minor && a.patch == b.patch;
  }
  friend constexpr bool operator<(const ModelVersion& a, const ModelVersion& b) {
    const std::uint32_t ours = (std::uint32_t{a.major} << 16) | a.minor;
    const std::uint32_t theirs = (std::uint32_t{b.major} << 16) | b.minor;
    return ours < theirs || (ours == theirs && a.patch < b.patch);
  }
};

/// A model in a slot. It begins at the slot's first byte.
struct ModelRecord {
  std::uint32_t length = 0;  ///< Bytes.
  ModelVersion version;
  bool present = false;
  Digest digest;
};

/// Everything that the store knows, as one journal record: the newest one is the whole truth. It is written
/// as it lies in memory, every byte of which is a member; all targets are little-endian, and a record of
/// another size is no snapshot.
struct Snapshot {
  SlotId active = SlotId::a;
  ModelState state = ModelState::none;
  std::uint8_t boots_left = 0;   ///< Trial: how many more boots without `confirm` the active model is given.
  bool updating = false;         ///< The other slot is being written; `update_identity` says by which patch.
  bool inactive_torn = false;    ///< The last writing of the other slot was cut short.
  bool continues_state = false;  ///< The journal record before this one holds the state of the update.
  std::uint16_t self_test_size = 0;   ///< Bytes behind the active model while it is on trial.
  std::uint32_t update_identity = 0;  ///< CRC-32 of the patch's manifest.
  std::uint32_t security_counter = 0;
  std::uint32_t revoked_keys = 0;  ///< One bit for each number of the firmware's trusted keys.
  ModelRecord models[2];

  constexpr ModelRecord& model(SlotId slot) { return models[static_cast<unsigned>(slot)]; }
  constexpr const ModelRecord& model(SlotId slot) const { return models[static_cast<unsigned>(slot)]; }
};

static_assert(sizeof(ModelRecord) == 44 && sizeof(Snapshot) == 108,
              "a snapshot has no bytes but its members'");
static_assert(std::is_trivially_copyable<Snapshot>::value, "a snapshot is written as it lies in memory");

}  // namespace tmd
