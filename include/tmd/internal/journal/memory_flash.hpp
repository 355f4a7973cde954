// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/bytes.hpp"
#include "tmd/flash.hpp"

namespace tmd::detail {

template <class Policy, class = void>
struct IsMemory : std::false_type {};
template <class Policy>
struct IsMemory<
    Policy,
    typename std::enable_if<
        std::is_convertible<decltype(detail::declval<const Policy&>().size()), std::uint32_t>::value &&
        std::is_same<decltype(detail::declval<Policy&>().read(0U, MutableBytes())), Status>::value &&
        std::is_same<decltype(detail::declval<Policy&>().write(0U, ConstBytes())), Status>::value>::type>
    : std::true_type {};

template <class Memory, class = void>
struct ItemSize : std::integral_constant<std::uint32_t, 16> {};
template <class Memory>
struct ItemSize<Memory, decltype(static_cast<void>(Memory::kItemSize))>
    : std::integral_constant<std::uint32_t, Memory::kItemSize> {};

/// Memory without erase blocks as a Flash policy: an item is a program unit, erasing writes zeros. What memory
/// is delivered as, all zeros or all ones, is blank.
template <class Memory>
class MemoryFlash {
  static constexpr std::uint32_t kItem = ItemSize<Memory>::value;
  static constexpr std::uint32_t kBlock = kItem < 32 ? 32 : kItem;

 public:
  static constexpr std::uint32_t kLargestProgramUnit = kBlock;

  constexpr MemoryFlash() = default;
  constexpr explicit MemoryFlash(Memory& memory) : memory_(&memory) {}
  constexpr void attach(Memory& memory) { memory_ = &memory; }
  const Memory* memory() const { return memory_; }

  std::uint32_t size() const { return memory_->size(); }
  static constexpr std::uint32_t erase_size() { return kBlock; }
  static constexpr std::uint32_t program_size() { return kItem; }

  Status read(std::uint32_t address, MutableBytes out) { return memory_->read(address, out); }
  Status program(std::uint32_t address, ConstBytes bytes) { return memory_->write(address, bytes); }
  Status erase(std::uint32_t address) {
    static constexpr std::uint8_t kZeros[kBlock] = {};
    return memory_->write(address, kZeros);
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    std::uint8_t chunk[32];
    blank = true;
    for (std::uint32_t done = 0; done < length && blank; done += sizeof(chunk)) {
      const MutableBytes part = MutableBytes(chunk).first(length - done);
      const Status status = memory_->read(address + done, part);
      if (status != Status::ok) return status;
      for (const std::uint8_t byte : part) {
        if (byte != chunk[0] || static_cast<std::uint8_t>(byte + 1) > 1) blank = false;
      }
    }
    return Status::ok;
  }

 private:
  Memory* memory_ = nullptr;
};

}  // namespace tmd::detail
