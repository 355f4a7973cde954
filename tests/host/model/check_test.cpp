// SPDX-License-Identifier: Apache-2.0
#include "model/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "model/reader.hpp"
#include "support/corpus.hpp"
#include "support/made_model.hpp"
#include "tmd/internal/guard/io_schema.hpp"

using namespace tmd;
using host::model::Verdict;
using test::BuiltinOperator;
using test::ModelMaker;
using test::TensorType;

namespace {

/// A model's file together with what was read from it.
struct Opened {
  explicit Opened(const ModelMaker& maker) : file(maker.file()) {
    host::model::ParseResult result = host::model::parse(test::bytes_of(file));
    INFO(result.error);
    REQUIRE(result);
    open = {std::move(*result.model), test::bytes_of(file)};
  }
  std::vector<std::uint8_t> file;
  host::model::OpenModel open;
};

/// The step from the small classifier to `target`, on a firmware made for the small classifier.
host::model::CheckReport step_to(const ModelMaker& target, const host::model::CheckOptions& options = {},
                                 bool allow_relaxed = false) {
  const Opened base(test::small_classifier());
  const Opened after(target);
  host::model::FirmwareFacts firmware = host::model::facts_of_base(base.open.model, {});
  firmware.allow_relaxed = allow_relaxed;
  return host::model::check(base.open, after.open, firmware, options);
}

std::vector<std::string> kinds(const host::model::CheckReport& report) {
  std::vector<std::string> kinds;
  for (const host::model::Reason& reason : report.reasons) kinds.push_back(reason.kind);
  return kinds;
}

bool has_kind(const host::model::CheckReport& report, const std::string& kind) {
  const std::vector<std::string> all = kinds(report);
  return std::find(all.begin(), all.end(), kind) != all.end();
}

using Kinds = std::vector<std::string>;

}  // namespace

TEST_CASE("a patch carries other weights") {
  ModelMaker target = test::small_classifier();
  target.model.buffers[1]->data[5] = 99;
  target.model.buffers[1]->data[6] = 98;
  const host::model::CheckReport report = step_to(target);
  CHECK(report.verdict == Verdict::patch);
  REQUIRE(kinds(report) == Kinds{"weights"});
  CHECK(report.reasons[0].text == "2 of 24 bytes of weights differ, in 1 tensors");
}

TEST_CASE("a patch carries other inner quantisation") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(1).quantization->scale[2] = 0.4F;
  target.tensor_at(3).quantization->zero_point[0] = 11;
  const host::model::CheckReport report = step_to(target);
  CHECK(report.verdict == Verdict::patch);
  REQUIRE(kinds(report) == Kinds{"quantisation"});
  CHECK(report.reasons[0].text == "2 tensors have other scales or zero points");
}

TEST_CASE("a patch carries other quantisation of inputs where the application reads it from the model") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(0).quantization->scale[0] = 0.25F;
  CHECK(step_to(target, {}, true).verdict == Verdict::patch);
  CHECK(kinds(step_to(target, {}, true)) == Kinds{"io-quantisation", "quantisation"});
  // The firmware that tmd limits writes a header for has it built in, unless that was told otherwise.
  CHECK(step_to(target).verdict == Verdict::firmware);
  host::model::CheckOptions strict;
  strict.strict = true;
  CHECK(step_to(target, strict, true).verdict == Verdict::firmware);
  CHECK(step_to(target, strict, true).reasons[0].kind == "io-quantisation");
}

TEST_CASE("a patch carries other names, other metadata and another order of the tensors") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(0).name = "renamed";
  target.metadata("author", {'m', 'e'});
  CHECK(step_to(target).verdict == Verdict::patch);
  CHECK(kinds(step_to(target)) == Kinds{"length", "layout"});

  ModelMaker reordered = test::small_classifier();
  std::swap(reordered.graph().tensors[1], reordered.graph().tensors[2]);
  reordered.graph().operators[0]->inputs = {0, 2, 1};
  CHECK(step_to(reordered).verdict == Verdict::patch);
  CHECK(kinds(step_to(reordered)) == Kinds{"re-export"});

  CHECK(kinds(step_to(test::small_classifier())) == Kinds{"identical"});
}

TEST_CASE("a patch carries other operator options") {
  ModelMaker target = test::small_classifier();
  target.graph().operators[1]->builtin_options.AsSoftmaxOptions()->beta = 2;
  CHECK(step_to(target).verdict == Verdict::patch);
  CHECK(kinds(step_to(target)) == Kinds{"options"});
}

TEST_CASE("a patch carries another graph of operators that the firmware has, while the arena suffices") {
  ModelMaker target = test::small_classifier();
  target.graph().operators.pop_back();
  target.graph().operators[0]->outputs = {4};
  const host::model::CheckReport report = step_to(target);
  CHECK(report.verdict == Verdict::patch);
  CHECK(has_kind(report, "graph"));
  CHECK(has_kind(report, "operator-unused"));
}

TEST_CASE("the same operators wired in another way are another graph, not another layout") {
  ModelMaker crossed = test::small_classifier();
  const auto add_two = [](ModelMaker& maker, bool other_way) {
    maker.add(BuiltinOperator::LOGISTIC, 1, {3}, {3});
    const std::int32_t left = 3;
    const std::int32_t right = 4;
    maker.add(BuiltinOperator::ADD, 1,
              other_way ? std::vector<std::int32_t>{right, left} : std::vector{left, right}, {4});
  };
  ModelMaker straight = test::small_classifier();
  add_two(straight, false);
  add_two(crossed, true);
  const Opened before(straight);
  const Opened after(crossed);
  const host::model::CheckReport report =
      host::model::check(before.open, after.open, host::model::facts_of_base(before.open.model, {}), {});
  CHECK(report.verdict == Verdict::patch);
  REQUIRE(kinds(report) == Kinds{"graph"});
  CHECK(report.reasons[0].text.find("wired in another way") != std::string::npos);
}

TEST_CASE("a patch carries inner layers of another size while the arena suffices") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(1).shape = {2, 4};
  target.model.buffers[1]->data.assign(8, 1);
  target.tensor_at(3).shape = {1, 2};
  const host::model::CheckReport report = step_to(target);
  CHECK(report.verdict == Verdict::patch);
  CHECK(has_kind(report, "shape"));
  CHECK(has_kind(report, "weights"));
}

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

TEST_CASE("a larger arena needs a firmware update") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(3).shape = {1, 4000};
  const host::model::CheckReport report = step_to(target);
  CHECK(report.verdict == Verdict::firmware);
  CHECK(kinds(report)[0] == "arena");
  host::model::CheckOptions known;
  known.arena.explicit_bytes = 100;
  CHECK(step_to(target, known).verdict == Verdict::patch);
}

TEST_CASE("another shape, type or number of inputs or outputs needs a firmware update") {
  ModelMaker target = test::small_classifier();
  SUBCASE("shape") {
    target.tensor_at(4).shape = {1, 4};
    CHECK(kinds(step_to(target))[0] == "io-shape");
    CHECK(step_to(target).reasons[0].text == "output 0 has the shape [1,4] where it had [1,3]");
  }
  SUBCASE("type") {
    target.tensor_at(0).type = TensorType::UINT8;
    CHECK(kinds(step_to(target))[0] == "io-dtype");
    CHECK(step_to(target).reasons[0].text == "input 0 is uint8 where it was int8");
  }
  SUBCASE("number") {
    target.outputs({4, 3});
    CHECK(kinds(step_to(target))[0] == "io-count");
  }
  CHECK(step_to(target).verdict == Verdict::firmware);
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

TEST_CASE("data outside the FlatBuffer and compressed weights are no matter of a patch") {
  ModelMaker target = test::small_classifier();
  SUBCASE("outside") {
    // Behind the file's first bytes: where it points to is all the same.
    target.model.buffers[1]->data.clear();
    target.model.buffers[1]->offset = 16;
    target.model.buffers[1]->size = 12;
    CHECK(kinds(step_to(target))[0] == "buffer-offset");
  }
  SUBCASE("compressed") {
    flatbuffers::FlatBufferBuilder builder;
    const auto table =
        [&](std::initializer_list<std::pair<flatbuffers::voffset_t, flatbuffers::Offset<void>>> fields,
            bool lut) {
          const auto start = builder.StartTable();
          if (lut) builder.AddElement<std::int32_t>(4, 1, 0);
          for (const auto& [field, offset] : fields) builder.AddOffset(field, offset);
          return flatbuffers::Offset<void>(builder.EndTable(start));
        };
    const auto lut = table({}, true);
    const auto luts = builder.CreateVector(std::vector<flatbuffers::Offset<void>>{lut});
    const auto graph = table({{4, luts.Union()}}, false);
    const auto graphs = builder.CreateVector(std::vector<flatbuffers::Offset<void>>{graph});
    builder.Finish(table({{6, graphs.Union()}}, false));
    target.model.buffers[1]->data.assign(5, 0x1B);  // two bits for each of twelve weights, and a rest
    target.metadata("COMPRESSION_METADATA",
                    {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()});
    CHECK(kinds(step_to(target))[0] == "compression");
  }
  CHECK(step_to(target).verdict == Verdict::firmware);
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

TEST_CASE("what the firmware leaves to the model of inputs and outputs is a patch") {
  ModelMaker maker = test::small_classifier();
  maker.tensor_at(4).shape = {1, 4};
  maker.tensor_at(3).shape = {1, 4};
  const Opened base(test::small_classifier());
  const Opened target(maker);
  host::model::FirmwareFacts firmware = host::model::facts_of_base(base.open.model, {});
  CHECK(has_kind(host::model::check(base.open, target.open, firmware, {}), "io-shape"));
  firmware.io_flexible = io_flexible::kClasses;
  const host::model::CheckReport report = host::model::check(base.open, target.open, firmware, {});
  CHECK(report.verdict == Verdict::patch);
  CHECK(has_kind(report, "io-flexible"));
}

TEST_CASE("a model that outgrows its slot needs a firmware update") {
  host::model::CheckOptions options;
  options.slot_bytes = 100;
  CHECK(step_to(test::small_classifier(), options).verdict == Verdict::firmware);
  CHECK(step_to(test::small_classifier(), options).reasons[0].kind == "length");
  options.slot_bytes = 100000;
  CHECK(step_to(test::small_classifier(), options).verdict == Verdict::patch);
}

TEST_CASE("a firmware's own limits decide, not the base") {
  const Opened base(test::small_classifier());
  ModelMaker maker = test::small_classifier();
  maker.add(BuiltinOperator::LOGISTIC, 1, {4}, {4});
  const Opened target(maker);
  host::model::FirmwareFacts firmware = host::model::facts_of_base(target.open.model, {});
  CHECK(host::model::check(base.open, target.open, firmware, {}).verdict == Verdict::patch);
  firmware.arena_bytes = 16;
  CHECK(host::model::check(base.open, target.open, firmware, {}).reasons[0].kind == "arena");
  firmware = {};
  CHECK(host::model::check(base.open, target.open, firmware, {}).verdict == Verdict::patch);
  firmware.abi = 4;
  CHECK(host::model::check(base.open, target.open, firmware, {}).reasons[0].kind == "abi");
  firmware = {};
  firmware.slot_alignment = 8;
  CHECK(host::model::check(base.open, target.open, firmware, {}).reasons[0].kind == "alignment");
}

TEST_CASE("every reason in the table of docs/model.md is met in these tests") {
  const std::filesystem::path root = TMD_SOURCE_ROOT;
  const auto text_of = [&](const char* path) {
    const auto bytes = test::read_file(root / path);
    return std::string(bytes.begin(), bytes.end());
  };
  const std::string tests =
      text_of("tests/host/model/check_test.cpp") + text_of("tests/host/input/load_input_test.cpp") +
      text_of("tests/host/input/elf_part_test.cpp") + text_of("tests/host/input/edge_impulse_test.cpp");
  std::istringstream lines(text_of("docs/model.md"));
  std::string line;
  while (std::getline(lines, line) && line != "| change | reason | verdict |") {
  }
  std::size_t reasons = 0;
  while (std::getline(lines, line) && line.starts_with("|")) {
    for (std::size_t at = line.find('`'); at != line.npos; at = line.find('`', at + 1)) {
      const std::size_t end = line.find('`', at + 1);
      REQUIRE(end != line.npos);
      const std::string kind = line.substr(at + 1, end - at - 1);
      at = end;
      if (kind.starts_with("--")) continue;
      CAPTURE(kind);
      CHECK(tests.find('"' + kind + '"') != tests.npos);
      ++reasons;
    }
  }
  CHECK(reasons >= 20);
}
