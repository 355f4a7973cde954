// SPDX-License-Identifier: Apache-2.0
// A patch that arrives out of order, into the staging area, and is applied from there by the updater.
#include "tmd/apply_staged.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "device/dma_flash.hpp"
#include "device/staged_patch.hpp"
#include "support/make_patch.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class Flash>
struct StagedConfig : DefaultConfig<Flash> {
  using Authentication = AllowUnsigned;
};

constexpr Layout kStagedLayout = {{0, 32 * 1024}, {32 * 1024, 32 * 1024}, {64 * 1024, 32 * 1024}};
constexpr Region kStagedArea = {96 * 1024, 64 * 1024};
using StagedRam = RamFlash<160 * 1024, 2048, 8>;

/// A device with a factory model in slot A, and a patch that rewrites most of it.
template <class Driver>
struct StagedDevice {
  using Flash = CountedFlash<Driver>;
  using Store = ModelStore<StagedConfig<Flash>>;
  using TestUpdater = Updater<StagedConfig<Flash>>;

  Bytes base = random_bytes(20000, 1);
  Bytes target = random_bytes(24000, 2);
  FactoryModel factory;
  StagedPatch patch{0, 48};
  Driver driver;
  Flash flash{driver};
  std::unique_ptr<Store> store;
  std::unique_ptr<Staging<Flash>> staging;
  std::unique_ptr<TestUpdater> updater;

  template <class... Arguments>
  explicit StagedDevice(Arguments... arguments) : driver(arguments...) {
    factory.length = 20000;
    factory.digest = digest_of(DigestKind::crc32, view(base));
    patch.bytes = make_patch(base, target);
    patch.plan.patch_length = static_cast<std::uint32_t>(patch.bytes.size());
  }

  void restart() {
    updater.reset();
    staging.reset();
    store = std::make_unique<Store>(flash, kStagedLayout);
    staging = std::make_unique<Staging<Flash>>(store->port(), kStagedArea);
    updater = std::make_unique<TestUpdater>(*store);
    REQUIRE(patiently([&] { return store->boot(factory); }) == Status::ok);
    REQUIRE(patiently([&] { return staging->open(patch.plan); }) == Status::ok);
  }
  Status apply() {
    return patiently([&] { return apply_staged(*staging, *updater); });
  }
  Bytes active() {
    Bytes bytes(store->active().region.size);
    (void)flash.read(store->active().region.address, MutableBytes(bytes.data(), bytes.size()));
    return bytes;
  }
};

}  // namespace

TEST_CASE("a staged patch is applied, by calls of bounded work, and each of its bytes is read once") {
  StagedDevice<StagedRam> device;
  REQUIRE(device.driver.program(0, view(device.base)) == Status::ok);
  device.restart();
  REQUIRE(store_missing(*device.staging, device.patch) == Status::ok);
  REQUIRE(patiently([&] { return device.updater->begin(); }) == Status::ok);
  Status status = Status::would_block;
  std::uint32_t calls = 0;
  while (status == Status::would_block && ++calls < 10000) {
    device.flash.reset_counters();
    status = apply_staged(*device.staging, *device.updater);
    CHECK(device.flash.counters().erases <= 1);
    CHECK(device.flash.counters().programmed_bytes <= 512);
  }
  CHECK(status == Status::ok);
  CHECK(calls > device.patch.plan.count());
  CHECK(device.active() == device.target);
  CHECK(device.flash.counters().violations == 0);
}

TEST_CASE("a fragment that is missing is asked for, and the update goes on with it") {
  StagedDevice<StagedRam> device;
  REQUIRE(device.driver.program(0, view(device.base)) == Status::ok);
  device.restart();
  for (std::uint32_t i = 0; i < device.patch.plan.count(); ++i) {
    if (i == 0 || i == 100) continue;
    REQUIRE(patiently([&] { return device.staging->store(i, device.patch.fragment(i)); }) == Status::ok);
  }
  REQUIRE(patiently([&] { return device.updater->begin(); }) == Status::ok);
  for (const std::uint32_t expected : {0U, 100U}) {
    CHECK(device.apply() == Status::not_found);
    std::uint32_t missing = 0;
    REQUIRE(device.staging->next_missing(0, missing));
    CHECK(missing == expected);
    REQUIRE(patiently([&] { return device.staging->store(missing, device.patch.fragment(missing)); }) ==
            Status::ok);
  }
  CHECK(device.apply() == Status::ok);
  CHECK(device.active() == device.target);
}

TEST_CASE("a staged patch that goes on is resumed after a restart, at any point") {
  for (int stop = 1; stop < 1200; stop += 57) {
    CAPTURE(stop);
    StagedDevice<StagedRam> device;
    REQUIRE(device.driver.program(0, view(device.base)) == Status::ok);
    device.restart();
    REQUIRE(store_missing(*device.staging, device.patch) == Status::ok);
    REQUIRE(patiently([&] { return device.updater->begin(); }) == Status::ok);
    Status status = Status::would_block;
    for (int i = 0; i < stop && status == Status::would_block; ++i)
      status = apply_staged(*device.staging, *device.updater);
    if (status == Status::ok) break;
    device.restart();
    CHECK(device.active() == device.base);
    REQUIRE(device.staging->complete());
    status = patiently([&] { return device.updater->resume(); });
    if (status == Status::not_found) status = patiently([&] { return device.updater->begin(); });
    REQUIRE(status == Status::ok);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active() == device.target);
    CHECK(device.flash.counters().violations == 0);
  }
}

TEST_CASE("a wrong byte that was staged becomes no model; bytes behind the patch's end do no harm") {
  for (const bool wrong : {true, false}) {
    StagedDevice<StagedRam> device;
    REQUIRE(device.driver.program(0, view(device.base)) == Status::ok);
    if (wrong) device.patch.bytes[device.patch.bytes.size() / 2] ^= 1;
    // A sender that knows only whole fragments.
    device.patch.bytes.resize((device.patch.bytes.size() + 47) / 48 * 48, 0);
    device.patch.plan.patch_length = static_cast<std::uint32_t>(device.patch.bytes.size());
    device.restart();
    REQUIRE(store_missing(*device.staging, device.patch) == Status::ok);
    REQUIRE(patiently([&] { return device.updater->begin(); }) == Status::ok);
    const Status status = device.apply();
    CHECK((status == Status::ok) == !wrong);
    if (wrong) CHECK_FALSE(is_open(status));
    CHECK(device.active() == (wrong ? device.base : device.target));
  }
}

TEST_CASE("store, updater and staging share a driver that takes its time: no operation is asked for twice") {
  using Dma = DmaFlash<StagedRam>;
  StagedDevice<Dma> device(2U);
  REQUIRE(device.driver.ram().program(0, view(device.base)) == Status::ok);
  device.restart();
  std::uint32_t next = 0;
  REQUIRE(store_missing(*device.staging, device.patch) == Status::ok);
  REQUIRE(patiently([&] { return device.updater->begin(); }) == Status::ok);
  // The next patch's first packets come in while this one is applied.
  Status status = Status::would_block;
  while (status == Status::would_block && ++next < 100000) {
    status = apply_staged(*device.staging, *device.updater);
    (void)device.staging->store(next % device.patch.plan.count(),
                                device.patch.fragment(next % device.patch.plan.count()));
  }
  CHECK(status == Status::ok);
  CHECK(device.active() == device.target);
  CHECK(device.driver.refused() == 0);
  CHECK(device.flash.counters().violations == 0);
}
