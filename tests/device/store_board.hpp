// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstdint>

#include "support/bytes.hpp"
#include "support/format1_patch.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

namespace tmd::test {

/// A patch that replaces everything: for what happens around the body.
inline Bytes replacing_patch(const Bytes& base, const Bytes& target) {
  return format1_patch(base, target, {{0, 0, target}});
}

using BoardFlash = RamFlash<64 * 1024, 4096, 8>;
constexpr Layout kBoardLayout = {{0, 16384}, {16384, 16384}, {32768, 16384}};

/// Its models are on no trial.
struct BoardConfig : WithFormat1<BoardFlash> {
  static constexpr std::uint8_t kTrialBoots = 0;
};

/// Flash that outlives the stores and updaters of one device.
template <class Config>
struct StoreBoard {
  BoardFlash flash;
  FactoryModel factory;

  explicit StoreBoard(const Bytes& model) {
    Bytes padded = model;
    padded.resize((padded.size() + 7) / 8 * 8, 0xFF);
    if (!padded.empty()) REQUIRE(flash.program(0, view(padded)) == Status::ok);
    factory.length = static_cast<std::uint32_t>(model.size());
    factory.digest = digest_of(DigestKind::sha256, view(model));
  }
  /// One bit of the flash is no longer what it was.
  void flip(std::uint32_t address) { const_cast<std::uint8_t*>(flash.data())[address] ^= 0x20; }

  Status update(ModelStore<Config>& store, const Bytes& patch) {
    Updater<Config> updater(store);
    const Status status = updater.begin();
    if (status != Status::ok) return status;
    const Status fed = updater.feed(view(patch)).status;
    return is_error(fed) ? fed : updater.finish();
  }
};

}  // namespace tmd::test
