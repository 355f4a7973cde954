// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tmd::host::interpreter {

/// Where a computed tensor lies in the arena, and the steps between which it must keep its contents. It is
/// 16 bytes for each tensor of a model.
struct Place {
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFFU;

  std::uint32_t offset = kNowhere;
  std::uint32_t size = 0;  ///< rounded up to the alignment; 0 for what is not planned
  std::uint16_t first = 0, last = 0;
  bool alive = false;  ///< some operator or the application has it

  bool meets(const Place& other) const { return first <= other.last && other.first <= last; }
  void touch(std::uint16_t step) {
    if (!alive) first = step;
    alive = true;
    last = step;
  }
};

inline constexpr std::uint32_t kPlanAlignment = 16;

/// Places tensors as TFLM's greedy planner does: by falling size, the last of equal ones first, each at the
/// lowest offset that is free while it is alive. Returns the size of the whole, the same that tools/model
/// computes as the non-persistent part of the arena. Takes time with the cube of the number of tensors at
/// worst, no memory, and no recursion.
inline std::uint64_t plan_places(Place* places, std::size_t count) {
  std::uint64_t whole = 0;
  for (;;) {
    Place* next = nullptr;
    for (std::size_t i = count; i-- > 0;) {
      const bool waits = places[i].size != 0 && places[i].offset == Place::kNowhere;
      if (waits && (next == nullptr || places[i].size > next->size)) next = &places[i];
    }
    if (next == nullptr) return whole;
    std::uint64_t offset = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t i = 0; i < count; ++i) {
        const Place& other = places[i];
        if (other.size == 0 || other.offset == Place::kNowhere || !other.meets(*next)) continue;
        const std::uint64_t end = std::uint64_t{other.offset} + other.size;
        if (offset < end && other.offset < offset + next->size) {
          offset = end;
          moved = true;
        }
      }
    }
    if (offset + next->size >= Place::kNowhere) return Place::kNowhere;
    next->offset = static_cast<std::uint32_t>(offset);
    if (offset + next->size > whole) whole = offset + next->size;
  }
}

}  // namespace tmd::host::interpreter
