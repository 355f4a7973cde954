// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "format/container.hpp"
#include "support/hex.hpp"
#include "support/make_patch.hpp"
#include "support/named_key.hpp"
#include "tmd/digest/digests.hpp"

namespace tmd::test {

/// The same with a few of its bytes changed, as retraining does.
inline Bytes retrained(Bytes model, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < model.size(); i += 1 + random() % 64)
    model[i] = static_cast<std::uint8_t>(model[i] + 1);
  return model;
}

inline Bytes counter_value(std::uint32_t counter) {
  Bytes value(4);
  store_le32(value.data(), counter);
  return value;
}
inline Bytes version_value(std::uint16_t major, std::uint16_t minor, std::uint16_t patch) {
  Bytes value(6);
  store_le16(value.data(), major);
  store_le16(value.data() + 2, minor);
  store_le16(value.data() + 4, patch);
  return value;
}

/// A patch in its parts, so that an attacker can take it to pieces.
struct Update {
  Bytes base;
  Bytes target;
  host::format::PatchParts parts;
  Bytes body;

  Update(Bytes base_model, Bytes target_model, std::vector<host::format::EntryToWrite> entries = {},
         DigestKind kind = DigestKind::sha256)
      : base(std::move(base_model)), target(std::move(target_model)) {
    host::EncodedBody made = encoded(base, target);
    parts = parts_of_body(base, target, made, kind, std::move(entries));
    body = std::move(made.bytes);
  }

  Bytes unsigned_patch() const {
    return host::format::join_patch(host::format::write_manifest(parts), {}, body);
  }
};

}  // namespace tmd::test
