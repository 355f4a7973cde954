// SPDX-License-Identifier: Apache-2.0
// Data that travel with a model, on a device: they come with it, go back with it, and so does what the manifest said.
#include <doctest/doctest.h>

#include "format/container.hpp"
#include "support/device.hpp"
#include "support/make_patch.hpp"
#include "tmd/firmware_limits.hpp"

using namespace tmd;
using test::Bytes;

namespace {

struct Firmware : FirmwareStatement {
  static constexpr std::uint16_t kCompanionSchema = 7;
};

template <class Flash>
struct Config : test::UnsignedConfig<Flash> {
  using Limits = FirmwareLimits<Firmware>;
  static constexpr bool keeps_entry(EntryNumber number) {
    return number == EntryNumber::note || number == static_cast<EntryNumber>(0x60);
  }
};
using Device = test::Device<Config>;

/// A configuration that has no limits, and keeps what is named all the same.
template <class Flash>
struct Unlimited : test::UnsignedConfig<Flash> {
  static constexpr bool keeps_entry(EntryNumber number) { return number == EntryNumber::companion; }
};

Bytes with(const Bytes& model, const Bytes& companion) {
  Bytes both = model;
  both.insert(both.end(), companion.begin(), companion.end());
  return both;
}

host::format::EntryToWrite companion_entry(std::uint8_t schema, std::size_t size) {
  return {EntryNumber::companion, true, {schema, 0, static_cast<std::uint8_t>(size)}};
}

template <class AnyDevice>
Bytes read(AnyDevice& device, Region region) {
  Bytes bytes(region.size);
  (void)device.flash().read(region.address, MutableBytes(bytes.data(), bytes.size()));
  return bytes;
}

const Bytes kBase(3000, 1);
const Bytes kModel(3000, 2);
const Bytes kLabels = {'i', 'd', 'l', 'e', ',', 'w', 'a', 'v', 'e'};

}  // namespace

TEST_CASE("companion data come with a model, and go back with it") {
  Device device(kBase);
  CHECK(device.store().companion().region.size == 0);
  const Bytes first = with(kModel, kLabels);
  CHECK(device.update(test::make_patch(
            kBase, first, DigestKind::sha256,
            {companion_entry(7, kLabels.size()), {EntryNumber::note, false, {'a'}}})) == Status::ok);
  for (int starts = 0; starts < 2; ++starts) {
    CHECK(device.store().companion().schema == 7);
    CHECK(read(device, device.store().companion().region) == kLabels);
    CHECK(read(device, device.store().active_entry(EntryNumber::note)) == Bytes{'a'});
    CHECK(device.restart() == Status::ok);
  }
  CHECK(until_done([&] { return device.store().confirm(); }) == Status::ok);

  // Other names with the same weights: a patch of some bytes.
  const Bytes names = {'i', 'd', 'l', 'e', ',', 's', 'n', 'a', 'k', 'e'};
  const Bytes patch =
      test::make_patch(first, with(kModel, names), DigestKind::sha256,
                       {companion_entry(7, names.size()), {static_cast<EntryNumber>(0x60), false, {9}}});
  CHECK(patch.size() < 150);
  CHECK(device.update(patch) == Status::ok);
  CHECK(read(device, device.store().companion().region) == names);
  CHECK(device.store().active_entry(EntryNumber::note).size == 0);
  CHECK(read(device, device.store().active_entry(static_cast<EntryNumber>(0x60))) == Bytes{9});
  CHECK(until_done([&] { return device.store().revert(); }) == Status::ok);
  CHECK(read(device, device.store().companion().region) == kLabels);
  CHECK(read(device, device.store().active_entry(EntryNumber::note)) == Bytes{'a'});
}

TEST_CASE("companion data of another schema are refused before anything is written") {
  Device device(kBase);
  device.flash().reset_counters();
  const Bytes target = with(kModel, kLabels);
  CHECK(device.update(test::make_patch(kBase, target, DigestKind::sha256,
                                       {companion_entry(8, kLabels.size())})) == Status::abi_mismatch);
  CHECK(device.update(test::make_patch(kBase, target, DigestKind::sha256, {})) == Status::missing_entry);
  CHECK(device.flash().counters().erases == 0);
  CHECK(device.flash().counters().programs == 0);
}

TEST_CASE("an entry that lies about the size of companion data is refused before anything is written") {
  Device device(kBase);
  device.flash().reset_counters();
  CHECK(device.update(test::make_patch(kBase, kLabels, DigestKind::sha256, {companion_entry(7, 100)})) ==
        Status::malformed_manifest);
  CHECK(device.flash().counters().erases == 0);
}

TEST_CASE("damage to what is kept behind a model leaves nothing to be read") {
  Device device(kBase);
  const Bytes target = with(kModel, kLabels);
  CHECK(device.update(test::make_patch(kBase, target, DigestKind::sha256,
                                       {companion_entry(7, kLabels.size())})) == Status::ok);
  const Region model = device.store().active().region;
  const_cast<std::uint8_t*>(device.ram().data())[model.address + model.size + 1] ^= 1;
  CHECK(device.store().companion().region.size == 0);
}

TEST_CASE("a configuration without limits keeps the entries that it names") {
  test::Device<Unlimited> device(kBase);
  const Bytes target = with(kModel, kLabels);
  CHECK(device.update(test::make_patch(kBase, target, DigestKind::sha256,
                                       {companion_entry(9, kLabels.size())})) == Status::ok);
  CHECK(device.store().companion().schema == 9);
  CHECK(read(device, device.store().companion().region) == kLabels);
}
