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
/// confirmed led back to it. `updating` is what a device with one slot answers while the model is being updated in
/// place: there is none to run. It is not stored.
enum class ModelState : std::uint8_t { none = 0, confirmed = 1, trial = 2, reverted = 3, updating = 4 };

/// How far an update in place has come.
enum class InPlaceStage : std::uint8_t {
  none = 0,
  staged = 1,      ///< Its patch lies in the staging area; the model is whole.
  applying = 2,    ///< The model is being overwritten.
  undoing = 3,     ///< The target is being overwritten with its base.
  reversible = 4,  ///< The target is on trial, and the staged patch can take it back.
  returning = 5,   ///< The trial ended without `confirm`: the target, whole still, is about to be taken back.
};

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

/// A model in a slot. It begins at the slot's first byte; what travels with it lies behind it, first its
/// self-test, then its facts: the manifest entries that the firmware's limits were asked about.
struct ModelRecord {
  std::uint32_t length = 0;       ///< Bytes.
  std::uint32_t trailer_crc = 0;  ///< CRC-32 of what lies behind the model.
  std::uint16_t self_test_size = 0;
  std::uint16_t facts_size = 0;
  ModelVersion version;
  bool present = false;
  Digest digest;

  constexpr std::uint32_t trailer_size() const {
    return std::uint32_t{self_test_size} + std::uint32_t{facts_size};
  }
};

/// Everything that the store knows, as one journal state: the newest one is the whole truth. It is written as it
/// lies in memory, every byte of which is a member, in the byte order of the device. docs/flash-format.md.
struct Snapshot {
  std::uint8_t format = 0;  ///< kFlashFormat.
  SlotId active = SlotId::a;
  ModelState state = ModelState::none;
  std::uint8_t boots_left = 0;  ///< Trial: how many more boots without `confirm` the active model is given.
  std::uint32_t layout = 0;     ///< CRC-32 of the addresses and sizes of the slots; inverted with one slot.
  std::uint32_t product = 0;    ///< The configuration's `kProduct`.
  std::uint32_t update_identity = 0;  ///< Of the patch that is being written, or was refused last.
  std::uint32_t security_counter = 0;
  std::uint32_t begun_counter = 0;  ///< The highest one of a patch that was begun since the last commit.
  std::uint32_t revoked_keys = 0;   ///< One bit for each number of the firmware's trusted keys.
  /// For each slot: erase blocks that end at or before this offset hold settled data. Behind it a place may have
  /// been torn, and what reads well today must be erased all the same before it is relied on.
  std::uint32_t settled[2] = {};
  /// How often bodies under `update_identity` were refused, at most 15 times; above these four bits, how many other
  /// patches of which that is so it came after, since the last commit.
  std::uint8_t attempts = 0;
  /// What is being done to slots: bits 0 and 1, these are being erased on purpose, which goes on after a restart;
  /// bit 2, an update is open.
  std::uint8_t work = 0;
  InPlaceStage in_place = InPlaceStage::none;  ///< With one slot.
  std::uint8_t ring_head = 0;                  ///< With one slot: the spare block that is written next.
  /// One for each slot. With one slot the second is the base of the model that is on trial, or is being written, while
  /// there is a way back to it: not `present`, and `trailer_crc` is that of all that is kept for the way back.
  ModelRecord models[2];

  constexpr unsigned refusals() const { return attempts & 15U; }
  constexpr unsigned turns() const { return attempts / 16U; }
  constexpr void count_refusal() {
    if (refusals() != 15) ++attempts;
  }
  /// This patch is the one that is counted from now on.
  constexpr void count_for(std::uint32_t identity, std::uint32_t counter) {
    if (update_identity != identity && refusals() != 0)
      attempts = static_cast<std::uint8_t>((turns() == 15 ? 15 : turns() + 1) * 16);
    update_identity = identity;
    if (counter > begun_counter) begun_counter = counter;
  }
  /// No patch was begun since the last commit that is as new as one with this counter.
  constexpr bool is_newer(std::uint32_t counter) const { return counter > begun_counter; }
  constexpr void forget_attempts() {
    attempts = 0;
    begun_counter = 0;
  }

  constexpr unsigned erasing() const { return work & 3U; }
  constexpr void set_erasing(unsigned slots) { work = static_cast<std::uint8_t>((work & 4U) | slots); }
  constexpr bool is_updating() const { return (work & 4U) != 0; }
  constexpr void set_updating(bool updating) {
    work = static_cast<std::uint8_t>(updating ? work | 4U : work & ~4U);
  }

  constexpr ModelRecord& model(SlotId slot) { return models[static_cast<unsigned>(slot)]; }
  constexpr const ModelRecord& model(SlotId slot) const { return models[static_cast<unsigned>(slot)]; }
  constexpr std::uint32_t& settled_of(SlotId slot) { return settled[static_cast<unsigned>(slot)]; }
  constexpr std::uint32_t settled_of(SlotId slot) const { return settled[static_cast<unsigned>(slot)]; }
};

static_assert(sizeof(ModelRecord) == 52 && sizeof(Snapshot) == 144,
              "a snapshot has no bytes but its members'");
static_assert(std::is_trivially_copyable<Snapshot>::value, "a snapshot is written as it lies in memory");

}  // namespace tmd
