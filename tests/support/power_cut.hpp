// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "device/power_cut.hpp"
#include "tmd/bytes.hpp"

namespace tmd::test {

/// Where in an operation power goes. A program call covers several units.
enum class CutPosition : std::uint8_t {
  before,
  first_unit,   ///< The first unit is torn, the rest untouched.
  middle_unit,  ///< Units before the middle one are written, it is torn.
  half_way,     ///< Half of the units are written, none is torn.
  last_unit,
  whole_call,  ///< Every unit of the call is torn: parts that program a row at once.
  after,
};
constexpr unsigned kCutPositions = 7;

/// What torn units (or the block of an interrupted erase) hold from then on.
enum class Torn : std::uint8_t {
  old,         ///< As before the operation, though it was begun.
  fresh,       ///< As after it, though it was not ended.
  mixture,     ///< Each bit one or the other.
  noise,       ///< Anything.
  unstable,    ///< Each boot may find something else, until the next complete erase.
  unreadable,  ///< Reads fail until the next erase. Parts with ECC.
  flicker,     ///< Each read may find something else, until the next complete erase.
};
constexpr unsigned kTornKinds = 7;

/// Whether what a torn unit holds changes while nobody writes it. At most three cuts of a device's life leave
/// such units (docs/power-loss.md).
constexpr bool changes_by_itself(Torn torn) {
  return torn == Torn::unstable || torn == Torn::flicker;
}
constexpr unsigned kMostUnstableCuts = 3;

struct Cut {
  CutPosition position = CutPosition::before;
  Torn torn = Torn::old;
};

using host::device::PowerCut;

/// A flash operation that is about to happen.
struct FlashOperation {
  enum class Kind : std::uint8_t { program, erase };
  Kind kind;
  std::uint32_t address;
  ConstBytes bytes;  ///< What is to be programmed.
};

/// SplitMix64: one number gives one sequence, on every machine.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(next() % limit); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace tmd::test
