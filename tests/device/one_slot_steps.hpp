// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>

#include "device/one_slot.hpp"

namespace tmd::test {

/// Starts the device, and receives all of its patch.
template <class Device>
void stage(Device& device) {
  REQUIRE(device.boot() == Status::ok);
  REQUIRE(device.receive() == Status::ok);
}

/// Applies the staged patch until blocks of the model are being overwritten, and so many calls on.
template <class Device>
void overwrite(Device& device, unsigned calls) {
  while (!device.store().is_being_overwritten()) REQUIRE(device.updater().apply() == Status::would_block);
  for (unsigned i = 0; i < calls; ++i) REQUIRE(device.updater().apply() == Status::would_block);
}

/// Where in flash the staged bytes lie that the patch has at this offset.
template <class Device>
std::uint32_t staged_at(Device& device, std::size_t offset) {
  const Bytes& patch = device.patch().bytes;
  Bytes area(device.area().size);
  REQUIRE(device.flash().read(device.area().address, MutableBytes(area.data(), area.size())) == Status::ok);
  const auto begin = patch.begin() + static_cast<std::ptrdiff_t>(offset);
  const auto found = std::search(area.begin(), area.end(), begin, begin + 10);
  REQUIRE(found != area.end());
  return device.area().address + static_cast<std::uint32_t>(found - area.begin());
}

}  // namespace tmd::test
