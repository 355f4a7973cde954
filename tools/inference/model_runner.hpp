// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "interpreter/interpreter.hpp"
#include "model/model.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::inference {

/// A model ready to run with the project's own interpreter, in an arena of exactly the size that it asks for.
class ModelRunner {
 public:
  /// `file` must outlive the runner. Throws host::Error, beginning with `name`, where it is no model or needs what
  /// the interpreter does not have.
  ModelRunner(ConstBytes file, const std::string& name);

  /// The output to an input of `input_size()` bytes; throws host::Error where it has another size.
  host::Bytes run(ConstBytes input);
  /// The same, with a call after each operator.
  host::Bytes run(ConstBytes input, const std::function<void(std::uint32_t)>& done);
  /// In that call: what a tensor of the main subgraph holds, if the operator that is done has it as input or output.
  ConstBytes tensor_bytes(std::uint32_t index) const { return interpreter_.tensor(index); }
  /// The input that a seed stands for: the one of self-tests, and for float inputs numbers in [-1, 1).
  host::Bytes generated_input(std::uint32_t seed) const;
  /// Forgets what a streaming model keeps between inferences.
  void reset() { interpreter_.reset(); }

  const std::string& name() const { return name_; }
  std::size_t input_size() { return interpreter_.input().size(); }
  std::uint32_t arena_bytes() const { return interpreter_.arena_needed(); }
  const model::Model& model() const { return model_; }
  const model::Tensor& input_tensor() const { return tensor(model_.main().inputs); }
  const model::Tensor& output_tensor() const { return tensor(model_.main().outputs); }

 private:
  [[noreturn]] void refuse(ConstBytes file, interpreter::InterpreterStatus status);
  const model::Tensor& tensor(const std::vector<std::int32_t>& list) const {
    return model_.main().tensors[static_cast<std::size_t>(list.front())];
  }

  std::string name_;
  model::Model model_;
  host::Bytes arena_;
  interpreter::LargeInterpreter interpreter_;
};

/// The elements of a tensor as they are stored: not multiplied by the scale.
std::vector<double> stored_values(ConstBytes bytes, const model::Tensor& tensor);
/// The same as real numbers.
std::vector<double> real_values(ConstBytes bytes, const model::Tensor& tensor);
/// An input that was recorded for one model as another one takes it: the same real values, in the quantisation of `to`.
/// The bytes as they are where one of the two is not quantised, or their types differ.
host::Bytes requantised(ConstBytes input, const model::Tensor& from, const model::Tensor& to);
/// Index of the largest element, the first of equal ones; 0 where there is none.
std::size_t top1(const std::vector<double>& values);

}  // namespace tmd::host::inference
