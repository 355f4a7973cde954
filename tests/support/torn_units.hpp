// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "support/power_cut.hpp"

namespace tmd::test {

/// What reading one byte of a torn unit gives.
enum class TornReading : std::uint8_t { byte, blank, failure };

/// One operation that was interrupted: the units it left torn, what they held before it and what they were to
/// hold, and what is found in them from then on.
class TornCall {
 public:
  using Bytes = std::vector<std::uint8_t>;

  struct Place {
    std::uint32_t first_unit;
    std::uint32_t unit_size;
    bool erase;  ///< It was an erase; else a program.
  };

  /// `old` and `fresh` hold the units' bytes, `old_blank` a flag for each unit.
  TornCall(const Place& place, Bytes old, std::vector<bool> old_blank, Bytes fresh, Torn torn,
           std::uint64_t seed)
      : first_(place.first_unit),
        size_(place.unit_size),
        erase_(place.erase),
        torn_(torn),
        seed_(seed),
        old_(std::move(old)),
        fresh_(std::move(fresh)),
        old_blank_(std::move(old_blank)) {}

  bool has(std::uint32_t unit) const { return unit >= first_ && unit < first_ + old_blank_.size(); }
  std::uint32_t first_unit() const { return first_; }
  Torn torn() const { return torn_; }

  /// The `boot`-th restart; `chance` is drawn from where each read may give something else.
  bool looks_blank(std::uint32_t unit, std::uint32_t boot, bool ecc, Chance& chance) const {
    const Mood mood = now(unit, boot, ecc, chance);
    return (mood == Mood::old && old_blank_[unit - first_]) || (mood == Mood::fresh && erase_);
  }
  /// Whether a device may have taken the unit for erased: one that was attempted once and shows nothing.
  bool may_look_blank(std::uint32_t unit) const {
    return old_blank_[unit - first_] && (torn_ == Torn::old || changes_by_itself(torn_));
  }
  TornReading read(std::uint32_t unit, std::uint32_t at, std::uint8_t& out, std::uint32_t boot, bool ecc,
                   Chance& chance) const {
    const std::size_t index = (unit - first_) * size_ + at;
    switch (now(unit, boot, ecc, chance)) {
      case Mood::old:
        out = old_[index];
        return old_blank_[unit - first_] ? TornReading::blank : TornReading::byte;
      case Mood::fresh:
        if (erase_) return TornReading::blank;
        out = fresh_[index];
        return TornReading::byte;
      case Mood::fixed:
        out = fixed(index);
        return TornReading::byte;
      case Mood::unreadable:
        break;
    }
    return TornReading::failure;
  }
  /// A mixture of before and after, or noise: also what an erase that is cut later starts from, since charge
  /// that was never whole does not become whole again.
  std::uint8_t fixed(std::size_t index) const {
    const std::uint8_t mask = mix(index).byte();
    if (torn_ == Torn::noise) return mask;
    return static_cast<std::uint8_t>((old_[index] & mask) | (fresh_[index] & (mask ^ 0xFFU)));
  }
  std::uint8_t faded(std::uint32_t unit, std::uint32_t at) const {
    return fixed((unit - first_) * size_ + at);
  }

  /// Adds all that decides what will be read to a hash.
  template <class Hash>
  void hash_into(Hash& hash) const {
    hash.add(first_);
    hash.add(std::uint64_t{erase_} << 40 | static_cast<std::uint64_t>(torn_) << 32 | old_blank_.size());
    if (torn_ != Torn::old && torn_ != Torn::fresh) hash.add(seed_);
    hash.add_bytes(old_);
    hash.add_bytes(fresh_);
  }

 private:
  enum class Mood : std::uint8_t { old, fresh, fixed, unreadable };

  Chance mix(std::uint64_t number) const { return Chance(seed_ ^ (number + 1) * 0xD1342543DE82EF95U); }
  static Mood draw(bool ecc, Chance& chance) {
    // Whole contents are what a device is most likely to believe.
    constexpr Mood kMoods[] = {Mood::old, Mood::fresh, Mood::old, Mood::fresh, Mood::fixed, Mood::unreadable};
    return kMoods[chance.below(ecc ? 6 : 5)];
  }
  Mood now(std::uint32_t unit, std::uint32_t boot, bool ecc, Chance& chance) const {
    switch (torn_) {
      case Torn::old:
        return Mood::old;
      case Torn::fresh:
        return Mood::fresh;
      case Torn::mixture:
      case Torn::noise:
        return Mood::fixed;
      case Torn::unreadable:
        return Mood::unreadable;
      case Torn::unstable: {
        Chance of_this_boot = mix((std::uint64_t{boot} << 32) + unit);
        return draw(ecc, of_this_boot);
      }
      case Torn::flicker:
        break;
    }
    return draw(ecc, chance);
  }

  std::uint32_t first_;
  std::uint32_t size_;
  bool erase_;
  Torn torn_;
  std::uint64_t seed_;
  Bytes old_;
  Bytes fresh_;
  std::vector<bool> old_blank_;
};

}  // namespace tmd::test
