// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/firmware_facts.hpp"

namespace tmd::host::model {

/// A model that the firmware shall be able to run.
struct Candidate {
  std::string name;
  Model model;
  std::uint32_t bytes = 0;  ///< Of the file.
  ArenaChoice arena;
};

struct EnvelopeChoice {
  double headroom = 0;           ///< Added to the largest arena, slot and bytes of variables: 0.3 is 30 %.
  std::uint8_t io_flexible = 0;  ///< Bits of io_flexible: what of inputs and outputs may differ.
  bool allow_relaxed = false;
};

/// What all candidates need together, and what each of them alone needs most of.
struct Envelope {
  FirmwareFacts facts;
  std::vector<std::string> notes;  ///< A line for each candidate.
};

/// Throws host::Error where there is no candidate, where their inputs and outputs differ in what the choice does not
/// leave to the model, or where they were compiled for different accelerators.
Envelope envelope_of(const std::vector<Candidate>& candidates, const EnvelopeChoice& choice);

/// "classes,resolution,quantisation" as bits of io_flexible. Throws host::Error for another word.
std::uint8_t parse_flexible(const std::string& words);
/// The same the other way round.
std::string flexible_text(std::uint8_t bits);

}  // namespace tmd::host::model
