// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/digest/crc32.hpp"
#include "tmd/flash.hpp"
#include "tmd/internal/format/entries.hpp"
#include "tmd/limits.hpp"

namespace tmd {

/// Whether entries ask for the relaxed comparison.
inline ValidationMode validation_mode(ConstBytes entries) {
  EntryReader reader(entries);
  Entry entry;
  while (reader.next(entry) == Status::ok) {
    if (entry.number == EntryNumber::validation && entry.value[0] == 1) return ValidationMode::relaxed;
  }
  return ValidationMode::strict;
}

/// Whether a configuration keeps any entry for the application.
template <class Config>
constexpr bool keeps_entries() {
  for (unsigned number = 1; number < kCriticalBit; ++number) {
    if (Config::keeps_entry(static_cast<EntryNumber>(number))) return true;
  }
  return false;
}

/// Bytes that a configuration keeps of a manifest's entries behind the model, for firmware to come and for the
/// application: none where it has no limits and keeps no entries.
template <class Config>
constexpr std::uint32_t facts_size() {
  return std::is_same<typename Config::Limits, NoLimits>::value && !keeps_entries<Config>()
             ? 0
             : Config::kFactsSize;
}

/// Where the facts of a model lie: behind its self-test, which lies behind the model.
struct FactsPlace {
  std::uint32_t address;  ///< Flash offset of the first byte behind the model.
  std::uint32_t self_test_size;
  std::uint32_t facts_size;
  std::uint32_t crc;  ///< CRC-32 of both.
};

/// Whether what lies behind a model can be read and is what was written. Reads all of it, the facts into `room` where
/// that holds them.
template <class Port>
[[nodiscard]] bool is_whole(Port& flash, const FactsPlace& place, const MutableBytes& room = MutableBytes()) {
  const std::uint32_t size = place.self_test_size + place.facts_size;
  const std::uint32_t passed_by = place.facts_size <= room.size() ? place.self_test_size : size;
  Crc32 crc;
  for (std::uint32_t done = 0; done < size;) {
    std::uint8_t chunk[16];
    const MutableBytes part =
        done < passed_by ? MutableBytes(chunk).first(passed_by - done) : room.first(size - done);
    if (flash.read(place.address + done, part) != Status::ok) return false;
    crc.update(part);
    done += static_cast<std::uint32_t>(part.size());
  }
  return crc.value() == place.crc;
}

/// Where the value of a kept entry lies in flash; empty where there is none, and where what lies behind the model is
/// damaged. Reads all of that once.
template <class Port>
[[nodiscard]] Region find_fact(Port& flash, const FactsPlace& place, EntryNumber number) {
  if (!is_whole(flash, place)) return Region();
  const std::uint32_t size = place.self_test_size + place.facts_size;
  for (std::uint32_t at = place.self_test_size; at < size;) {
    std::uint8_t head[3];
    const MutableBytes part = MutableBytes(head).first(size - at);
    if (flash.read(place.address + at, part) != Status::ok) return Region();
    ByteReader reader(part);
    const std::uint8_t tag = reader.u8();
    const std::uint32_t length = reader.varint();
    const std::uint32_t begin = at + static_cast<std::uint32_t>(reader.position());
    if (reader.failed() || !fits(begin, length, size)) return Region();
    if (static_cast<EntryNumber>(tag) == number) return Region{place.address + begin, length};
    at = begin + length;
  }
  return Region();
}

/// Reads facts into `room`. False where they are damaged, or more than there is room for.
template <class Flash>
[[nodiscard]] bool read_facts(Flash& flash, const FactsPlace& place, const MutableBytes& room) {
  return place.facts_size <= room.size() && is_whole(flash, place, room);
}

/// Asks the limits about facts in flash. False where they refuse, and where there are more facts than can be looked at.
/// Damaged ones say nothing, as where there are none: the model was taken once, and for one bit beside it it is not
/// given up.
template <class Config, class Flash, class Limits>
[[nodiscard]] bool facts_suit(Flash& flash, const FactsPlace& place, Limits& limits) {
  std::uint8_t bytes[Config::kFactsSize];
  if (place.facts_size > sizeof(bytes)) return false;
  if (!read_facts(flash, place, MutableBytes(bytes))) return true;
  const ConstBytes facts = ConstBytes(bytes).first(place.facts_size);
  EntryReader reader(facts);
  Entry entry;
  Status status = limits.begin(validation_mode(facts));
  while (status == Status::ok && (status = reader.next(entry)) == Status::ok) {
    status = limits.entry(entry.number, entry.value);
    // A firmware may have no opinion on what an older one asked about.
    if (status == Status::not_found) status = Status::ok;
  }
  return status == Status::not_found && limits.end() == Status::ok;
}

}  // namespace tmd
