// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tmd/self_test.hpp"

/// The glue between a store and TFLM: loads a model out of its slot, and judges one on trial by the self-test that came
/// with it. `flash` is where the flash's first byte can be read as memory. It has TFLM's one rule to keep: an
/// interpreter is made anew for each model, in an arena that nothing else uses.
class ModelHook {
 public:
  ModelHook(const std::uint8_t* flash, const tflite::MicroOpResolver& operators, std::uint8_t* arena,
            std::size_t size)
      : flash_(flash), operators_(operators), arena_(arena), arena_size_(size) {}

  /// Runs the model on the test's input: the hook of tmd::run_self_test, which confirms or reverts.
  template <class Flash>
  tmd::Status operator()(const tmd::ActiveModel& model, tmd::SelfTest<Flash>& test) {
    tflite::MicroInterpreter interpreter(tflite::GetModel(flash_ + model.region.address), operators_, arena_,
                                         arena_size_);
    if (interpreter.AllocateTensors() != kTfLiteOk) return tmd::Status::model_unsuitable;
    for (std::size_t i = 0; i < interpreter.inputs_size(); ++i) {
      const TfLiteTensor& input = *interpreter.input(i);
      const tmd::Status status = test.input(tmd::MutableBytes(input.data.uint8, input.bytes));
      if (status != tmd::Status::ok) return status;
    }
    if (interpreter.Invoke() != kTfLiteOk) return tmd::Status::model_unsuitable;
    for (std::size_t i = 0; i < interpreter.outputs_size(); ++i)
      test.output(tmd::ConstBytes(interpreter.output(i)->data.uint8, interpreter.output(i)->bytes));
    return tmd::Status::ok;
  }

 private:
  const std::uint8_t* flash_;
  const tflite::MicroOpResolver& operators_;
  std::uint8_t* arena_;
  std::size_t arena_size_;
};
