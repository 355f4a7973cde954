// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/simulated_flash.hpp"

namespace tmd::faults {

/// Power goes: in the how many-th flash operation since the restart before, and how; and what has rotted when it
/// comes back.
struct CutPoint {
  std::uint32_t operation = 0;
  test::Cut cut;
  std::optional<test::Rot> rot;
};

/// An erase block that does not erase, from the first day on.
struct DeadBlock {
  std::uint32_t address = 0;
  bool silent = false;  ///< The driver does not notice.
};

/// What the application does about a driver that is at fault.
enum class Reaction : std::uint8_t {
  as_reported,  ///< Restarts behind a call that reports it.
  restarts,     ///< Restarts behind the call in which it happened, whatever that answered.
  calls_again,  ///< Calls again what reports it, and goes on.
};
constexpr unsigned kReactions = 3;

/// Whether such a fault can befall the operation with this number, or the read.
inline bool can_befall(test::FaultKind kind, const std::vector<test::FlashOperation::Kind>& operations,
                       std::uint32_t at) {
  if (test::is_of_a_read(kind)) return true;
  return operations[at] == test::FlashOperation::Kind::erase ? test::is_of_an_erase(kind)
                                                             : test::is_of_a_program(kind);
}
/// Of the first calls behind a start eight times as many are tried to fail: one in so many.
constexpr std::uint32_t rarity_at(std::uint32_t at, std::uint32_t one_in) {
  constexpr std::uint32_t kSoon = 8;
  return at < kSoon ? (one_in + kSoon - 1) / kSoon : one_in;
}

/// A driver's call that fails, in the life behind the last cut.
struct DriverFault : test::PlannedFault {
  Reaction reaction = Reaction::as_reported;
};

/// What happens to a device in one run, apart from its scenario.
struct Events {
  std::optional<DeadBlock> dead;
  std::vector<CutPoint> cuts;
  std::optional<DriverFault> fault;
};

/// "/dead512", "/deadsilent512", "/12:lie", "/12:refused:restarts", "/12:last_unit:unstable",
/// "/12:before:old+rot1034.5", "…+lost1034": the second half of a replay id.
std::string to_string(const Events& events);
/// Nothing where the text is not one.
std::optional<Events> parse_events(const std::string& text);

/// A line for an operation that is about to happen, as a replay prints it.
void print_operation(const test::SimulatedFlash& flash, const test::FlashOperation& operation);

/// Every different way to cut this operation.
std::vector<test::Cut> ways_to_cut(const test::FlashOperation& operation, const test::SimulatedFlash& flash);

}  // namespace tmd::faults
