// SPDX-License-Identifier: Apache-2.0
// The builds of the library that are put to the test. Of the harness only this file knows the library's code.
#include "system/faults/device_of.hpp"

namespace tmd::faults {

namespace {

struct PlainConfig : CommonConfig {};

struct CheckedConfig : CommonConfig {
  using Authentication = SecretAuthentication;
  static constexpr bool kBootCheck = true;
};

/// The journal lies in another flash, behind a driver and a port of its own.
struct ApartConfig : CommonConfig {
  using Journal = FlashJournal<test::FlashWindow>;
};

}  // namespace

template <>
struct JournalGear<ApartConfig> {
  JournalGear(const Workload& work, test::SimulatedFlash& flash)
      : window(flash, work.journal()), port(window), journal(port, {0, work.journal().size}) {}
  void attach(ModelStore<ApartConfig>& store, test::SimulatedFlash& flash, const Layout& layout) {
    store.attach(flash, journal, layout);
  }

  test::FlashWindow window;
  FlashPort<test::FlashWindow> port;
  FlashJournal<test::FlashWindow> journal;
};

std::unique_ptr<Device> start_device(const Workload& work, test::SimulatedFlash& flash,
                                     const Layout& layout) {
  switch (work.setup.build) {
    case Build::plain:
      return std::make_unique<DeviceOf<PlainConfig>>(work, flash, layout);
    case Build::checked:
      return std::make_unique<DeviceOf<CheckedConfig>>(work, flash, layout);
    case Build::apart:
      return std::make_unique<DeviceOf<ApartConfig>>(work, flash, layout);
    case Build::memory:
      break;
  }
  return nullptr;
}

std::uint32_t least_journal_bytes(const test::FlashPart& part) {
  for (std::uint32_t size = 0;;) {
    size += part.erase_size_at(size);
    test::SimulatedFlash flash(part, size);
    const FlashPort<test::SimulatedFlash> port(flash);
    if (FlashJournal<test::SimulatedFlash>::check(port, {0, size}, sizeof(Snapshot)) == Status::ok)
      return size;
  }
}

}  // namespace tmd::faults
