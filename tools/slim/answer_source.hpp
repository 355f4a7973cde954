// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "inference/answers.hpp"

namespace tmd::host::slim {

/// A model's outputs to samples, as real numbers.
using Answers = std::vector<std::vector<double>>;

/// Something that runs models.
class AnswerSource {
 public:
  AnswerSource() = default;
  AnswerSource(const AnswerSource&) = delete;
  AnswerSource& operator=(const AnswerSource&) = delete;
  virtual ~AnswerSource() = default;

  /// To the first `count` of the samples. Throws host::Error where the model can't be run.
  virtual Answers answers(ConstBytes model, const std::vector<inference::Sample>& samples,
                          std::size_t count) = 0;
};

/// This project's interpreter. `recorded` is the input of the model that the samples are for: others, of another
/// quantisation, get the same real values.
std::unique_ptr<AnswerSource> own_interpreter(const model::Tensor& recorded);

/// A command of the user's, run once for each model and input, several at a time: in its words {model} and {input}
/// stand for files of these, the input as that model takes it. It prints the outputs as numbers, in brackets, with
/// commas or blanks between them. Throws host::Error where a word is missing; `answers` where the command fails or
/// prints anything else.
std::unique_ptr<AnswerSource> command_of_user(const std::string& command, const model::Tensor& recorded);

/// Numbers in a text: blanks, commas, semicolons and brackets part them. Throws host::Error for anything else.
std::vector<double> numbers_in(const std::string& text);

/// How far answers are from those that are wanted.
inference::AnswerChange compare(const Answers& wanted, const Answers& got);

/// The squared difference of an answer, in the mean.
double squared_difference(const Answers& wanted, const Answers& got);

}  // namespace tmd::host::slim
