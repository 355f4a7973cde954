// SPDX-License-Identifier: Apache-2.0
#include "interpreter/reduction.hpp"

#include <doctest/doctest.h>

#include "interpreter/interpreter.hpp"
#include "support/bytes.hpp"
#include "support/made_model.hpp"

namespace tmd::host::interpreter {

TEST_CASE("a mean is of real values, over axes that may be counted from behind") {
  for (const int axis : {2, -1}) {
    CAPTURE(axis);
    const auto low = static_cast<std::uint8_t>(axis), high = static_cast<std::uint8_t>(axis < 0 ? 0xFF : 0);
    test::ModelMaker maker;
    const int in = maker.tensor("in", test::TensorType::INT8, {1, 2, 3}, 1, 3);
    const int axes = maker.constant("axes", test::TensorType::INT32, {1}, {low, high, high, high});
    const int out = maker.tensor("out", test::TensorType::INT8, {1, 2}, 1, 0);
    maker.add(test::BuiltinOperator::MEAN, 2, {in, axes}, {out}, tflite::ReducerOptionsT());
    maker.inputs({in}).outputs({out});
    const Bytes file = maker.file();
    Bytes arena(1024);
    LargeInterpreter interpreter;
    REQUIRE(interpreter.load(view(file), MutableBytes(arena.data(), arena.size())) == InterpreterStatus::ok);
    const Bytes stored = {4, 5, 6, 7, 8, 9}, means = {2, 5};
    copy_bytes(view(stored), interpreter.input());
    REQUIRE(interpreter.invoke() == InterpreterStatus::ok);
    CHECK(equal_bytes(interpreter.output(), view(means)));
  }
}

}  // namespace tmd::host::interpreter
