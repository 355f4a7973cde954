// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "device/journal/life.hpp"
#include "support/simulated_flash.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd::test {

/// A flash with nothing but a journal in its middle.
struct FlashMedium {
  SimulatedFlash flash;
  Region region;

  FlashMedium(const FlashPart& part, Region place)
      : flash(part, place.end() + part.erase_size_at(place.end())), region(place) {}

  struct Session {
    FlashPort<SimulatedFlash> port;
    FlashJournal<SimulatedFlash> journal;
    explicit Session(FlashMedium& medium) : port(medium.flash), journal(port, medium.region) {}
  };

  void reboot() { flash.reboot(); }
  std::string violation() const { return flash.violation(); }
};

/// From a restart on: what is mounted.
struct MountedSession : FlashMedium::Session {
  Bytes state = Bytes(kStateSize);
  std::uint32_t length = 0;
  Status mounted;
  explicit MountedSession(FlashMedium& medium) : FlashMedium::Session(medium) { mounted = mount(); }
  /// Whether the log begins with a decoder's state of these bytes.
  bool has_logged(const Bytes& bytes) {
    JournalRecord record;
    Bytes found(bytes.size());
    return journal.first(record) && record.kind == RecordKind::decoder && record.length == bytes.size() &&
           journal.read(record, 0, MutableBytes(found.data(), found.size())) == Status::ok && found == bytes;
  }
  Status mount() { return journal.mount(MutableBytes(state.data(), state.size()), length); }
};

/// The headers in a journal, and their addresses.
inline std::vector<std::pair<std::uint32_t, detail::Row>> headers_in(SimulatedFlash& flash, Region journal) {
  std::vector<std::pair<std::uint32_t, detail::Row>> headers;
  for (std::uint32_t at = journal.address; at < journal.end(); at += 16) {
    detail::Row row;
    REQUIRE(flash.read(at, memory_of(row)) == Status::ok);
    if (row.tag == detail::Row::kHeader) headers.emplace_back(at, row);
  }
  return headers;
}
/// Where the copies of the newest state lie.
inline std::vector<std::uint32_t> newest_state_in(SimulatedFlash& flash, Region journal) {
  std::vector<std::uint32_t> copies;
  std::uint32_t newest = 0;
  for (const auto& [at, row] : headers_in(flash, journal)) {
    if (row.kind != static_cast<std::uint8_t>(RecordKind::state)) continue;
    if (row.generation > newest) copies.clear();
    newest = std::max(newest, row.generation);
    if (row.generation == newest) copies.push_back(at);
  }
  return copies;
}

/// The flash after a restart, where power went in this operation.
inline SimulatedFlash cut_in(const SimulatedFlash& flash, const FlashOperation& operation, const Cut& cut,
                             std::uint64_t seed) {
  SimulatedFlash copy = flash;
  copy.watch(nullptr);
  copy.tear(operation, cut);
  copy.reseed(seed);
  copy.reboot();
  return copy;
}

/// What a cut may leave behind, where it makes a difference: a call has at most two rows of several units.
inline std::vector<Cut> cuts_of(const FlashOperation& operation, std::uint32_t unit_size, bool ecc) {
  std::vector<Cut> cuts = {{CutPosition::before, Torn::old}};
  const bool several = operation.kind == FlashOperation::Kind::erase || operation.bytes.size() > unit_size;
  for (unsigned torn = 0; torn < kTornKinds; ++torn) {
    const Torn kind = static_cast<Torn>(torn);
    if (kind == Torn::unreadable && !ecc) continue;
    cuts.push_back({CutPosition::whole_call, kind});
    if (!several) continue;
    cuts.push_back({CutPosition::first_unit, kind});
    cuts.push_back({CutPosition::middle_unit, kind});
    cuts.push_back({CutPosition::last_unit, kind});
  }
  if (several) cuts.push_back({CutPosition::half_way, Torn::old});
  cuts.push_back({CutPosition::after, Torn::old});
  return cuts;
}

/// Goes through the steps and cuts power in each flash operation in turn, in all ways, `depth` times in a row.
class CutExplorer {
 public:
  std::uint64_t cuts = 0;
  std::string problem;

  explicit CutExplorer(std::vector<Step> afterwards) : afterwards_(std::move(afterwards)) {}
  /// Fewer ways to cut, for pairs.
  std::vector<Cut> only;
  /// What is done to the flash after each cut. Returns false where the life ends.
  std::function<void(Life<FlashMedium>&, CutExplorer&)> after_cut;

  void explore(Life<FlashMedium>& life, const std::vector<Step>& steps, unsigned depth) {
    SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
      const FlashPart& part = flash.part(operation.address);
      for (const Cut& cut : only.empty() ? cuts_of(operation, part.program_size, part.ecc) : only) {
        if (!problem.empty()) return;
        Life<FlashMedium> copy = life;
        copy.medium.flash.watch(nullptr);
        copy.medium.flash.tear(operation, cut);
        copy.medium.flash.reseed(++cuts);
        if (after_cut) {
          after_cut(copy, *this);
          continue;
        }
        const std::uint32_t number = flash.operations();
        if (depth > 1)
          explore(copy, afterwards_, depth - 1);
        else
          report(copy.go_on(afterwards_));
        if (!problem.empty())
          problem += "; operation " + std::to_string(number) + " position " +
                     std::to_string(static_cast<int>(cut.position)) + " torn " +
                     std::to_string(static_cast<int>(cut.torn));
      }
    };
    life.medium.flash.watch(&watcher);
    report(life.go_on(steps));
    life.medium.flash.watch(nullptr);
  }
  void report(const std::string& what) {
    if (problem.empty()) problem = what;
  }

 private:
  std::vector<Step> afterwards_;
};

}  // namespace tmd::test
