// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

// The Flash policy: one flat space of flash offsets (bytes), in erase blocks, in program units. A class with
//
//     std::uint32_t size() const;           // bytes; a multiple of erase_size()
//     std::uint32_t erase_size() const;     // bytes of the largest erase block used, in program units
//     std::uint32_t program_size() const;   // bytes of a program unit: 1, 2, 4, 8, 16 or 32
//     Status read(std::uint32_t address, MutableBytes out);
//     Status program(std::uint32_t address, ConstBytes bytes);
//     Status erase(std::uint32_t address);
//     Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank);
//
// The sizes may be `static constexpr`. The library keeps these promises to the driver, and a driver may rely
// on them:
//  - `program`: address and length are multiples of program_size(); no unit is programmed twice without an
//    erase.
//  - `erase`: one block, at its first address.
//  - nothing outside the slots and the journal of the layout is ever programmed or erased.
// and expects these of it:
//  - `read` of any length at any address; `read_failed` where the memory cannot give the data (ECC), never
//    garbage. It waits for a running operation itself: `read` and `is_blank` do not answer `would_block`.
//  - `program` and `erase` return when the data is durable, or `would_block` where they could not be started
//    or have not ended; the library then calls again with the same arguments until the answer is another one.
//  - `is_blank` says whether the whole range is erased: reads as the erased value, or passes the part's blank
//    check.
//  - if power is lost during a program, the units of that call are undefined, the rest of the block is
//    unchanged; if power is lost during an erase, the block is undefined. Undefined includes "cannot be read"
//    and "reads differently each time". The library never relies on such a place before it has erased it
//    again.

/// A part of the flash: offset and length in bytes.
struct Region {
  std::uint32_t address = 0;
  std::uint32_t size = 0;

  constexpr std::uint32_t end() const { return address + size; }
  constexpr bool contains(std::uint32_t offset, std::uint32_t length) const {
    return fits(offset, length, size);
  }
  constexpr bool overlaps(const Region& other) const {
    return address < other.end() && other.address < end();
  }
};

/// The largest program unit of any part known to us (STM32H7: 32 bytes, a 256-bit flash word).
constexpr std::uint32_t kMaxProgramSize = 32;

namespace detail {
template <class Policy, class = void>
struct IsFlash : std::false_type {};
template <class Policy>
struct IsFlash<
    Policy,
    typename std::enable_if<
        std::is_convertible<decltype(std::declval<const Policy&>().size()), std::uint32_t>::value &&
        std::is_convertible<decltype(std::declval<const Policy&>().erase_size()), std::uint32_t>::value &&
        std::is_convertible<decltype(std::declval<const Policy&>().program_size()), std::uint32_t>::value &&
        std::is_same<decltype(std::declval<Policy&>().read(0U, MutableBytes())), Status>::value &&
        std::is_same<decltype(std::declval<Policy&>().program(0U, ConstBytes())), Status>::value &&
        std::is_same<decltype(std::declval<Policy&>().erase(0U)), Status>::value &&
        std::is_same<decltype(std::declval<Policy&>().is_blank(0U, 0U, std::declval<bool&>())),
                     Status>::value>::type> : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not a Flash policy.
template <class Policy>
constexpr bool check_flash_policy() {
  static_assert(detail::IsFlash<Policy>::value,
                "a Flash policy has size, erase_size, program_size, Status read(uint32_t, MutableBytes), "
                "Status program(uint32_t, ConstBytes), Status erase(uint32_t) and "
                "Status is_blank(uint32_t, uint32_t, bool&); see tmd/flash.hpp");
  return true;
}

/// Compares flash at `address` with `expected`: ok, verify_failed where they differ, read_failed where it
/// can't be read.
template <class Flash>
[[nodiscard]] Status verify_programmed(Flash& flash, std::uint32_t address, const ConstBytes& expected) {
  std::uint8_t chunk[32];
  for (std::size_t done = 0; done < expected.size(); done += sizeof(chunk)) {
    const MutableBytes part = MutableBytes(chunk).first(expected.size() - done);
    const Status status = flash.read(address + static_cast<std::uint32_t>(done), part);
    if (status != Status::ok) return status;
    if (!equal_bytes(chunk, expected.data() + done, part.size())) return Status::verify_failed;
  }
  return Status::ok;
}

/// Programs `bytes` and reads them back: ok, would_block, program_failed, verify_failed, read_failed.
template <class Flash>
[[nodiscard]] Status program_verified(Flash& flash, std::uint32_t address, const ConstBytes& bytes) {
  const Status status = flash.program(address, bytes);
  return status == Status::ok ? verify_programmed(flash, address, bytes) : status;
}

}  // namespace tmd
