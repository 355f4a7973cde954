// SPDX-License-Identifier: Apache-2.0
// Every published model: which of them run, that the computed arena is the one they run in, and what they answer.
#include "support/corpus.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "interpreter/interpreter.hpp"
#include "model/arena.hpp"
#include "model/kernel_memory.hpp"
#include "model/reader.hpp"
#include "modelgen/random.hpp"
#include "tmd/digest/crc32.hpp"

namespace tmd::host::interpreter {
namespace {

std::vector<std::filesystem::path> corpus_models() {
  std::vector<std::filesystem::path> paths;
  const std::filesystem::path corpus = tmd::test::corpus_folder();
  if (corpus.empty()) return paths;
  for (const auto& entry : std::filesystem::directory_iterator(corpus / "models"))
    if (entry.path().extension() == ".tflite") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Models whose weights are int8 and whose activations are floats: TFLM refuses them too.
bool is_hybrid(const std::string& name) {
  return name.starts_with("imudr") || name.starts_with("model_ToyCar_quant");
}

bool has_scratch(const model::Model& parsed) {
  for (const model::Subgraph& graph : parsed.subgraphs) {
    for (const model::Operator& op : graph.operators)
      if (!model::kernel_memory(parsed, graph, op).scratch.empty()) return true;
  }
  return false;
}

struct Loaded {
  explicit Loaded(const std::filesystem::path& path) : file(read_file(path.string())) {
    status = interpreter.load(view(file), {});
    arena.resize(interpreter.arena_needed());
    if (status == InterpreterStatus::arena_too_small)
      status = interpreter.load(view(file), tmd::MutableBytes(arena.data(), arena.size()));
  }
  std::vector<std::uint8_t> run(std::uint64_t seed) {
    modelgen::Random random(seed);
    for (std::uint8_t& byte : interpreter.input()) byte = static_cast<std::uint8_t>(random.bits());
    REQUIRE(interpreter.invoke() == InterpreterStatus::ok);
    return {interpreter.output().begin(), interpreter.output().end()};
  }

  std::vector<std::uint8_t> file, arena;
  LargeInterpreter interpreter;
  InterpreterStatus status = InterpreterStatus::malformed;
};

}  // namespace

TEST_CASE("every model of the corpus runs that TFLM runs, in the arena that was computed for it") {
  const std::vector<std::filesystem::path> paths = corpus_models();
  if (paths.empty()) {
    MESSAGE("skipped: the corpus of published models is not beside the checkout");
    return;
  }
  for (const std::filesystem::path& path : paths) {
    const std::string name = path.filename().string();
    CAPTURE(name);
    Loaded loaded(path);
    if (is_hybrid(name)) {
      CHECK(loaded.status == InterpreterStatus::unsupported);
      continue;
    }
    REQUIRE(loaded.status == InterpreterStatus::ok);
    const model::Model parsed = model::parse_or_throw(view(loaded.file), name);
    const model::ArenaEstimate estimate = model::estimate_arena(parsed);
    if (has_scratch(parsed))
      CHECK(loaded.interpreter.planned() <= estimate.non_persistent);
    else
      CHECK(loaded.interpreter.planned() == estimate.non_persistent);
    CHECK(loaded.interpreter.arena_needed() <= estimate.arena);
  }
}

TEST_CASE("a streaming model remembers, and a reset makes it forget") {
  const std::filesystem::path corpus = tmd::test::corpus_folder();
  if (corpus.empty()) {
    MESSAGE("skipped: the corpus of published models is not beside the checkout");
    return;
  }
  Loaded loaded(corpus / "models" / "hey_jarvis.v3.tflite");
  REQUIRE(loaded.status == InterpreterStatus::ok);
  std::vector<std::vector<std::uint8_t>> first, second;
  for (std::uint64_t i = 0; i < 40; ++i) first.push_back(loaded.run(5 + i % 7));
  loaded.interpreter.reset();
  for (std::uint64_t i = 0; i < 40; ++i) second.push_back(loaded.run(5 + i % 7));
  CHECK(first == second);
}

// Stored outputs; for other inputs TFLite's C library gave equal ones: tools/compare-interpreters.sh.
TEST_CASE("models of every kind answer as they did") {
  const std::filesystem::path corpus = tmd::test::corpus_folder();
  if (corpus.empty()) {
    MESSAGE("skipped: the corpus of published models is not beside the checkout");
    return;
  }
  const std::map<std::string, std::uint32_t> expected = {
      {"aww_ref_model.v1", 270932920U}, {"conv2.v1", 3151248585U},           {"hey_jarvis.v1", 3631285291U},
      {"hey_jarvis.v2", 4080491447U},   {"hey_jarvis.v3", 558161692U},       {"vww_96_int8.v1", 2282263930U},
      {"micro_speech.v1", 2308592188U}, {"str_ww_ref_model.v1", 3582101751U}};
  for (const auto& [model, sum] : expected) {
    const std::string name = model;
    CAPTURE(name);
    Loaded loaded(corpus / "models" / (name + ".tflite"));
    REQUIRE(loaded.status == InterpreterStatus::ok);
    std::vector<std::uint8_t> outputs;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const std::vector<std::uint8_t> output = loaded.run(seed);
      outputs.insert(outputs.end(), output.begin(), output.end());
    }
    CHECK(tmd::Crc32::of(view(outputs)) == sum);
  }
}

}  // namespace tmd::host::interpreter
