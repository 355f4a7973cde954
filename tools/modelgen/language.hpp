// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "modelgen/random.hpp"

namespace modelgen {

/// A language model by letters: from the last 32 letters, one-hot, through two inner layers to a logit for each letter
/// that may come next, int8 throughout.
struct LanguageModel {
  std::vector<std::uint8_t> file;  ///< a whole .tflite
  double first_text = 0;   ///< mean loss, in nats a letter, of the network on text like that of the base
  double second_text = 0;  ///< likewise, on text like that of the fine-tuning
};

struct LanguagePair {
  LanguageModel base;
  LanguageModel fine_tuned;  ///< all of the base's weights trained on, with the second text; the same ranges
};

/// Inner width with which the model has 4.2 million weights.
inline constexpr int kLanguageUnits = 1592;

/// Trains both on sentences of a small grammar; the second text is about other things. Everything follows from
/// `random`. At full width it takes sixteen seconds of a processor and 90 MB.
LanguagePair train_language(Random random, int units = kLanguageUnits);

}  // namespace modelgen
