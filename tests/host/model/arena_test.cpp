// SPDX-License-Identifier: Apache-2.0
#include "model/arena.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "base/error.hpp"
#include "model/memory_plan.hpp"
#include "model/reader.hpp"
#include "support/corpus.hpp"
#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using host::model::planned_size;
using host::model::PlannedBuffer;
using test::ModelMaker;
using test::parsed;
using test::TensorType;

namespace {

/// A chain of RELU operators through int8 activations of these sizes.
ModelMaker chain(const std::vector<std::int32_t>& sizes) {
  ModelMaker maker;
  std::vector<int> tensors;
  for (const std::int32_t size : sizes) tensors.push_back(maker.tensor("t", TensorType::INT8, {1, size}, 1));
  for (std::size_t i = 1; i < tensors.size(); ++i)
    maker.add(test::BuiltinOperator::RELU, 2, {tensors[i - 1]}, {tensors[i]});
  maker.inputs({tensors.front()}).outputs({tensors.back()});
  return maker;
}

}  // namespace

TEST_CASE("buffers that live at the same time lie side by side, others share their place") {
  CHECK(planned_size({}) == 0);
  CHECK(planned_size({{64, 0, 1, {}}, {32, 1, 2, {}}}) == 96);
  CHECK(planned_size({{64, 0, 1, {}}, {32, 2, 3, {}}}) == 64);
  // 32 fits into the hole that 64 leaves between two that outlive it.
  CHECK(planned_size({{48, 0, 9, {}}, {64, 0, 1, {}}, {32, 2, 3, {}}, {16, 0, 9, {}}}) == 128);
}

TEST_CASE("a plan that the model brings along is kept") {
  CHECK(planned_size({{16, 0, 1, 1024}, {16, 0, 1, {}}}) == 1040);
}

TEST_CASE("activations take the room of those that are alive together") {
  CHECK(host::model::estimate_arena(parsed(chain({16, 16}))).non_persistent == 32);
  CHECK(host::model::estimate_arena(parsed(chain({16, 48, 32, 16}))).non_persistent == 80);
  CHECK(host::model::estimate_arena(parsed(chain({1, 1}))).non_persistent == 32);  // 16-byte alignment
}

TEST_CASE("a variable tensor is there for good") {
  ModelMaker maker = chain({16, 16, 16});
  const host::model::ArenaEstimate before = host::model::estimate_arena(parsed(maker));
  maker.tensor_at(1).is_variable = true;
  maker.tensor_at(1).shape = {1, 1600};
  const host::model::ArenaEstimate after = host::model::estimate_arena(parsed(maker));
  CHECK(after.persistent - before.persistent == 1600);
}

TEST_CASE("an offline memory plan in the metadata decides") {
  ModelMaker maker = chain({16, 16});
  maker.metadata("OfflineMemoryAllocation",
                 {1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 16, 0, 0, 255, 255, 255, 255});
  CHECK(host::model::estimate_arena(parsed(maker)).non_persistent == 4096 + 16);
}

TEST_CASE("a kernel without figures is named, and costs more than any known one of its kind") {
  ModelMaker maker = chain({16, 16});
  const std::uint64_t before = host::model::estimate_arena(parsed(maker)).arena;
  maker.add_custom("ethos-u", 1, {1}, {1});
  const host::model::ArenaEstimate estimate = host::model::estimate_arena(parsed(maker));
  CHECK(estimate.unknown_kernels == std::vector<std::string>{"custom 'ethos-u'"});
  CHECK(estimate.arena > before + 256);
}

TEST_CASE("a factor and an explicit value override the estimate") {
  const host::model::Model model = parsed(chain({1000, 1000}));
  const std::uint32_t plain = host::model::arena_bytes(model);
  CHECK(host::model::arena_bytes(model, {1.5, 0, ""}) == (plain * 3 + 1) / 2);
  CHECK(host::model::arena_bytes(model, {1.0, 12345, ""}) == 12345);
  CHECK_THROWS_AS((void)host::model::arena_bytes(model, {0.0, 0, ""}), host::Error);
}

TEST_CASE("subgraphs that call each other without end are an error") {
  ModelMaker maker = chain({16, 16});
  tflite::CallOnceOptionsT self;
  self.init_subgraph_index = 0;
  maker.add(test::BuiltinOperator::CALL_ONCE, 1, {}, {}, self);
  CHECK_THROWS_WITH_AS((void)host::model::estimate_arena(parsed(maker)),
                       "the model's subgraphs call each other without end, which no interpreter can run",
                       host::Error);
}

TEST_CASE("a call of a subgraph that is not there is an error that names the operator") {
  ModelMaker maker = chain({16, 16});
  tflite::CallOnceOptionsT absent;
  absent.init_subgraph_index = 7;
  maker.add(test::BuiltinOperator::CALL_ONCE, 1, {}, {}, absent);
  CHECK_THROWS_WITH_AS(
      (void)host::model::estimate_arena(parsed(maker)),
      "operator 1 of subgraph 0, CALL_ONCE, calls subgraph 7, which is not there: export the model again",
      host::Error);
}

TEST_CASE("an arena with an unknown kernel is marked as a bound, another one is not") {
  ModelMaker maker = chain({16, 16});
  CHECK_FALSE(host::model::is_arena_bound(host::model::arena_bytes(parsed(maker))));
  maker.add_custom("fft", 1, {1}, {1});
  CHECK(host::model::is_arena_bound(host::model::arena_bytes(parsed(maker))));
  CHECK(host::model::estimate_arena(parsed(maker)).unknown_bytes >= 256);
}

TEST_CASE("a state of TFLM is a year and a month") {
  CHECK(host::model::parse_tflm("2025-06") == 202506);
  CHECK(host::model::parse_tflm("") == host::model::kNewestTflm);
  for (const char* wrong : {"2025", "2025-6", "june 25", "2025/06", "2025-00", "2025-13"})
    CHECK_THROWS_AS((void)host::model::parse_tflm(wrong), host::Error);
}

TEST_CASE("what a loop runs several times keeps its place in between") {
  // Two CALL_ONCE of one subgraph whose only activation is large, and large ones of main around them.
  ModelMaker maker = chain({1600, 1600});
  tflite::CallOnceOptionsT call;
  call.init_subgraph_index = 1;
  maker.add(test::BuiltinOperator::CALL_ONCE, 1, {}, {}, call);
  const int between = maker.tensor("between", TensorType::INT8, {1, 1600}, 1);
  maker.add(test::BuiltinOperator::RELU, 2, {1}, {between});
  maker.add(test::BuiltinOperator::RELU, 2, {between}, {1});
  maker.add(test::BuiltinOperator::CALL_ONCE, 1, {}, {}, call);
  maker.subgraph("called");
  const int inner = maker.tensor("inner", TensorType::INT8, {1, 1600}, 1);
  maker.add(test::BuiltinOperator::RELU, 2, {inner}, {inner});
  CHECK(host::model::estimate_arena(parsed(maker)).non_persistent == 3 * 1600);
}

TEST_CASE("a signal chain's rings and transforms are counted") {
  ModelMaker maker;
  const int in = maker.tensor("in", TensorType::INT16, {1, 160});
  const int frames = maker.tensor("frames", TensorType::INT16, {1, 1, 480});
  const int valid = maker.tensor("valid", TensorType::BOOL, {});
  maker.add_custom("SignalFramer", 1, {in}, {frames, valid});
  const int windowed = maker.tensor("windowed", TensorType::INT16, {1, 1, 512});
  const int spectrum = maker.tensor("spectrum", TensorType::INT16, {1, 1, 514});
  maker.add_custom("SignalRfft", 1, {windowed}, {spectrum});
  maker.inputs({in}).outputs({spectrum});
  const host::model::ArenaEstimate estimate = host::model::estimate_arena(parsed(maker));
  CHECK(estimate.unknown_kernels.empty());
  // A ring of twice 480 samples; a transform of 256 complex points with its twiddles.
  CHECK(estimate.persistent >= 2 * 480 * 2 + 24 + 256 * 4 + 384 * 4 + 264);
}

TEST_CASE("the arena of published models is never too small and at most a quarter or 2 KB too large") {
  const std::filesystem::path corpus = test::corpus_folder();
  if (corpus.empty()) {
    MESSAGE("skipped: the corpus is not beside this checkout");
    return;
  }
  std::ifstream table(corpus / "arena.tsv");
  std::string line;
  std::getline(table, line);
  REQUIRE(line.starts_with("model\tarena_used_bytes\tsmallest_arena\tnon_persistent\t"));
  std::size_t models = 0;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string name;
    std::uint64_t used = 0, smallest = 0, non_persistent = 0;
    fields >> name >> used >> smallest >> non_persistent;
    const host::model::ParseResult result =
        host::model::parse(test::bytes_of(test::read_file(corpus / name)));
    REQUIRE(result);
    // They were measured before reductions changed.
    const host::model::ArenaEstimate estimate = host::model::estimate_arena(*result.model, 202512);
    INFO(name << ": TFLM runs in " << smallest << ", computed " << estimate.arena);
    CHECK(estimate.arena >= smallest);
    CHECK((estimate.arena * 4 <= smallest * 5 || estimate.arena <= smallest + 2048));
    CHECK(estimate.non_persistent == non_persistent);
    CHECK(estimate.unknown_kernels.empty());
    ++models;
  }
  CHECK(models >= 24);
}

TEST_CASE("the arena of operators that were measured one by one is never too small") {
  const std::filesystem::path findings = test::corpus_folder().parent_path() / "findings" / "models";
  if (test::corpus_folder().empty() || !std::filesystem::exists(findings / "arena.tsv")) {
    MESSAGE("skipped: the measured models are not beside this checkout");
    return;
  }
  std::ifstream table(findings / "arena.tsv");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string name;
    std::uint64_t smallest = 0;
    fields >> name >> smallest;
    const auto result = host::model::parse(test::bytes_of(test::read_file(findings / name)));
    REQUIRE(result);
    const std::uint64_t arena = host::model::estimate_arena(*result.model).arena;
    INFO(name << ": TFLM runs in " << smallest << ", computed " << arena);
    CHECK(arena >= smallest);
    CHECK((arena * 4 <= smallest * 5 || arena <= smallest + 2048));
  }
}
