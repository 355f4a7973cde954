// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "inference/model_runner.hpp"

namespace tmd::host::inference {

/// One input for a model, and the class that it belongs to, where that is known.
struct Sample {
  host::Bytes input;
  std::string label;  ///< Name of the folder that it lay in; empty where there was none.
};

/// Reads the inputs of a folder, in the order of their names: every file holds one input or several, one after the
/// other; files of a folder inside it belong to a class of that name. Throws host::Error where a file is not made of
/// whole inputs of `input_size` bytes, or where there is none, in all or of a class.
std::vector<Sample> read_samples(const std::string& folder, std::size_t input_size);

/// How answers of one class changed. The class is the sample's label, or else the old model's top-1.
struct ClassChange {
  std::string name;
  std::size_t samples = 0;
  std::size_t agree = 0;        ///< both models have the same top-1
  std::size_t old_correct = 0;  ///< with labels only: top-1 is the label's place among the sorted labels
  std::size_t new_correct = 0;
};

/// How a new model's answers differ from an old one's.
struct AnswerChange {
  std::size_t samples = 0;
  std::size_t agree = 0;          ///< the same top-1
  std::size_t equal = 0;          ///< the same bytes
  double largest_difference = 0;  ///< of one element of an output, as a real number
  double mean_difference = 0;
  bool labelled = false;
  std::vector<ClassChange> classes;
};

/// What is to be said of agreement on so few inputs, as a line; empty where they are enough.
std::string remark_on_few(std::size_t samples);

/// Adds up how outputs differ, sample by sample; of classes it knows nothing.
class AnswerTally {
 public:
  /// The outputs of both models to one sample, and whether they are the same as stored.
  void add(const std::vector<double>& before, const std::vector<double>& after, bool equal);
  AnswerChange change() const;

 private:
  AnswerChange change_;
  double sum_ = 0;    ///< of all differences
  double terms_ = 0;  ///< elements that were compared
};

/// Runs both on every sample, which is as `before` takes it: `after` gets the same real values. Throws host::Error
/// where their inputs have other types or sizes, or their outputs other types.
AnswerChange compare_answers(ModelRunner& before, ModelRunner& after, const std::vector<Sample>& samples);

}  // namespace tmd::host::inference
