// SPDX-License-Identifier: Apache-2.0
// The builds of the library that are put to the test. Of the harness only this file knows the library's code.
#include "system/faults/device_of.hpp"
#include "tmd/journal/memory_journal.hpp"

namespace tmd::faults {

namespace {

constexpr std::uint32_t kItemBytes = test::items_part().program_size;

struct PlainConfig : CommonConfig {};

struct CheckedConfig : CommonConfig {
  using Authentication = SecretAuthentication;
  static constexpr bool kBootCheck = true;
};

/// Memory without erase blocks, behind a driver of its own. A Memory policy.
class Fram {
 public:
  Fram(test::SimulatedFlash& flash, Region region) : flash_(flash), region_(region) {}
  std::uint32_t size() const { return region_.size; }
  Status read(std::uint32_t address, MutableBytes out) { return flash_.read(region_.address + address, out); }
  Status write(std::uint32_t address, ConstBytes bytes) {
    return flash_.program(region_.address + address, bytes);
  }

 private:
  test::SimulatedFlash& flash_;
  Region region_;
};

/// A key-value store with items of 64 bytes.
struct Items : Fram {
  using Fram::Fram;
  static constexpr std::uint32_t kItemSize = kItemBytes;
};

template <class Memory>
struct MemoryConfig : CommonConfig {
  using Journal = MemoryJournal<Memory>;
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

template <class Memory>
struct JournalGear<MemoryConfig<Memory>> {
  using Config = MemoryConfig<Memory>;

  JournalGear(const Workload& work, test::SimulatedFlash& flash)
      : memory(flash, work.journal()), journal(memory, {0, work.journal().size}) {}
  void attach(ModelStore<Config>& store, test::SimulatedFlash& flash, const Layout& layout) {
    store.attach(flash, journal, layout);
  }

  Memory memory;
  MemoryJournal<Memory> journal;
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
      if (work.setup.journal_part.program_size == kItemBytes)
        return std::make_unique<DeviceOf<MemoryConfig<Items>>>(work, flash, layout);
      return std::make_unique<DeviceOf<MemoryConfig<Fram>>>(work, flash, layout);
  }
  return nullptr;
}

template <class Memory>
Status check_memory(test::SimulatedFlash& flash, std::uint32_t size) {
  Memory memory(flash, {0, size});
  return MemoryJournal<Memory>::check(memory, {0, size}, sizeof(Snapshot));
}

std::uint32_t least_journal_bytes(const Setup& setup) {
  const test::FlashPart& part = setup.journal_part;
  for (std::uint32_t size = 0;;) {
    size += part.erase_size_at(size);
    test::SimulatedFlash flash(part, size);
    const FlashPort<test::SimulatedFlash> port(flash);
    Status status = FlashJournal<test::SimulatedFlash>::check(port, {0, size}, sizeof(Snapshot));
    if (setup.build == Build::memory)
      status = part.program_size == kItemBytes ? check_memory<Items>(flash, size)
                                               : check_memory<Fram>(flash, size);
    if (status == Status::ok) return size;
  }
}

}  // namespace tmd::faults
