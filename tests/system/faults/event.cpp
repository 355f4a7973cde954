// SPDX-License-Identifier: Apache-2.0
#include "system/faults/event.hpp"

#include <cstdio>
#include <sstream>

#include "system/faults/split.hpp"

namespace tmd::faults {

using test::Cut;
using test::CutPosition;
using test::FlashOperation;
using test::Torn;

namespace {

constexpr const char* kPositionNames[] = {"before",    "first_unit", "middle_unit", "half_way",
                                          "last_unit", "whole_call", "after"};
constexpr const char* kTornNames[] = {"old",      "fresh",      "mixture", "noise",
                                      "unstable", "unreadable", "flicker"};
constexpr const char* kFaultNames[] = {"lie",           "refused",        "worn",
                                       "worn_silently", "read_once",      "read_lost",
                                       "erase_refused", "writes_refused", "reads_refused"};
constexpr const char* kReactionNames[] = {"as_reported", "restarts", "calls_again"};

bool leaves_torn(CutPosition position) {
  return position == CutPosition::first_unit || position == CutPosition::middle_unit ||
         position == CutPosition::last_unit || position == CutPosition::whole_call;
}

/// The index of a name in a list; false where it is none.
template <std::size_t kCount>
bool find(const char* const (&names)[kCount], const std::string& name, unsigned& index) {
  for (index = 0; index < kCount; ++index) {
    if (name == names[index]) return true;
  }
  return false;
}

bool take_number(const std::string& text, const std::string& word, std::uint32_t& number) {
  if (text.rfind(word, 0) != 0) return false;
  std::istringstream digits(text.substr(word.size()));
  return static_cast<bool>(digits >> number);
}

std::string to_string(const CutPoint& point) {
  std::string text = std::to_string(point.operation) + ":" +
                     kPositionNames[static_cast<unsigned>(point.cut.position)] + ":" +
                     kTornNames[static_cast<unsigned>(point.cut.torn)];
  if (!point.rot) return text;
  const std::string address = std::to_string(point.rot->address);
  if (point.rot->bit == test::Rot::kWholeUnit) return text + "+lost" + address;
  return text + "+rot" + address + "." + std::to_string(point.rot->bit);
}

std::string to_string(const DriverFault& fault) {
  const std::string text = std::to_string(fault.at) + ":" + kFaultNames[static_cast<unsigned>(fault.kind)];
  if (fault.reaction == Reaction::as_reported) return text;
  return text + ":" + kReactionNames[static_cast<unsigned>(fault.reaction)];
}

bool parse_rot(const std::string& text, CutPoint& point) {
  test::Rot rot{0, test::Rot::kWholeUnit};
  if (!take_number(text, "lost", rot.address)) {
    const std::vector<std::string> parts = split(text, '.');
    std::uint32_t bit = 0;
    if (parts.size() != 2 || !take_number(parts[0], "rot", rot.address) || !take_number(parts[1], "", bit))
      return false;
    rot.bit = static_cast<std::uint8_t>(bit);
  }
  point.rot = rot;
  return true;
}

bool parse_piece(const std::string& piece, Events& events) {
  DeadBlock dead;
  dead.silent = take_number(piece, "deadsilent", dead.address);
  if (dead.silent || take_number(piece, "dead", dead.address)) {
    events.dead = dead;
    return true;
  }
  const std::vector<std::string> halves = split(piece, '+');
  const std::vector<std::string> words = split(halves[0], ':');
  std::uint32_t at = 0;
  unsigned first = 0;
  unsigned second = 0;
  if (words.size() < 2 || !take_number(words[0], "", at)) return false;
  if (find(kFaultNames, words[1], first)) {
    if (words.size() > 2 && !find(kReactionNames, words[2], second)) return false;
    events.fault = DriverFault{{static_cast<test::FaultKind>(first), at}, static_cast<Reaction>(second)};
    return true;
  }
  if (words.size() != 3 || !find(kPositionNames, words[1], first) || !find(kTornNames, words[2], second))
    return false;
  CutPoint point{at, {static_cast<CutPosition>(first), static_cast<Torn>(second)}, {}};
  if (halves.size() == 2 && !parse_rot(halves[1], point)) return false;
  events.cuts.push_back(point);
  return true;
}

}  // namespace

std::string to_string(const Events& events) {
  std::string text;
  if (events.dead)
    text += (events.dead->silent ? "/deadsilent" : "/dead") + std::to_string(events.dead->address);
  for (const CutPoint& point : events.cuts) text += "/" + to_string(point);
  if (events.fault) text += "/" + to_string(*events.fault);
  return text;
}

std::optional<Events> parse_events(const std::string& text) {
  Events events;
  for (const std::string& piece : split(text, '/')) {
    if (!piece.empty() && !parse_piece(piece, events)) return {};
  }
  return events;
}

void print_operation(const test::SimulatedFlash& flash, const FlashOperation& operation) {
  const bool erases = operation.kind == FlashOperation::Kind::erase;
  std::printf("  %4u: %s %u", flash.operations(), erases ? "erase" : "program", operation.address);
  if (!erases) std::printf(" +%zu:", operation.bytes.size());
  for (const std::uint8_t byte : operation.bytes.first(16)) std::printf(" %02x", byte);
  std::printf("\n");
}

std::vector<Cut> ways_to_cut(const FlashOperation& operation, const test::SimulatedFlash& flash) {
  const test::FlashPart& part = flash.part(operation.address);
  std::vector<CutPosition> positions = {CutPosition::before};
  if (operation.kind == FlashOperation::Kind::erase) {
    positions.insert(positions.end(),
                     {CutPosition::first_unit, CutPosition::middle_unit, CutPosition::whole_call});
  } else if (operation.bytes.size() == part.program_size) {
    positions.push_back(CutPosition::first_unit);
  } else {
    positions.insert(positions.end(),
                     {CutPosition::first_unit, CutPosition::middle_unit, CutPosition::half_way,
                      CutPosition::last_unit, CutPosition::whole_call});
  }
  // A cut after an operation is the cut before the next one: the flash is the same and RAM is lost.
  std::vector<Cut> ways;
  for (const CutPosition position : positions) {
    if (!leaves_torn(position)) {
      ways.push_back({position, Torn::old});
      continue;
    }
    for (const Torn torn :
         {Torn::old, Torn::fresh, Torn::mixture, Torn::noise, Torn::unstable, Torn::flicker})
      ways.push_back({position, torn});
    if (part.ecc) ways.push_back({position, Torn::unreadable});
  }
  return ways;
}

}  // namespace tmd::faults
