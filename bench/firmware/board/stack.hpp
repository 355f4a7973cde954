// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// From the linker script: the lowest and the first address above the stack.
extern "C" std::uint32_t stack_bottom[];
extern "C" std::uint32_t stack_top[];

/// How deep the stack gets: the unused part is painted, and later searched for the first mark that was lost.
///
///     const StackGauge gauge;   // in a function that stays active
///     work();
///     report(gauge.deepest());  // bytes that work() took below this point
class StackGauge {
 public:
  // Not inlined, and so is `deepest`: both must see the stack pointer of the function that is measured.
  __attribute__((noinline)) StackGauge() : start_(pointer()) {
    // What lies below this function's own frame is nobody's: no call is made while it is painted.
    for (volatile std::uint32_t* word = stack_bottom; word < start_ - kOwnFrame; ++word) *word = kPaint;
  }

  /// Bytes below the place of construction.
  __attribute__((noinline)) std::uint32_t deepest() const {
    const volatile std::uint32_t* word = stack_bottom;
    while (word < start_ && *word == kPaint) ++word;
    return static_cast<std::uint32_t>((start_ - word) * static_cast<std::int32_t>(sizeof(*word)));
  }

 private:
  static constexpr std::uint32_t kPaint = 0x5AFE57AC;
  /// Words that the constructor itself may have in use.
  static constexpr std::int32_t kOwnFrame = 8;

  static volatile std::uint32_t* pointer() {
    std::uint32_t* value = nullptr;
    __asm volatile("mov %0, sp" : "=r"(value));
    return value;
  }

  volatile std::uint32_t* start_;
};
