// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"

namespace tmd {

/// Two drivers as one Flash policy, each with its own erase blocks and program units: slots on one part,
/// journal or staging area on another. The second one's offsets begin at `kSecondAt`; between the two there is
/// nothing, and no call goes over the end of either.
///
///     using Flash = tmd::TwoFlashes<SpiNor, InternalFlash>;
///     constexpr tmd::Region kJournal = {Flash::kSecondAt + 0x1000, 0x4000};
///     static SpiNor nor;
///     static InternalFlash internal;
///     static Flash flash(nor, internal);
///
/// Statuses are the drivers' own; out_of_bounds where a call is in neither of them.
template <class First, class Second, std::uint32_t kSecondBegin = 0x80000000U>
class TwoFlashes {
  static_assert(check_flash_policy<First>() && check_flash_policy<Second>(), "");
  // An erase block begins at a multiple of its own size on either part, and has to here.
  static_assert(kSecondBegin >= 0x100000U && (kSecondBegin & (kSecondBegin - 1)) == 0,
                "the second flash begins at a power of two of at least 1 MB");

 public:
  static constexpr std::uint32_t kSecondAt = kSecondBegin;
  static constexpr std::uint32_t kLargestProgramUnit = largest_program_unit<First>() >
                                                               largest_program_unit<Second>()
                                                           ? largest_program_unit<First>()
                                                           : largest_program_unit<Second>();

  constexpr TwoFlashes() = default;
  constexpr TwoFlashes(First& first, Second& second) : first_(&first), second_(&second) {}
  constexpr void attach(First& first, Second& second) {
    first_ = &first;
    second_ = &second;
  }

  /// One past the last offset of the second; 0, which no region fits, where the first is larger than there is
  /// room for.
  std::uint32_t size() const {
    return first_->size() <= kSecondAt && second_->size() <= ~kSecondAt ? kSecondAt + second_->size() : 0;
  }
  /// 0 between the two.
  std::uint32_t erase_size(std::uint32_t address) const {
    if (address >= kSecondAt) return erase_size_at(*second_, address - kSecondAt);
    return address < first_->size() ? erase_size_at(*first_, address) : 0;
  }
  std::uint32_t program_size(std::uint32_t address) const {
    if (address >= kSecondAt) return program_size_at(*second_, address - kSecondAt);
    return address < first_->size() ? program_size_at(*first_, address) : 0;
  }

  Status read(std::uint32_t address, MutableBytes out) {
    const std::uint32_t length = static_cast<std::uint32_t>(out.size());
    if (is_in_second(address, length)) return second_->read(address - kSecondAt, out);
    return is_in_first(address, length) ? first_->read(address, out) : Status::out_of_bounds;
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    const std::uint32_t length = static_cast<std::uint32_t>(bytes.size());
    if (is_in_second(address, length)) return second_->program(address - kSecondAt, bytes);
    return is_in_first(address, length) ? first_->program(address, bytes) : Status::out_of_bounds;
  }
  Status erase(std::uint32_t address) {
    if (is_in_second(address, 1)) return second_->erase(address - kSecondAt);
    return is_in_first(address, 1) ? first_->erase(address) : Status::out_of_bounds;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    if (is_in_second(address, length)) return second_->is_blank(address - kSecondAt, length, blank);
    return is_in_first(address, length) ? first_->is_blank(address, length, blank) : Status::out_of_bounds;
  }

 private:
  bool is_in_first(std::uint32_t address, std::uint32_t length) const {
    return fits(address, length, first_->size());
  }
  bool is_in_second(std::uint32_t address, std::uint32_t length) const {
    return address >= kSecondAt && fits(address - kSecondAt, length, second_->size());
  }

  First* first_ = nullptr;
  Second* second_ = nullptr;
};

}  // namespace tmd
