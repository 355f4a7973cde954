// SPDX-License-Identifier: Apache-2.0
// What a patch carries, and what needs a firmware update. What operators are needed for: check_operators_test.cpp.
#include "model/check.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "host/model/checked_step.hpp"
#include "support/corpus.hpp"
#include "tmd/internal/guard/io_schema.hpp"

using namespace tmd;
using host::model::Verdict;
using test::BuiltinOperator;
using test::has_kind;
using test::Kinds;
using test::kinds;
using test::ModelMaker;
using test::Opened;
using test::step_to;
using test::TensorType;

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
      text_of("tests/host/model/check_test.cpp") + text_of("tests/host/model/check_operators_test.cpp") +
      text_of("tests/host/input/load_input_test.cpp") + text_of("tests/host/input/elf_part_test.cpp") +
      text_of("tests/host/input/edge_impulse_test.cpp");
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
