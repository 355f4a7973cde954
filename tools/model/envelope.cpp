// SPDX-License-Identifier: Apache-2.0
#include "model/envelope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "model/accelerator.hpp"
#include "model/model_entries.hpp"
#include "model/variables.hpp"
#include "tmd/internal/guard/io_schema.hpp"

namespace tmd::host::model {
namespace {

struct Word {
  const char* name;
  std::uint8_t bit;
};
constexpr Word kWords[] = {{"classes", io_flexible::kClasses},
                           {"resolution", io_flexible::kResolution},
                           {"quantisation", io_flexible::kQuantisation}};

/// Arenas and slots stay multiples of 16 bytes.
std::uint32_t with_headroom(std::uint32_t bytes, double headroom) {
  if (headroom == 0) return bytes;
  const double more = std::ceil(bytes * (1 + headroom) / 16) * 16;
  if (more > std::numeric_limits<std::uint32_t>::max()) throw host::Error("the headroom leads beyond 4 GB");
  return static_cast<std::uint32_t>(more);
}

class Union {
 public:
  explicit Union(const EnvelopeChoice& choice) : choice_(choice) {
    facts_.allow_relaxed = choice.allow_relaxed;
    facts_.io_flexible = choice.io_flexible;
    facts_.slot_alignment = 1U << kTfliteAlignment;
  }

  void add(const Candidate& candidate) {
    const std::uint32_t arena = arena_bytes(candidate.model, candidate.arena);
    const ResourceVariables variables = resource_variables(candidate.model);
    const std::vector<UsedOperator> operators = operators_used(candidate.model);
    for (const UsedOperator& op : operators) add_operator(op);
    add_io(candidate);
    facts_.abi = static_cast<std::uint16_t>(candidate.model.schema_version);
    facts_.arena_bytes = std::max(facts_.arena_bytes, arena);
    facts_.slot_bytes = std::max(facts_.slot_bytes, candidate.bytes);
    facts_.variables = std::max(facts_.variables.value_or(0), static_cast<std::uint32_t>(variables.size()));
    facts_.variable_bytes = std::max(facts_.variable_bytes.value_or(0), variable_bytes(variables));
    add_accelerator(candidate);
    needs_.push_back({candidate.name, arena, candidate.bytes, operators});
  }

  Envelope finish() {
    Envelope envelope;
    for (const Need& need : needs_) envelope.notes.push_back(note_of(need));
    envelope.facts = facts_;
    envelope.facts.arena_bytes = with_headroom(facts_.arena_bytes, choice_.headroom);
    envelope.facts.slot_bytes = with_headroom(facts_.slot_bytes, choice_.headroom);
    if (facts_.variable_bytes)
      envelope.facts.variable_bytes = with_headroom(*facts_.variable_bytes, choice_.headroom);
    return envelope;
  }

 private:
  struct Need {
    std::string name;
    std::uint32_t arena;
    std::uint32_t bytes;
    std::vector<UsedOperator> operators;
  };

  static bool is_same(const UsedOperator& a, const UsedOperator& b) {
    return a.code.builtin == b.code.builtin && a.code.custom_name == b.code.custom_name;
  }

  void add_operator(const UsedOperator& op) {
    const auto at = std::find_if(facts_.operators.begin(), facts_.operators.end(),
                                 [&](const UsedOperator& known) { return is_same(known, op); });
    if (at == facts_.operators.end()) {
      facts_.operators.push_back(op);
      std::sort(facts_.operators.begin(), facts_.operators.end());
      return;
    }
    at->code.version = std::max(at->code.version, op.code.version);
    at->features |= op.features;
  }

  void add_io(const Candidate& candidate) {
    const host::Bytes schema = encode_io_schema(candidate.model);
    if (facts_.io_schema.empty()) facts_.io_schema = schema;
    if (check_io_schema(host::view(schema), host::view(facts_.io_schema), choice_.io_flexible) != Status::ok)
      throw host::Error(fmt::format(
          "{} has other inputs and outputs than {} ({} where there are {}); what may differ is said with "
          "--flexible {}",
          candidate.name, needs_.front().name, describe_io_schema(host::view(schema)),
          describe_io_schema(host::view(facts_.io_schema)), flexible_text(0xFF)));
  }

  void add_accelerator(const Candidate& candidate) {
    const auto& wanted = candidate.model.accelerator;
    if (!wanted) return;
    // One of the two is the newer architecture, whichever comes first.
    if (facts_.accelerator && !runs(*facts_.accelerator, *wanted) && !runs(*wanted, *facts_.accelerator))
      throw host::Error(fmt::format("{} was compiled for {}, another candidate for {}", candidate.name,
                                    describe(*wanted), describe(*facts_.accelerator)));
    if (!facts_.accelerator || facts_.accelerator->id < wanted->id) facts_.accelerator = wanted;
  }

  std::string note_of(const Need& need) const {
    std::string note =
        fmt::format("{}: arena {}{}, {} bytes, {} operators", need.name, need.arena,
                    is_arena_bound(need.arena) ? " (a bound)" : "", need.bytes, need.operators.size());
    std::vector<std::string> drives;
    if (need.arena == facts_.arena_bytes) drives.emplace_back("the arena");
    if (need.bytes == facts_.slot_bytes) drives.emplace_back("the slot");
    for (const UsedOperator& op : need.operators) {
      const auto users = std::count_if(needs_.begin(), needs_.end(), [&](const Need& other) {
        return std::any_of(other.operators.begin(), other.operators.end(),
                           [&](const UsedOperator& known) { return is_same(known, op); });
      });
      if (users == 1 && needs_.size() > 1) drives.push_back(operator_name(op.code));
    }
    return drives.empty() ? note : note + fmt::format("; decides {}", fmt::join(drives, ", "));
  }

  const EnvelopeChoice& choice_;
  FirmwareFacts facts_;
  std::vector<Need> needs_;
};

}  // namespace

Envelope envelope_of(const std::vector<Candidate>& candidates, const EnvelopeChoice& choice) {
  if (candidates.empty()) throw host::Error("no model to make limits from");
  Union all(choice);
  for (const Candidate& candidate : candidates) all.add(candidate);
  return all.finish();
}

std::uint8_t parse_flexible(const std::string& words) {
  unsigned bits = 0;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t comma = std::min(words.find(',', at), words.size());
    const std::string word = words.substr(at, comma - at);
    const auto* found = std::find_if(std::begin(kWords), std::end(kWords),
                                     [&](const Word& known) { return word == known.name; });
    if (found == std::end(kWords))
      throw host::Error(fmt::format("'{}' cannot be left to the model; {} can", word, flexible_text(0xFF)));
    bits |= found->bit;
    at = comma + 1;
    if (at == words.size()) throw host::Error("there is nothing behind the last comma");
  }
  return static_cast<std::uint8_t>(bits);
}

std::string flexible_text(std::uint8_t bits) {
  std::string text;
  for (const Word& word : kWords) {
    if ((bits & word.bit) != 0) text += (text.empty() ? "" : ",") + std::string(word.name);
  }
  return text;
}

}  // namespace tmd::host::model
