// SPDX-License-Identifier: Apache-2.0
// New firmware and the models that an older one left: those that it can't run are not run.
#include <doctest/doctest.h>

#include "support/device.hpp"
#include "support/make_patch.hpp"
#include "tmd/model_store.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Says what firmware can run: up to so many bytes of arena.
struct ArenaLimits {
  std::uint32_t most = 1000;
  Status begin(ValidationMode) { return Status::ok; }
  Status entry(EntryNumber number, ConstBytes value) {
    if (number != EntryNumber::arena_bytes) return Status::not_found;
    return load_le32(value.data()) <= most ? Status::ok : Status::arena_too_small;
  }
  Status end() { return Status::ok; }
};
template <class Flash>
struct Limited : UnsignedConfig<Flash> {
  using Limits = ArenaLimits;
  static constexpr std::uint8_t kTrialBoots = 0;
};

Bytes patch_for(const Bytes& base, const Bytes& target, std::uint32_t arena) {
  host::format::EntryToWrite entry;
  entry.number = EntryNumber::arena_bytes;
  for (unsigned i = 0; i < 4; ++i) entry.value.push_back(static_cast<std::uint8_t>(arena >> (8 * i)));
  return make_patch(base, target, DigestKind::crc32, {entry});
}

/// Flash that can't be written any more.
struct ReadOnlyFlash {
  Device<Limited>::Flash& flash;
  std::uint32_t size() const { return flash.size(); }
  std::uint32_t erase_size(std::uint32_t address) const { return flash.erase_size(address); }
  std::uint32_t program_size(std::uint32_t address) const { return flash.program_size(address); }
  Status read(std::uint32_t address, MutableBytes out) { return flash.read(address, out); }
  Status program(std::uint32_t, ConstBytes) { return Status::program_failed; }
  Status erase(std::uint32_t) { return Status::erase_failed; }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return flash.is_blank(address, length, blank);
  }
};

/// A device with a first and a second model, which need so many bytes of arena.
struct Field {
  Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Device<Limited> device{Bytes{}};
  std::optional<Device<Limited>::Store> store;

  Field(std::uint32_t first_needs, std::uint32_t second_needs) {
    REQUIRE(device.update(patch_for({}, first, first_needs)) == Status::ok);
    REQUIRE(device.update(patch_for(first, second, second_needs)) == Status::ok);
    CHECK(device.store().snapshot().model(SlotId::b).facts_size == 6);
  }
  /// A restart with firmware that has so much.
  Status boot(std::uint32_t most) {
    ArenaLimits limits{most};
    store.emplace(device.flash(), Device<Limited>::layout());
    return until_done([&] { return store->boot(FactoryModel(), limits); });
  }
  Status update(const Bytes& patch) {
    Device<Limited>::TestUpdater updater(*store);
    const Status status = updater.begin();
    if (status != Status::ok) return status;
    const Status fed = updater.feed(view(patch)).status;
    return is_error(fed) ? fed : until_done([&] { return updater.finish(); });
  }
};

}  // namespace

TEST_CASE("new firmware asks its limits about the model it finds") {
  Field field(300, 900);
  CHECK(field.boot(900) == Status::ok);
  CHECK(field.store->active().length == field.second.size());
  CHECK(field.boot(500) == Status::model_unsuitable);
  CHECK(field.store->active().length == field.first.size());
  CHECK(field.boot(100) == Status::model_unsuitable);
  CHECK_FALSE(field.store->active().present);
  CHECK(field.update(patch_for(field.first, field.second, 1001)) == Status::arena_too_small);
  CHECK(field.update(patch_for(field.first, field.second, 80)) == Status::ok);
  CHECK(field.store->active().present);
}

TEST_CASE(
    "a previous model that does not suit, or is damaged, does not take the place of one that does not suit") {
  for (const bool is_damaged : {false, true}) {
    CAPTURE(is_damaged);
    Field field(is_damaged ? 300 : 800, 900);
    if (is_damaged) const_cast<std::uint8_t*>(field.device.ram().data())[1000] ^= 0x20;
    CHECK(field.boot(500) == Status::model_unsuitable);
    CHECK_FALSE(field.store->active().present);
    // Firmware that can run it finds it where it was.
    CHECK(field.boot(900) == Status::ok);
    CHECK(field.store->active().length == field.second.size());
  }
}

TEST_CASE("the previous model takes over also where that can't be written down") {
  Field field(300, 900);
  ReadOnlyFlash flash{field.device.flash()};
  ModelStore<Limited<ReadOnlyFlash>> store(flash, Device<Limited>::layout());
  ArenaLimits limits{500};
  CHECK(until_done([&] { return store.boot(FactoryModel(), limits); }) == Status::model_unsuitable);
  CHECK(store.active().length == field.first.size());
}

namespace {
template <class Flash>
struct LimitedTrial : Limited<Flash> {
  static constexpr std::uint8_t kTrialBoots = 3;
};
}  // namespace

TEST_CASE("a boot that can't be written down asks the limits all the same") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Device<LimitedTrial> device{Bytes{}};
  REQUIRE(device.update(patch_for({}, first, 300)) == Status::ok);
  REQUIRE(device.update(patch_for(first, second, 900)) == Status::ok);
  ReadOnlyFlash flash{device.flash()};
  const auto boot = [&](auto& store, std::uint32_t most) {
    ArenaLimits limits{most};
    return until_done([&] { return store.boot(FactoryModel(), limits); });
  };
  ModelStore<LimitedTrial<ReadOnlyFlash>> able(flash, Device<LimitedTrial>::layout());
  CHECK(is_flash_error(boot(able, 900)));
  CHECK(able.active().length == second.size());
  ModelStore<LimitedTrial<ReadOnlyFlash>> unable(flash, Device<LimitedTrial>::layout());
  CHECK(boot(unable, 500) == Status::model_unsuitable);
  CHECK(unable.active().length == first.size());
  ModelStore<LimitedTrial<ReadOnlyFlash>> small(flash, Device<LimitedTrial>::layout());
  CHECK(boot(small, 100) == Status::model_unsuitable);
  CHECK_FALSE(small.active().present);
}
