// SPDX-License-Identifier: Apache-2.0
// What a firmware's operators must be able to do beside being there: where that is new, a patch is not enough.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "host/model/checked_step.hpp"

using namespace tmd;
using host::model::Verdict;
using test::BuiltinOperator;
using test::has_kind;
using test::kinds;
using test::ModelMaker;
using test::Opened;
using test::step_to;
using test::TensorType;

namespace {

/// A convolution with per-tensor weights in front of which nothing stands; `change` makes the target of it.
template <class Change>
host::model::CheckReport convolution_step(Change change) {
  const auto made = [] {
    ModelMaker maker;
    const int in = maker.tensor("in", TensorType::INT8, {1, 8, 8, 1}, 0.5F);
    const int weights =
        maker.constant("weights", TensorType::INT8, {2, 3, 3, 1}, std::vector<std::uint8_t>(18, 1), {1});
    const int bias = maker.constant("bias", TensorType::INT32, {2}, std::vector<std::uint8_t>(8, 0), {1});
    const int out = maker.tensor("out", TensorType::INT8, {1, 4, 4, 2}, 0.5F);
    tflite::Conv2DOptionsT options;
    options.dilation_w_factor = options.dilation_h_factor = 1;
    maker.add(BuiltinOperator::CONV_2D, 3, {in, weights, bias}, {out}, options);
    maker.inputs({in}).outputs({out});
    return maker;
  };
  ModelMaker target = made();
  change(target);
  const Opened before(made());
  const Opened after(target);
  return host::model::check(before.open, after.open, host::model::facts_of_base(before.open.model, {}), {});
}

}  // namespace

TEST_CASE("a new operator needs a firmware update") {
  ModelMaker target = test::small_classifier();
  target.add(BuiltinOperator::LOGISTIC, 1, {4}, {4});
  const host::model::CheckReport report = step_to(target);
  CHECK(report.verdict == Verdict::firmware);
  REQUIRE(report.reasons[0].kind == "new-operator");
  CHECK(report.reasons[0].text == "new operator LOGISTIC, which the firmware does not have");
}

TEST_CASE("a new custom operator needs a firmware update") {
  ModelMaker target = test::small_classifier();
  target.add_custom("fft", 1, {4}, {4});
  CHECK(step_to(target).verdict == Verdict::firmware);
  CHECK(step_to(target).reasons[0].text == "new operator custom 'fft', which the firmware does not have");
}

TEST_CASE("a newer version of an operator needs a firmware update, an older one does not") {
  ModelMaker target = test::small_classifier();
  target.model.operator_codes[0]->version = 5;
  const host::model::CheckReport report = step_to(target);
  CHECK(report.verdict == Verdict::firmware);
  REQUIRE(kinds(report)[0] == "operator-version");
  CHECK(report.reasons[0].text == "FULLY_CONNECTED is needed in version 5, the firmware has version 4");
  target.model.operator_codes[0]->version = 3;
  CHECK(step_to(target).verdict == Verdict::patch);
}

TEST_CASE("inner data of another type needs a firmware update: its kernels may not be linked") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(1).type = TensorType::INT4;
  const host::model::CheckReport report = step_to(target);
  CHECK(report.verdict == Verdict::firmware);
  const auto dtype = std::find_if(report.reasons.begin(), report.reasons.end(),
                                  [](const host::model::Reason& reason) { return reason.kind == "dtype"; });
  REQUIRE(dtype != report.reasons.end());
  CHECK(dtype->text == "FULLY_CONNECTED is needed with int4 weights, which the firmware's does not have");
}

TEST_CASE("sparse weights need a firmware update") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(1).sparsity = std::make_unique<tflite::SparsityParametersT>();
  CHECK(step_to(target).verdict == Verdict::firmware);
  CHECK(step_to(target).reasons[0].kind == "sparsity");
}

TEST_CASE("what a kernel must be able to do beside its version needs a firmware update where it is new") {
  const auto kind_of = [](auto change) {
    const host::model::CheckReport report = convolution_step(change);
    CHECK(report.verdict == Verdict::firmware);
    return report.reasons[0].kind;
  };
  CHECK(kind_of([](ModelMaker& maker) {
          maker.graph().operators[0]->builtin_options.AsConv2DOptions()->dilation_h_factor = 2;
        }) == "dilation");
  CHECK(kind_of([](ModelMaker& maker) {
          maker.tensor_at(2).type = TensorType::INT64;
          maker.model.buffers[2]->data.assign(16, 0);
        }) == "dtype");
  CHECK(kind_of([](ModelMaker& maker) { maker.tensor_at(1).buffer = 0; }) == "computed-weights");
  // A multiplier for each channel is what convolutions always have.
  CHECK_FALSE(has_kind(convolution_step([](ModelMaker& maker) {
                         maker.tensor_at(1).quantization->scale = {1, 2};
                         maker.tensor_at(1).quantization->zero_point = {0, 0};
                       }),
                       "per-channel"));
}

TEST_CASE("per-channel weights of a fully connected layer are another kernel's, at the same version") {
  ModelMaker maker = test::small_classifier();
  maker.tensor_at(1).quantization->scale = {0.1F};
  maker.tensor_at(1).quantization->zero_point = {0};
  maker.tensor_at(2).quantization->scale = {0.1F};
  maker.tensor_at(2).quantization->zero_point = {0};
  const Opened base(maker);
  const Opened target(test::small_classifier());
  const auto firmware = host::model::facts_of_base(base.open.model, {});
  const host::model::CheckReport report = host::model::check(base.open, target.open, firmware, {});
  CHECK(report.verdict == Verdict::firmware);
  CHECK(kinds(report)[0] == "per-channel");
}

TEST_CASE("several scales on a bias alone are no per-channel weights: kernels do not look at them") {
  ModelMaker maker = test::small_classifier();
  maker.tensor_at(1).quantization->scale = {0.1F};
  maker.tensor_at(1).quantization->zero_point = {0};
  ModelMaker stale = maker;
  maker.tensor_at(2).quantization->scale = {0.1F};
  maker.tensor_at(2).quantization->zero_point = {0};
  stale.tensor_at(2).quantization->quantized_dimension = 3;
  const Opened base(maker);
  const Opened target(stale);
  const auto firmware = host::model::facts_of_base(base.open.model, {});
  CHECK(host::model::check(base.open, target.open, firmware, {}).verdict == Verdict::patch);
}

TEST_CASE("more resource variables, or larger ones, need a firmware update") {
  const auto with_variable = [](std::int32_t bytes) {
    ModelMaker maker = test::small_classifier();
    const int handle = maker.tensor("handle", TensorType::RESOURCE, {});
    const int value = maker.tensor("value", TensorType::INT8, {bytes}, 1);
    tflite::VarHandleOptionsT options;
    options.shared_name = "state";
    maker.add(BuiltinOperator::VAR_HANDLE, 1, {}, {handle}, options);
    maker.add(BuiltinOperator::ASSIGN_VARIABLE, 1, {handle, value}, {});
    return maker;
  };
  CHECK(has_kind(step_to(with_variable(8)), "variables"));
  const Opened base(with_variable(8));
  const auto firmware = host::model::facts_of_base(base.open.model, {});
  CHECK(host::model::check(base.open, base.open, firmware, {}).verdict == Verdict::patch);
  const Opened larger(with_variable(9));
  CHECK(has_kind(host::model::check(base.open, larger.open, firmware, {}), "variables"));
}

TEST_CASE("a command stream for another accelerator needs another part") {
  const auto compiled_for = [](std::uint8_t macs, std::uint8_t product) {
    ModelMaker maker = test::small_classifier();
    const int stream = maker.constant("stream", TensorType::UINT8, {16},
                                      {'C', 'O', 'P', '1', 1, 0, 0, 0, macs, 0x20, 0,
                                       static_cast<std::uint8_t>(product << 4), 0, 0, 0, 0x10});
    maker.add_custom("ethos-u", 1, {stream}, {4});
    return maker;
  };
  const Opened base(compiled_for(8, 0));
  const auto firmware = host::model::facts_of_base(base.open.model, {});
  const auto kind_for = [&](std::uint8_t macs, std::uint8_t product) {
    const Opened target(compiled_for(macs, product));
    return host::model::check(base.open, target.open, firmware, {}).reasons[0].kind;
  };
  CHECK(kind_for(8, 0) == "identical");
  CHECK(kind_for(6, 0) == "accelerator");
  CHECK(kind_for(8, 1) == "accelerator");
}
