// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"
#include "tmd/status.hpp"

namespace tmd {

enum class SlotId : std::uint8_t { a = 0, b = 1 };
constexpr SlotId other(SlotId slot) {
  return slot == SlotId::a ? SlotId::b : SlotId::a;
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
    if (a.major != b.major) return a.major < b.major;
    if (a.minor != b.minor) return a.minor < b.minor;
    return a.patch < b.patch;
  }
};

/// A model in a slot. It begins at the slot's first byte.
struct ModelRecord {
  bool present = false;
  std::uint32_t length = 0;  ///< Bytes.
  Digest digest;
  ModelVersion version;
};

/// Everything that the store knows, as one journal record: the newest one is the whole truth.
struct Snapshot {
  static constexpr std::uint32_t kModelSize = 44;
  static constexpr std::uint32_t kSize = 16 + 2 * kModelSize;

  SlotId active = SlotId::a;
  ModelState state = ModelState::none;
  std::uint8_t boots_left = 0;  ///< Trial: how many more boots without `confirm` the active model is given.
  bool updating = false;        ///< The other slot is being written; `update_identity` says by which patch.
  bool inactive_settled =
      true;  ///< No write to the other slot was cut short since it was last completely written.
  bool continues_state = false;       ///< The journal record before this one holds the state of the update.
  std::uint32_t update_identity = 0;  ///< CRC-32 of the patch's manifest.
  std::uint32_t security_counter = 0;
  std::uint32_t revoked_keys = 0;  ///< One bit for each index of the firmware's trusted keys.
  ModelRecord models[2];

  constexpr ModelRecord& model(SlotId slot) { return models[static_cast<unsigned>(slot)]; }
  constexpr const ModelRecord& model(SlotId slot) const { return models[static_cast<unsigned>(slot)]; }
};

/// Writes the `Snapshot::kSize` bytes of a snapshot record.
constexpr void encode(const Snapshot& snapshot, std::uint8_t (&out)[Snapshot::kSize]) {
  out[0] = static_cast<std::uint8_t>(snapshot.active);
  out[1] = static_cast<std::uint8_t>(snapshot.state);
  out[2] = snapshot.boots_left;
  out[3] = static_cast<std::uint8_t>((snapshot.updating ? 1U : 0U) | (snapshot.inactive_settled ? 2U : 0U) |
                                     (snapshot.continues_state ? 4U : 0U));
  store_le32(out + 4, snapshot.update_identity);
  store_le32(out + 8, snapshot.security_counter);
  store_le32(out + 12, snapshot.revoked_keys);
  for (unsigned i = 0; i < 2; ++i) {
    const ModelRecord& model = snapshot.models[i];
    std::uint8_t* p = out + 16 + i * Snapshot::kModelSize;
    store_le32(p, model.length);
    p[4] = model.present ? 1 : 0;
    p[5] = static_cast<std::uint8_t>(model.digest.kind);
    store_le16(p + 6, model.version.major);
    store_le16(p + 8, model.version.minor);
    store_le16(p + 10, model.version.patch);
    copy_bytes(ConstBytes(model.digest.bytes.data(), Digest::kMaxSize),
               MutableBytes(p + 12, Digest::kMaxSize));
  }
}

constexpr Snapshot decode_snapshot(const std::uint8_t (&in)[Snapshot::kSize]) {
  Snapshot snapshot;
  snapshot.active = in[0] == 0 ? SlotId::a : SlotId::b;
  snapshot.state = static_cast<ModelState>(in[1]);
  snapshot.boots_left = in[2];
  snapshot.updating = (in[3] & 1U) != 0;
  snapshot.inactive_settled = (in[3] & 2U) != 0;
  snapshot.continues_state = (in[3] & 4U) != 0;
  snapshot.update_identity = load_le32(in + 4);
  snapshot.security_counter = load_le32(in + 8);
  snapshot.revoked_keys = load_le32(in + 12);
  for (unsigned i = 0; i < 2; ++i) {
    ModelRecord& model = snapshot.models[i];
    const std::uint8_t* p = in + 16 + i * Snapshot::kModelSize;
    model.length = load_le32(p);
    model.present = p[4] != 0;
    model.digest.kind = static_cast<DigestKind>(p[5]);
    model.version.major = load_le16(p + 6);
    model.version.minor = load_le16(p + 8);
    model.version.patch = load_le16(p + 10);
    copy_bytes(ConstBytes(p + 12, Digest::kMaxSize),
               MutableBytes(model.digest.bytes.data(), Digest::kMaxSize));
  }
  return snapshot;
}

}  // namespace tmd
