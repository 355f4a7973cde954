// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

// The Flash policy: one flat space of flash offsets (bytes), in erase blocks, in program units. A class with
//
//     std::uint32_t size() const;                              // bytes
//     std::uint32_t erase_size(std::uint32_t address) const;   // bytes of the erase block that holds this address
//     std::uint32_t program_size(std::uint32_t address) const; // bytes of a program unit there: 1, 2, 4 … 512
//     Status read(std::uint32_t address, MutableBytes out);
//     Status program(std::uint32_t address, ConstBytes bytes);
//     Status erase(std::uint32_t address);
//     Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank);
//
// A part with one size everywhere may leave the address out: `erase_size()`, `program_size()`; `static constexpr`
// is welcome. An erase block begins at a multiple of its own size and holds whole program units; within one slot,
// and within the journal, all program units are of one size. A part whose program unit is above 32 bytes says
//
//     static constexpr std::uint32_t kLargestProgramUnit = 512;   // costs as much RAM where the journal lies
//
// The library keeps these promises to the driver, and a driver may rely on them:
//  - `program`: address and length are multiples of the program unit; no unit is programmed twice without an
//    erase, but one that a cut left reading as erased, which no device can tell; one call stays within one erase
//    block.
//  - `erase`: one block, at its first address.
//  - nothing outside the slots, the journals and the staging area is ever programmed or erased.
//  - a call that answered `would_block` is asked for again, with the same arguments and before any other
//    `program` or `erase`, until the answer is another one. The bytes to be programmed stay where they are, and
//    what they are, until then: a driver may let a DMA unit read them between the calls.
// and expects these of it:
//  - `read` of any length at any address; `read_failed` where the memory cannot give the data (ECC), never
//    garbage. It waits for a running operation itself: `read` and `is_blank` do not answer `would_block`.
//  - `program` and `erase` return when the data is durable, or `would_block` where they could not be started or
//    have not ended.
//  - `is_blank` says whether the whole range is erased: reads as the erased value (0xFF or 0x00), or passes the
//    part's blank check.
//  - if power is lost during a program, the units of that call are undefined, the rest of the block is
//    unchanged; if power is lost during an erase, the block is undefined. Undefined includes "cannot be read"
//    and "reads differently each time". The library never relies on such a place before it has erased it again.

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

/// The largest program unit of any part known to us: 512 bytes (LPC55S6x, PSoC 6 rows, XMC4).
constexpr std::uint32_t kMaxProgramSize = 512;

namespace detail {
template <class Flash>
constexpr auto erase_size_at(const Flash& flash, std::uint32_t address, int)
    -> decltype(flash.erase_size(address)) {
  return flash.erase_size(address);
}
template <class Flash>
constexpr auto erase_size_at(const Flash& flash, std::uint32_t, long) -> decltype(flash.erase_size()) {
  return flash.erase_size();
}
template <class Flash>
constexpr auto program_size_at(const Flash& flash, std::uint32_t address, int)
    -> decltype(flash.program_size(address)) {
  return flash.program_size(address);
}
template <class Flash>
constexpr auto program_size_at(const Flash& flash, std::uint32_t, long) -> decltype(flash.program_size()) {
  return flash.program_size();
}

template <class Flash, class = void>
struct LargestProgramUnit : std::integral_constant<std::uint32_t, 32> {};
template <class Flash>
struct LargestProgramUnit<Flash, decltype(static_cast<void>(Flash::kLargestProgramUnit))>
    : std::integral_constant<std::uint32_t, Flash::kLargestProgramUnit> {};

template <class Policy, class = void>
struct IsFlash : std::false_type {};
template <class Policy>
struct IsFlash<
    Policy,
    typename std::enable_if<
        std::is_convertible<decltype(detail::declval<const Policy&>().size()), std::uint32_t>::value &&
        std::is_convertible<decltype(erase_size_at(detail::declval<const Policy&>(), 0U, 0)),
                            std::uint32_t>::value &&
        std::is_convertible<decltype(program_size_at(detail::declval<const Policy&>(), 0U, 0)),
                            std::uint32_t>::value &&
        std::is_same<decltype(detail::declval<Policy&>().read(0U, MutableBytes())), Status>::value &&
        std::is_same<decltype(detail::declval<Policy&>().program(0U, ConstBytes())), Status>::value &&
        std::is_same<decltype(detail::declval<Policy&>().erase(0U)), Status>::value &&
        std::is_same<decltype(detail::declval<Policy&>().is_blank(0U, 0U, detail::declval<bool&>())),
                     Status>::value>::type> : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not a Flash policy.
template <class Policy>
constexpr bool check_flash_policy() {
  static_assert(detail::IsFlash<Policy>::value,
                "a Flash policy has size, erase_size, program_size, Status read(uint32_t, MutableBytes), "
                "Status program(uint32_t, ConstBytes), Status erase(uint32_t) and "
                "Status is_blank(uint32_t, uint32_t, bool&); see tmd/flash.hpp");
  static_assert(
      detail::LargestProgramUnit<Policy>::value <= kMaxProgramSize &&
          (detail::LargestProgramUnit<Policy>::value & (detail::LargestProgramUnit<Policy>::value - 1)) == 0,
      "kLargestProgramUnit of a Flash policy is a power of two of at most 512 bytes");
  return true;
}

/// Bytes of the largest program unit that a policy declares: what buffers are sized for.
template <class Flash>
constexpr std::uint32_t largest_program_unit() {
  return detail::LargestProgramUnit<Flash>::value;
}

/// Bytes of the erase block that holds `address`, and of a program unit there.
template <class Flash>
constexpr std::uint32_t erase_size_at(const Flash& flash, std::uint32_t address) {
  return detail::erase_size_at(flash, address, 0);
}
template <class Flash>
constexpr std::uint32_t program_size_at(const Flash& flash, std::uint32_t address) {
  return detail::program_size_at(flash, address, 0);
}
/// The erase block that holds `address`.
template <class Flash>
constexpr Region erase_block_at(const Flash& flash, std::uint32_t address) {
  const std::uint32_t size = erase_size_at(flash, address);
  return Region{address - address % size, size};
}

/// True where a region consists of whole erase blocks of this flash, with one program unit, a power of two that
/// the policy's buffers hold.
template <class Flash>
[[nodiscard]] bool is_whole_blocks(const Flash& flash, const Region& region) {
  if (region.size == 0 || !fits(region.address, region.size, flash.size())) return false;
  const std::uint32_t unit = program_size_at(flash, region.address);
  if (unit == 0 || unit > largest_program_unit<Flash>() || (unit & (unit - 1)) != 0) return false;
  std::uint32_t address = region.address;
  while (address < region.end()) {
    const std::uint32_t block = erase_size_at(flash, address);
    if (block == 0 || block % unit != 0 || address % block != 0 || program_size_at(flash, address) != unit ||
        block > region.end() - address)
      return false;
    address += block;
  }
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
    if (!same_bytes(chunk, expected.data() + done, part.size())) return Status::verify_failed;
  }
  return Status::ok;
}

/// Programs `bytes` and reads them back: ok, would_block, program_failed, verify_failed, read_failed.
template <class Flash>
[[nodiscard]] Status program_verified(Flash& flash, std::uint32_t address, const ConstBytes& bytes) {
  const Status status = flash.program(address, bytes);
  return status == Status::ok ? verify_programmed(flash, address, bytes) : status;
}

/// Programs the first `used` bytes at `bytes`, padded to whole program units, and reads them back: as
/// `program_verified`. The padding is written behind them, where there is room for it.
template <class Flash>
[[nodiscard]] Status program_padded(Flash& flash, std::uint32_t address, std::uint8_t* bytes,
                                    std::uint32_t used) {
  const std::uint32_t unit = flash.program_size(address);
  const std::uint32_t length = (used + unit - 1) & ~(unit - 1);
  for (std::uint32_t i = used; i < length; ++i) bytes[i] = 0xFF;
  return program_verified(flash, address, ConstBytes(bytes, length));
}

/// Erases an erase block and looks whether it is blank: ok, would_block, erase_failed, read_failed.
template <class Flash>
[[nodiscard]] Status erase_verified(Flash& flash, const Region& block) {
  Status status = flash.erase(block.address);
  bool blank = false;
  if (status == Status::ok) status = flash.is_blank(block.address, block.size, blank);
  return status == Status::ok && !blank ? Status::erase_failed : status;
}

}  // namespace tmd
