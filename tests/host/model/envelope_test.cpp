// SPDX-License-Identifier: Apache-2.0
#include "model/envelope.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"
#include "model/check.hpp"
#include "model/limits_header.hpp"
#include "model/model_entries.hpp"
#include "model/reader.hpp"
#include "support/made_model.hpp"
#include "tmd/internal/guard/io_schema.hpp"

using namespace tmd;
using host::model::Verdict;
using test::BuiltinOperator;
using test::ModelMaker;
using test::TensorType;

namespace {

struct Size {
  std::int32_t side = 32;
  std::int32_t width = 8;
  std::int32_t classes = 3;
};

/// An image classifier as small ones are: a convolution, the mean over the image, a layer for the classes.
ModelMaker classifier(const Size& size) {
  ModelMaker maker;
  const auto data = [](std::int32_t bytes) {
    return std::vector<std::uint8_t>(static_cast<std::size_t>(bytes), 1);
  };
  const int in = maker.tensor("image", TensorType::INT8, {1, size.side, size.side, 1}, 0.5F);
  const int filter =
      maker.constant("filter", TensorType::INT8, {size.width, 3, 3, 1}, data(size.width * 9), {1});
  const int bias = maker.constant("bias", TensorType::INT32, {size.width}, data(size.width * 4), {1});
  const int maps =
      maker.tensor("maps", TensorType::INT8, {1, size.side / 2, size.side / 2, size.width}, 0.5F);
  const int axes = maker.constant("axes", TensorType::INT32, {2}, {1, 0, 0, 0, 2, 0, 0, 0});
  const int mean = maker.tensor("mean", TensorType::INT8, {1, size.width}, 0.5F);
  const int weights = maker.constant("weights", TensorType::INT8, {size.classes, size.width},
                                     data(size.classes * size.width), {1});
  const int scores = maker.tensor("scores", TensorType::INT8, {1, size.classes}, 0.5F);
  maker.add(BuiltinOperator::CONV_2D, 3, {in, filter, bias}, {maps}, tflite::Conv2DOptionsT());
  maker.add(BuiltinOperator::MEAN, 2, {maps, axes}, {mean});
  maker.add(BuiltinOperator::FULLY_CONNECTED, 4, {mean, weights, -1}, {scores},
            tflite::FullyConnectedOptionsT());
  maker.inputs({in}).outputs({scores});
  return maker;
}

host::model::Candidate candidate(const std::string& name, const ModelMaker& maker) {
  const std::vector<std::uint8_t> file = maker.file();
  return {name,
          host::model::parse_or_throw(test::bytes_of(file), name),
          static_cast<std::uint32_t>(file.size()),
          {}};
}

/// The decision on a step from the plain classifier, by the desk and by what a device compares.
Verdict decide(const ModelMaker& target, const host::model::FirmwareFacts& firmware) {
  const std::vector<std::uint8_t> before = classifier({}).file();
  const std::vector<std::uint8_t> after = target.file();
  const host::model::OpenModel base = {host::model::parse_or_throw(test::bytes_of(before), "base"),
                                       test::bytes_of(before)};
  const host::model::OpenModel wanted = {host::model::parse_or_throw(test::bytes_of(after), "target"),
                                         test::bytes_of(after)};
  return host::model::check(base, wanted, firmware, {}).verdict;
}

host::model::FirmwareFacts provided(double headroom, const std::string& flexible) {
  host::model::EnvelopeChoice choice;
  choice.headroom = headroom;
  choice.io_flexible = host::model::parse_flexible(flexible);
  return host::model::envelope_of({candidate("plain", classifier({}))}, choice).facts;
}

}  // namespace

TEST_CASE("the eight decisions on a firmware that provided for them") {
  const host::model::FirmwareFacts firmware = provided(1.5, "classes,resolution");
  ModelMaker weights = classifier({});
  weights.model.buffers[1]->data[3] = 77;
  CHECK(decide(weights, firmware) == Verdict::patch);
  CHECK(decide(classifier({32, 8, 4}), firmware) == Verdict::patch);   // an added class
  CHECK(decide(classifier({32, 12, 3}), firmware) == Verdict::patch);  // a wider layer
  CHECK(decide(classifier({48, 8, 3}), firmware) == Verdict::patch);   // an input of 48 instead of 32
  ModelMaker recurrent = classifier({});
  recurrent.add(BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, 1, {7}, {7});
  CHECK(decide(recurrent, firmware) == Verdict::firmware);               // an operator that is not linked
  CHECK(decide(classifier({96, 8, 3}), firmware) == Verdict::firmware);  // beyond the arena
  ModelMaker large = classifier({});
  large.metadata("ballast", std::vector<std::uint8_t>(8000));
  CHECK(decide(large, firmware) == Verdict::firmware);  // beyond the slot
  ModelMaker colours = classifier({});
  colours.tensor_at(0).shape = {1, 32, 32, 3};
  CHECK(decide(colours, firmware) == Verdict::firmware);  // channels, which nobody provided for
}

TEST_CASE("without headroom and flexible axes the same steps need a firmware update") {
  const host::model::FirmwareFacts firmware = provided(0, "");
  ModelMaker weights = classifier({});
  weights.model.buffers[1]->data[3] = 77;
  CHECK(decide(weights, firmware) == Verdict::patch);
  CHECK(decide(classifier({32, 8, 4}), firmware) == Verdict::firmware);
  CHECK(decide(classifier({32, 12, 3}), firmware) == Verdict::firmware);
  CHECK(decide(classifier({48, 8, 3}), firmware) == Verdict::firmware);
}

TEST_CASE("an envelope holds the most of every candidate, and says who needs it") {
  ModelMaker recurrent = classifier({});
  recurrent.add(BuiltinOperator::LOGISTIC, 1, {7}, {7});
  const host::model::Envelope envelope =
      host::model::envelope_of({candidate("plain", classifier({})),
                                candidate("wide", classifier({32, 64, 3})), candidate("curved", recurrent)},
                               {});
  CHECK(envelope.facts.operators.size() == 4);
  CHECK(envelope.facts.arena_bytes ==
        host::model::arena_bytes(candidate("wide", classifier({32, 64, 3})).model));
  REQUIRE(envelope.notes.size() == 3);
  CHECK(envelope.notes[0].find("decides") == std::string::npos);
  CHECK(envelope.notes[1].find("decides the arena, the slot") != std::string::npos);
  CHECK(envelope.notes[2].find("decides LOGISTIC") != std::string::npos);
}

TEST_CASE("an operator of an envelope has the features that any candidate asks of it") {
  ModelMaker dilated = classifier({});
  dilated.graph().operators[0]->builtin_options.AsConv2DOptions()->dilation_w_factor = 2;
  const auto facts =
      host::model::envelope_of({candidate("dilated", dilated), candidate("plain", classifier({}))}, {}).facts;
  REQUIRE(facts.operators.size() == 3);
  const auto has_dilation = [](const host::model::UsedOperator& op) {
    return (op.features & operator_features::kDilation) != 0;
  };
  CHECK(std::count_if(facts.operators.begin(), facts.operators.end(), has_dilation) == 1);
}

TEST_CASE("headroom is never less than what was asked for, and ends at 16 bytes") {
  const host::model::FirmwareFacts plain = provided(0, ""), firmware = provided(0.01, "");
  CHECK(firmware.slot_bytes >= plain.slot_bytes * 1.01);
  CHECK(firmware.arena_bytes >= plain.arena_bytes * 1.01);
  CHECK(firmware.slot_bytes % 16 == 0);
  CHECK(firmware.arena_bytes % 16 == 0);
}

TEST_CASE("candidates with other inputs are refused unless that may differ") {
  const std::vector<host::model::Candidate> both = {candidate("plain", classifier({})),
                                                    candidate("sharp", classifier({48, 8, 3}))};
  CHECK_THROWS_AS((void)host::model::envelope_of(both, {}), host::Error);
  host::model::EnvelopeChoice choice;
  choice.io_flexible = io_flexible::kResolution;
  CHECK(host::model::envelope_of(both, choice).notes.size() == 2);
  CHECK_THROWS_AS((void)host::model::envelope_of({}, {}), host::Error);
}

TEST_CASE("flexible axes are named by words") {
  CHECK_THROWS_AS((void)host::model::parse_flexible("classes,"), host::Error);
  CHECK(host::model::parse_flexible("classes,quantisation") ==
        (io_flexible::kClasses | io_flexible::kQuantisation));
  CHECK(host::model::flexible_text(7) == "classes,resolution,quantisation");
  CHECK_THROWS_AS((void)host::model::parse_flexible("classes,channels"), host::Error);
}

TEST_CASE("the header reads back as the envelope, with a resolver for exactly its operators") {
  host::model::EnvelopeChoice choice;
  choice.headroom = 0.3;
  choice.io_flexible = io_flexible::kClasses;
  ModelMaker custom = classifier({});
  custom.add_custom("fft", 1, {7}, {7});
  const host::model::Envelope envelope =
      host::model::envelope_of({candidate("plain", classifier({})), candidate("custom", custom)}, choice);
  const std::string header = host::model::limits_header(envelope, "Limits");
  const host::model::FirmwareFacts facts = host::model::read_limits_header(header, "limits.hpp");
  CHECK(facts.operators == envelope.facts.operators);
  CHECK(facts.arena_bytes == envelope.facts.arena_bytes);
  CHECK(facts.slot_bytes == envelope.facts.slot_bytes);
  CHECK(facts.io_flexible == io_flexible::kClasses);
  CHECK(facts.variables == 0U);
  CHECK(header.find("MicroMutableOpResolver<4>") != std::string::npos);
  for (const char* call : {"AddConv2D()", "AddMean()", "AddFullyConnected()", "yours to add: custom 'fft'"})
    CHECK(header.find(call) != std::string::npos);
}

TEST_CASE(
    "of candidates for one accelerator the newest architecture counts, in whatever order they are given") {
  const auto compiled_for = [](std::uint8_t macs, std::uint8_t minor) {
    host::model::Candidate made = candidate("vela", classifier({}));
    made.model.accelerator =
        host::model::AcceleratorConfig{0x10U | macs, 0x10000000U | std::uint32_t{minor} << 20};
    return made;
  };
  const host::model::Candidate older = compiled_for(8, 0), newer = compiled_for(8, 1);
  CHECK_NOTHROW((void)host::model::envelope_of({newer, older}, {}));
  CHECK_NOTHROW((void)host::model::envelope_of({older, newer}, {}));
  CHECK(host::model::envelope_of({newer, older}, {}).facts.accelerator == newer.model.accelerator);
  CHECK(host::model::envelope_of({older, newer}, {}).facts.accelerator == newer.model.accelerator);
  CHECK_THROWS_WITH_AS((void)host::model::envelope_of({older, compiled_for(7, 1)}, {}),
                       doctest::Contains("another candidate for"), host::Error);
}
