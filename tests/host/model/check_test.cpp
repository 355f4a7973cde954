// SPDX-License-Identifier: Apache-2.0
#include "model/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "model/reader.hpp"
#include "support/corpus.hpp"
#include "support/made_model.hpp"

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
  CHECK(kinds(step_to(target)) == Kinds{"length"});

  ModelMaker reordered = test::small_classifier();
  std::swap(reordered.graph().tensors[1], reordered.graph().tensors[2]);
  reordered.graph().operators[0]->inputs = {0, 2, 1};
  CHECK(step_to(reordered).verdict == Verdict::patch);
  CHECK(kinds(step_to(reordered)) == Kinds{"layout"});

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
  CHECK(dtype->text == "FULLY_CONNECTED takes int4 data, which it does not in the base");
}

TEST_CASE("sparse weights need a firmware update") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(1).sparsity = std::make_unique<tflite::SparsityParametersT>();
  CHECK(step_to(target).verdict == Verdict::firmware);
  CHECK(step_to(target).reasons[0].kind == "sparsity");
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
  const std::string tests = text_of("tests/host/model/check_test.cpp") +
                            text_of("tests/host/input/load_input_test.cpp") +
                            text_of("tests/host/input/elf_part_test.cpp");
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
