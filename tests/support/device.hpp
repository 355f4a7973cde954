// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "support/bytes.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

namespace tmd::test {

/// A device as the tests need it: flash that outlives restarts, a factory model in slot A, and what is lost
/// with power.
///
///     Device<> device(base);
///     CHECK(device.update(patch) == Status::ok);
///     CHECK(device.active_bytes() == target);
template <template <class> class Config = UnsignedConfig, std::uint32_t kEraseSize = 4096,
          std::uint32_t kProgramSize = 4>
class Device {
 public:
  static constexpr std::uint32_t kSlotSize = 384 * 1024;
  static constexpr std::uint32_t kJournalSize = 64 * 1024;
  using Ram = RamFlash<2 * kSlotSize + kJournalSize, kEraseSize, kProgramSize>;
  using Flash = CountedFlash<Ram>;
  using Store = ModelStore<Config<Flash>>;
  using TestUpdater = Updater<Config<Flash>>;

  static constexpr Layout layout() {
    return {{0, kSlotSize}, {kSlotSize, kSlotSize}, {2 * kSlotSize, kJournalSize}};
  }

  explicit Device(const Bytes& factory) : ram_(std::make_unique<Ram>()), flash_(*ram_) {
    Bytes padded = factory;
    padded.resize((padded.size() + kProgramSize - 1) / kProgramSize * kProgramSize, 0xFF);
    if (!padded.empty()) (void)ram_->program(0, view(padded));
    factory_.length = static_cast<std::uint32_t>(factory.size());
    factory_.digest = digest_of(DigestKind::sha256, view(factory));
    (void)restart();
  }

  /// Power goes and comes back: all that is in RAM is lost.
  Status restart() {
    updater_.reset();
    store_.emplace(flash_, layout());
    Status status = Status::would_block;
    while (status == Status::would_block) status = store_->boot(factory_);
    updater_.emplace(*store_);
    return status;
  }

  TestUpdater& updater() { return *updater_; }
  Store& store() { return *store_; }
  Flash& flash() { return flash_; }
  Ram& ram() { return *ram_; }

  /// Feeds all of `patch` in pieces whose sizes `next_size` gives, from `offset` on.
  Status feed(const Bytes& patch, const std::function<std::size_t()>& next_size, std::size_t offset = 0) {
    Status status = Status::need_more;
    while (offset < patch.size() && !is_error(status) && status != Status::ready_to_finish) {
      const FeedResult fed = updater_->feed(view(patch).slice(offset, next_size()));
      offset += fed.consumed;
      status = fed.status;
    }
    while (status == Status::would_block) status = updater_->poll();
    return status;
  }

  /// The whole update, from `begin` to `finish`.
  Status update(
      const Bytes& patch, const std::function<std::size_t()>& next_size = [] { return std::size_t{97}; }) {
    Status status = updater_->begin();
    if (status != Status::ok) return status;
    status = feed(patch, next_size);
    if (is_error(status)) return status;
    do {
      status = updater_->finish();
    } while (status == Status::would_block);
    return status;
  }

  Bytes active_bytes() {
    const ActiveModel model = store_->active();
    Bytes bytes(model.region.size);
    (void)flash_.read(model.region.address, MutableBytes(bytes.data(), bytes.size()));
    return bytes;
  }

 private:
  std::unique_ptr<Ram> ram_;
  Flash flash_;
  FactoryModel factory_;
  std::optional<Store> store_;
  std::optional<TestUpdater> updater_;
};

/// Pieces of one size, or of random sizes up to `limit`.
inline std::function<std::size_t()> pieces_of(std::size_t size) {
  return [size] { return size; };
}
inline std::function<std::size_t()> random_pieces(std::size_t limit, unsigned seed) {
  return [limit, random = std::mt19937(seed)]() mutable { return 1 + random() % limit; };
}

}  // namespace tmd::test
