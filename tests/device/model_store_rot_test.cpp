// SPDX-License-Identifier: Apache-2.0
// One bit of a device at rest flips: the model that it runs, and what it knows, stay.
#include <doctest/doctest.h>

#include <memory>
#include <optional>

#include "support/make_patch.hpp"
#include "support/signed_patches.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/self_test.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using RotFlash = RamFlash<3 * 8192, 2048, 8>;
constexpr Layout kRotLayout = {{0, 8192}, {8192, 8192}, {16384, 8192}};

/// Insists on the arena's size, and on no more than this of it.
struct StatedArenaLimits {
  bool is_stated = false;
  Status begin(ValidationMode) {
    is_stated = false;
    return Status::ok;
  }
  Status entry(EntryNumber number, ConstBytes value) {
    if (number != EntryNumber::arena_bytes) return Status::not_found;
    is_stated = true;
    return load_le32(value.data()) <= 1000 ? Status::ok : Status::arena_too_small;
  }
  Status end() { return is_stated ? Status::ok : Status::missing_entry; }
};
template <std::uint8_t kTrial>
struct LimitedRot : UnsignedConfig<RotFlash> {
  using Limits = StatedArenaLimits;
  static constexpr std::uint8_t kTrialBoots = kTrial;
  static constexpr std::uint32_t kSelfTestSize = 64;
};

const Bytes kFirst = random_bytes(1500, 1);
const Bytes kSecond = random_bytes(1600, 2);
const Bytes kInput = random_bytes(20, 3);

/// "Of this input the CRC-32 comes out", and what was kept of the model's needs.
std::vector<host::format::EntryToWrite> entries() {
  Bytes self_test = {0, 0, 0, 0, 0, 0};
  store_le32(self_test.data() + 1, Crc32::of(view(kInput)));
  self_test.insert(self_test.end(), kInput.begin(), kInput.end());
  return {{EntryNumber::arena_bytes, false, counter_value(900)},
          {EntryNumber::security_counter, false, counter_value(7)},
          {EntryNumber::self_test, false, self_test}};
}

template <class Config>
struct RottenDevice {
  std::unique_ptr<RotFlash> flash = std::make_unique<RotFlash>();
  std::optional<ModelStore<Config>> store;

  Status boot() {
    StatedArenaLimits limits;
    store.emplace(*flash, kRotLayout);
    return until_done([&] { return store->boot(FactoryModel(), limits); });
  }
  Status update(const Bytes& base, const Bytes& target) {
    const Bytes patch = make_patch(base, target, DigestKind::sha256, entries());
    Updater<Config> updater(*store);
    Status status = updater.begin();
    if (status == Status::ok) status = updater.feed(view(patch)).status;
    return status == Status::ready_to_finish ? until_done([&] { return updater.finish(); }) : status;
  }
  /// The second model is active.
  RottenDevice() {
    REQUIRE(boot() == Status::not_found);
    REQUIRE(update({}, kFirst) == Status::ok);
    REQUIRE(update(kFirst, kSecond) == Status::ok);
    REQUIRE(boot() == Status::ok);
  }
};

/// Calls `look` after a flip of each bit that holds anything, outside the models themselves.
template <class Config, class Look>
unsigned flip_each_bit(RottenDevice<Config>& device, Look&& look) {
  const RotFlash at_rest = *device.flash;
  unsigned flips = 0;
  for (std::uint32_t address = 0; address < RotFlash::size(); ++address) {
    const bool is_model = address % 8192 < kFirst.size() && address < kRotLayout.journal.address;
    if (is_model || at_rest.data()[address] == 0xFF) continue;
    for (unsigned bit = 0; bit < 8; ++bit) {
      const_cast<std::uint8_t*>(device.flash->data())[address] ^= static_cast<std::uint8_t>(1U << bit);
      CAPTURE(address);
      CAPTURE(bit);
      look();
      *device.flash = at_rest;
      ++flips;
    }
  }
  return flips;
}

}  // namespace

TEST_CASE("one flipped bit of what a boot with limits looks at takes no model, and no counter") {
  RottenDevice<LimitedRot<0>> device;
  const unsigned flips = flip_each_bit(device, [&] {
    CHECK(device.boot() == Status::ok);
    CHECK(device.store->active().length == kSecond.size());
    CHECK(device.store->snapshot().security_counter == 7);
  });
  CHECK(flips > 4000);
}

TEST_CASE("one flipped bit beside a model on trial, its self-test and facts, does not end the trial") {
  RottenDevice<LimitedRot<3>> device;
  const auto run = [](const ActiveModel&, SelfTest<RotFlash>& test) {
    Bytes input(kInput.size());
    const Status status = test.input(MutableBytes(input.data(), input.size()));
    test.output(view(input));
    return status;
  };
  unsigned undecided = 0;
  (void)flip_each_bit(device, [&] {
    CHECK(device.boot() == Status::ok);
    const Status status = run_self_test(*device.store, run);
    if (status != Status::ok) {
      CHECK(status == Status::verify_failed);
      ++undecided;
      CHECK(device.store->confirm() == Status::ok);
    }
    CHECK(device.store->active().length == kSecond.size());
    CHECK(device.store->snapshot().security_counter == 7);
  });
  // Its input, what must come out, and how they are written.
  CHECK(undecided > 8 * kInput.size());
  CHECK(undecided <= 8 * (kInput.size() + 6));
}
