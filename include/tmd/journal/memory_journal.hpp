// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/journal/memory_flash.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd {

// The Memory policy: bytes that can be overwritten at any time. FRAM, EEPROM, battery-backed RAM, or the items of a
// key-value store. A class with
//
//     std::uint32_t size() const;                              // bytes
//     Status read(std::uint32_t address, MutableBytes out);    // ok, read_failed
//     Status write(std::uint32_t address, ConstBytes bytes);   // ok, would_block, program_failed
//
// `write` returns when the bytes are durable, or would_block where they are not yet: it is then asked for again
// with the same arguments, and the bytes stay, before any other `write`. If power is lost during a write the
// bytes of that call are undefined, everything else is unchanged. Nothing outside the journal's region is written.
//
// A key-value store such as Zephyr's NVS and ZMS, or the NVS of ESP-IDF, keeps items under keys. It says
//
//     static constexpr std::uint32_t kItemSize = 64;           // 16, 32 … 512
//
// Then each `write` covers whole items, one or two of 16 bytes and else exactly one, and each item is under the
// key `address / kItemSize`. A `read` may begin and end anywhere, also across items; an item that was never
// written reads as zeros:
//
//     struct Items {
//       static constexpr std::uint32_t kItemSize = 64;
//       std::uint32_t size() const { return 8192; }
//       tmd::Status read(std::uint32_t address, tmd::MutableBytes out) {
//         while (!out.empty()) {
//           std::uint8_t item[kItemSize] = {};
//           const ssize_t length = nvs_read(&fs, 1 + address / kItemSize, item, kItemSize);
//           if (length < 0 && length != -ENOENT) return tmd::Status::read_failed;
//           const tmd::ConstBytes part = tmd::ConstBytes(item).from(address % kItemSize).first(out.size());
//           tmd::copy_bytes(part, out);
//           address += part.size();
//           out = out.from(part.size());
//         }
//         return tmd::Status::ok;
//       }
//       tmd::Status write(std::uint32_t address, tmd::ConstBytes bytes) {
//         return nvs_write(&fs, 1 + address / kItemSize, bytes.data(), bytes.size()) < 0
//                    ? tmd::Status::program_failed : tmd::Status::ok;
//       }
//     };

/// Fails to compile, with a sentence, where `Policy` is not a Memory policy.
template <class Policy>
constexpr bool check_memory_policy() {
  static_assert(detail::IsMemory<Policy>::value,
                "a Memory policy has size, Status read(uint32_t, MutableBytes) and "
                "Status write(uint32_t, ConstBytes); see tmd/journal/memory_journal.hpp");
  static_assert(detail::ItemSize<Policy>::value >= 16 && detail::ItemSize<Policy>::value <= kMaxProgramSize &&
                    (detail::ItemSize<Policy>::value & (detail::ItemSize<Policy>::value - 1)) == 0,
                "kItemSize of a Memory policy is a power of two of 16 to 512 bytes");
  return true;
}

/// The Journal policy on memory without erase blocks.
///
///     static Fram fram(spi);
///     static tmd::MemoryJournal<Fram> journal(fram, {0, 8192});
///
/// In the same rows and banks as on flash (tmd/journal/flash_journal.hpp, where all that is said holds here too):
/// what a payload can't say there it can't say here, and a write that power cuts is torn as a program is. The
/// region begins and ends at a multiple of 32 bytes, or of a larger item. Memory that is all zeros or all ones is a
/// new device; where it holds something else it is journal_lost until a state is written behind a `wipe`. An empty one
/// makes it a new device, on the production line; `ModelStore::reset` writes its own.
/// The store's state, of 144 bytes, needs 1,344 bytes in each half of the region, with items of 64 bytes 2,496, of 512
/// 13,824: `check` says whether that is there.
template <class Memory>
class MemoryJournal : private FlashJournal<detail::MemoryFlash<Memory>> {
  static_assert(check_memory_policy<Memory>(), "");
  using Flash = detail::MemoryFlash<Memory>;
  using Journal = FlashJournal<Flash>;

 public:
  constexpr MemoryJournal() = default;
  constexpr MemoryJournal(Memory& memory, Region region)
      : Journal(port_, region), flash_(memory), port_(flash_) {}

  constexpr void attach(Memory& memory, Region region) {
    flash_.attach(memory);
    port_.attach(flash_);
    Journal::attach(port_, region);
  }

  /// Whether a state of this size can be kept safe in this region: ok, or invalid_layout.
  static Status check(Memory& memory, Region region, std::uint32_t state_size) {
    Flash flash(memory);
    return Journal::check(FlashPort<Flash>(flash), region, state_size);
  }

  using Journal::allow;
  using Journal::append;
  using Journal::first;
  using Journal::fits_new_log;
  using Journal::has_room;
  using Journal::mount;
  using Journal::next;
  using Journal::read;
  using Journal::restore_state;
  using Journal::settle;
  using Journal::start_log;
  using Journal::wipe;
  using Journal::write_state;
  /// Only where the slots lie in this very memory, through a driver that is both.
  bool overlaps(const void* flash, Region region) const {
    return flash_.memory() == flash && Journal::overlaps(&flash_, region);
  }

 private:
  Flash flash_;
  FlashPort<Flash> port_;
};

}  // namespace tmd
