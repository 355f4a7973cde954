// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "support/power_cut.hpp"
#include "tmd/flash.hpp"

namespace tmd::test {

using UnitBytes = std::array<std::uint8_t, kMaxProgramSize>;

/// The contents of a program unit at one end of an operation that was cut.
struct UnitContents {
  UnitBytes bytes{};
  bool blank = false;
};

/// The units that an interrupted operation left behind, and what is found in them.
class TornUnits {
 public:
  /// What reading one byte of a torn unit gives.
  enum class Reading : std::uint8_t { byte, blank, failure };

  explicit TornUnits(bool ecc) : ecc_(ecc) {}

  void tear(std::uint32_t unit, const UnitContents& old, const UnitContents& fresh, Torn torn,
            Chance& chance) {
    State state{torn, Mood::old, old, fresh, {}};
    for (std::size_t i = 0; i < state.fixed.size(); ++i) {
      const std::uint8_t mask = chance.byte();
      const unsigned mixed = (old.bytes[i] & mask) | (fresh.bytes[i] & (mask ^ 0xFFU));
      state.fixed[i] = torn == Torn::noise ? mask : static_cast<std::uint8_t>(mixed);
    }
    state.mood = draw(chance);
    units_[unit] = state;
  }
  void forget(std::uint32_t first, std::uint32_t count) {
    units_.erase(units_.lower_bound(first), units_.lower_bound(first + count));
  }
  /// After a restart each unstable unit reads as it pleases.
  void reboot(Chance& chance) {
    for (auto& [unit, state] : units_) state.mood = draw(chance);
  }

  bool looks_blank(std::uint32_t unit, Chance& chance) const {
    const State& state = units_.at(unit);
    const Mood mood = now(state, chance);
    return (mood == Mood::old && state.old.blank) || (mood == Mood::fresh && state.fresh.blank);
  }

  /// Whether a device may have taken the unit for erased: one that was attempted once and shows nothing.
  bool may_look_blank(std::uint32_t unit) const {
    const State& state = units_.at(unit);
    return state.old.blank && (state.torn == Torn::old || state.torn == Torn::unstable);
  }

  Reading read(std::uint32_t unit, std::uint32_t at, std::uint8_t& out, Chance& chance) const {
    const State& state = units_.at(unit);
    switch (now(state, chance)) {
      case Mood::old:
        out = state.old.bytes[at];
        return state.old.blank ? Reading::blank : Reading::byte;
      case Mood::fresh:
        out = state.fresh.bytes[at];
        return state.fresh.blank ? Reading::blank : Reading::byte;
      case Mood::fixed:
        out = state.fixed[at];
        return Reading::byte;
      case Mood::unreadable:
      case Mood::restless:
        break;
    }
    return Reading::failure;
  }

  /// What an erase that is cut later starts from: charge that was never whole does not become whole again.
  UnitContents faded(std::uint32_t unit) const { return {units_.at(unit).fixed, false}; }

 private:
  enum class Mood : std::uint8_t { old, fresh, fixed, unreadable, restless };
  struct State {
    Torn torn;
    Mood mood;  ///< Of an unstable unit, until the next restart.
    UnitContents old;
    UnitContents fresh;
    UnitBytes fixed;  ///< A mixture, or noise.
  };

  Mood draw(Chance& chance) const {
    const Mood moods[] = {Mood::old,   Mood::fresh,    Mood::old,       Mood::fresh,
                          Mood::fixed, Mood::restless, Mood::unreadable};
    return moods[chance.below(ecc_ ? 7 : 6)];
  }
  Mood now(const State& state, Chance& chance) const {
    switch (state.torn) {
      case Torn::old:
        return Mood::old;
      case Torn::fresh:
        return Mood::fresh;
      case Torn::mixture:
      case Torn::noise:
        return Mood::fixed;
      case Torn::unreadable:
        return Mood::unreadable;
      case Torn::unstable:
        break;
    }
    return state.mood == Mood::restless ? static_cast<Mood>(chance.below(ecc_ ? 4 : 3)) : state.mood;
  }

  bool ecc_;
  std::map<std::uint32_t, State> units_;
};

}  // namespace tmd::test
