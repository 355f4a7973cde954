// SPDX-License-Identifier: Apache-2.0
#include "modelgen/language.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "modelgen/network.hpp"
#include "modelgen/portable_math.hpp"
#include "modelgen/quantise.hpp"
#include "modelgen/tflite_writer.hpp"
#include "modelgen/training.hpp"

namespace modelgen {
namespace {

enum LanguageStream : std::uint64_t {
  kLanguageWeights = 1,
  kFirstText,
  kSecondText,
  kFirstOrder,
  kSecondOrder,
  kHeldOut
};

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz .,?!-";
constexpr std::size_t kContext = 32;
constexpr std::size_t kFirstLetters = 1600;
constexpr std::size_t kSecondLetters = 800;
constexpr std::size_t kHeldOutLetters = 300;
constexpr std::size_t kCalibrationLetters = 100;
constexpr TrainingPlan kLanguageTraining{2, 1e-3F, 0};
constexpr TrainingPlan kFineTuning{1, 2e-4F, 0};

/// What sentences are made of: who, does, what.
using Vocabulary = std::array<std::array<std::string_view, 6>, 3>;
constexpr Vocabulary kHousehold = {
    {{"the lamp", "a window", "the heating", "every door", "the fan", "my kitchen"},
     {"opens", "warms", "lights", "closes", "cools", "wakes"},
     {"the hall", "in the morning", "at night", "the garden", "for an hour", "again"}}};
constexpr Vocabulary kWorkshop = {
    {{"the pump", "a motor", "the gearbox", "every valve", "the belt", "our press"},
     {"vibrates", "leaks", "slips", "overheats", "stops", "drifts"},
     {"under load", "at full speed", "after a shift", "near the bearing", "too soon", "again"}}};

std::string sentences(const Vocabulary& vocabulary, std::size_t letters, Random random) {
  std::string text;
  while (text.size() < kContext + letters) {
    for (const auto& words : vocabulary) {
      text += words[random.below(static_cast<std::uint32_t>(words.size()))];
      text += ' ';
    }
    text.back() = random.below(4) == 0 ? '!' : '.';
    text += ' ';
  }
  text.resize(kContext + letters);
  return text;
}

/// A text as inputs: the 32 letters before each one, each as 32 numbers of which one is 1.
class Lessons {
 public:
  explicit Lessons(const std::string& text) {
    const std::size_t count = text.size() - kContext;
    inputs_.resize(count * kInput, 0.0F);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t back = 0; back < kContext; ++back)
        inputs_[i * kInput + back * kLetters.size() + kLetters.find(text[i + back])] = 1.0F;
      const std::span<const float> input(&inputs_[i * kInput], kInput);
      lessons_.push_back({input, static_cast<std::uint32_t>(kLetters.find(text[i + kContext]))});
    }
  }
  std::span<const Lesson> all() const { return lessons_; }

 private:
  static constexpr std::size_t kInput = kContext * kLetters.size();
  std::vector<float> inputs_;
  std::vector<Lesson> lessons_;
};

double loss_on(const Network& network, std::span<const Lesson> lessons) {
  Network::Signals signals;
  double loss = 0;
  for (const Lesson& lesson : lessons) {
    network.forward(lesson.input, signals);
    std::vector<float> probabilities = signals.back();
    softmax(probabilities);
    loss -= logarithm(std::max(static_cast<double>(probabilities[lesson.right]), 1e-12));
  }
  return loss / static_cast<double>(lessons.size());
}

}  // namespace

LanguagePair train_language(Random random, int units) {
  const Lessons first(sentences(kHousehold, kFirstLetters, random.stream(kFirstText)));
  const Lessons second(sentences(kWorkshop, kSecondLetters, random.stream(kSecondText)));
  const Lessons held_out_first(sentences(kHousehold, kHeldOutLetters, random.stream(kHeldOut)));
  const Lessons held_out_second(sentences(kWorkshop, kHeldOutLetters, random.stream(kHeldOut)));

  Network network({static_cast<int>(kContext), static_cast<int>(kLetters.size())});
  Random weights = random.stream(kLanguageWeights);
  network.add_fully_connected("language/inner1", units, true, weights);
  network.add_fully_connected("language/inner2", units, true, weights);
  network.add_fully_connected("language/next", static_cast<int>(kLetters.size()), false, weights);
  train(network, first.all(), kLanguageTraining, random.stream(kFirstOrder));

  std::vector<Range> ranges(network.layers().size() + 1);
  for (const Lesson& lesson : first.all().first(kCalibrationLetters)) widen(ranges, network, lesson.input);
  const auto model_of = [&](const Network& trained) -> LanguageModel {
    const Graph graph = quantise_regression(trained, ranges, "letters", "next_letter");
    return {write_tflite(graph, "MLIR Converted."), loss_on(trained, held_out_first.all()),
            loss_on(trained, held_out_second.all())};
  };
  LanguagePair pair{model_of(network), {}};
  train(network, second.all(), kFineTuning, random.stream(kSecondOrder));
  pair.fine_tuned = model_of(network);
  return pair;
}

}  // namespace modelgen
