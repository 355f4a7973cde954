// SPDX-License-Identifier: Apache-2.0
// The integer interpreter: its arithmetic against real numbers, and what it does with files that lie.
#include "interpreter/interpreter.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/corpus.hpp"
#include "support/made_model.hpp"
#include "support/trained_models.hpp"

namespace tmd::host::interpreter {
namespace {

using namespace modelgen;

FloatParts parts(float value) {
  return FloatParts::of(std::bit_cast<std::uint32_t>(value));
}

std::vector<std::uint8_t> random_bytes(std::size_t count, Random& random) {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.bits());
  return bytes;
}

tmd::ConstBytes view(const std::vector<std::uint8_t>& bytes) {
  return {bytes.data(), bytes.size()};
}
tmd::MutableBytes view(std::vector<std::uint8_t>& bytes) {
  return {bytes.data(), bytes.size()};
}

std::vector<std::uint8_t> little_endian(const std::vector<std::uint32_t>& words) {
  std::vector<std::uint8_t> bytes(words.size() * 4);
  for (std::size_t i = 0; i < words.size(); ++i) tmd::store_le32(&bytes[i * 4], words[i]);
  return bytes;
}

/// A layer with weights on random numbers, and what its outputs are in real arithmetic.
struct RandomLayer {
  explicit RandomLayer(std::size_t inputs, std::size_t weight_count, std::size_t outputs,
                       std::size_t channels, std::uint64_t seed) {
    Random random(seed);
    input = random_bytes(inputs, random);
    weights = random_bytes(weight_count, random);
    output.resize(outputs);
    std::vector<std::uint32_t> bias_words, scale_words;
    for (std::size_t c = 0; c < channels; ++c) {
      bias_words.push_back(random.below(40000) - 20000U);
      scales.push_back(random.uniform(0.0005F, 0.004F));
      scale_words.push_back(std::bit_cast<std::uint32_t>(scales.back()));
    }
    biases = little_endian(bias_words);
    scale_bytes = little_endian(scale_words);
    requantisation.input = parts(0.05F);
    requantisation.output = parts(0.6F);
    requantisation.weight_scales = view(scale_bytes);
    requantisation.output_zero = 4;
    data = {view(input), -9, view(weights), view(biases), view(output)};
  }

  /// The output of channel `c` for the exact sum of products, without the bias.
  int expected(std::int64_t sum, std::size_t c) const {
    const double scale = 0.05F * static_cast<double>(scales[c]) / static_cast<double>(0.6F);
    const double real = static_cast<double>(sum + static_cast<std::int32_t>(data.bias(c))) * scale + 4.0;
    return static_cast<int>(std::min(127.0, std::max(-128.0, std::floor(real + 0.5))));
  }

  std::vector<std::uint8_t> input, weights, biases, scale_bytes, output;
  std::vector<float> scales;
  Requantisation requantisation;
  Weighted data;
};

InterpreterStatus load_and_run(const std::vector<std::uint8_t>& file, std::vector<std::uint8_t>& arena) {
  Interpreter interpreter;
  const InterpreterStatus status = interpreter.load(view(file), view(arena));
  return status == InterpreterStatus::ok ? interpreter.invoke() : status;
}

}  // namespace

TEST_CASE("shifts and products round to nearest, halves away from zero") {
  CHECK(rounding_shift(5, 1) == 3);
  CHECK(rounding_shift(-5, 1) == -3);
  CHECK(rounding_shift(-4, 2) == -1);
  CHECK(rounding_shift(-6, 2) == -2);
  CHECK(rounding_shift(-5, 2) == -1);
  CHECK(high_product(1 << 30, 1 << 30) == 1 << 29);
  CHECK(high_product(INT32_MIN, INT32_MIN) == INT32_MAX);
}

TEST_CASE("a multiplier made from the bits of three floats is the one that double precision gives") {
  Random random(12);
  for (int i = 0; i < 20000; ++i) {
    const float a = random.uniform(1e-4F, 1.0F), b = random.uniform(1e-4F, 1.0F),
                c = random.uniform(1e-3F, 4.0F);
    Multiplier multiplier;
    REQUIRE(make_multiplier(parts(a), parts(b), parts(c), multiplier));
    int exponent = 0;
    const double mantissa =
        std::frexp(static_cast<double>(a) * static_cast<double>(b) / static_cast<double>(c), &exponent);
    std::int64_t value = static_cast<std::int64_t>(std::round(mantissa * 2147483648.0));
    if (value == std::int64_t{1} << 31) {
      value /= 2;
      ++exponent;
    }
    if (exponent < -31) value = exponent = 0;
    CHECK(multiplier.value == value);
    CHECK(multiplier.shift == exponent);
  }
}

TEST_CASE("scales that are no positive numbers make no multiplier") {
  Multiplier multiplier;
  for (const float bad : {0.0F, -1.0F, INFINITY, NAN, 1e-40F}) {
    CHECK_FALSE(make_multiplier(parts(bad), parts(1.0F), parts(1.0F), multiplier));
    CHECK_FALSE(make_multiplier(parts(1.0F), parts(1.0F), parts(bad), multiplier));
  }
}

TEST_CASE("a convolution gives what real arithmetic gives, to one step") {
  constexpr int kSteps = 12, kIn = 7, kOut = 5, kTaps = 4;
  RandomLayer layer(kSteps * kIn, kTaps * kIn * kOut, 6 * kOut, kOut, 21);
  Sliding sliding;
  sliding.input = {kSteps, 1, kIn};
  sliding.output = {6, 1, kOut};
  sliding.window_height = kTaps;
  sliding.stride_height = 2;
  sliding.pad_top = 1;
  REQUIRE(convolve(sliding, layer.data, layer.requantisation));
  for (int step = 0; step < 6; ++step) {
    for (int c = 0; c < kOut; ++c) {
      std::int64_t sum = 0;
      for (int tap = 0; tap < kTaps; ++tap) {
        const int from = step * 2 - 1 + tap;
        if (from < 0 || from >= kSteps) continue;  // zero, not the zero point
        for (int i = 0; i < kIn; ++i) {
          sum += (signed_byte(layer.input[static_cast<std::size_t>(from * kIn + i)]) + 9) *
                 signed_byte(layer.weights[static_cast<std::size_t>((c * kTaps + tap) * kIn + i)]);
        }
      }
      const int got = signed_byte(layer.output[static_cast<std::size_t>(step * kOut + c)]);
      CHECK(std::abs(got - layer.expected(sum, static_cast<std::size_t>(c))) <= 1);
    }
  }
}

TEST_CASE("a depthwise convolution gives what real arithmetic gives, to one step") {
  constexpr int kHeight = 5, kWidth = 4, kChannels = 6;
  RandomLayer layer(kHeight * kWidth * kChannels, 9 * kChannels, kHeight * kWidth * kChannels, kChannels, 22);
  Sliding sliding;
  sliding.input = sliding.output = {kHeight, kWidth, kChannels};
  sliding.window_height = sliding.window_width = 3;
  sliding.pad_top = sliding.pad_left = 1;
  REQUIRE(convolve_depthwise(sliding, layer.data, layer.requantisation));
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < kChannels; ++c) {
        std::int64_t sum = 0;
        for (int i = 0; i < 9; ++i) {
          const int row = y + i / 3 - 1, column = x + i % 3 - 1;
          if (row < 0 || row >= kHeight || column < 0 || column >= kWidth) continue;
          sum +=
              (signed_byte(layer.input[static_cast<std::size_t>((row * kWidth + column) * kChannels + c)]) +
               9) *
              signed_byte(layer.weights[static_cast<std::size_t>(i * kChannels + c)]);
        }
        const int got = signed_byte(layer.output[static_cast<std::size_t>((y * kWidth + x) * kChannels + c)]);
        CHECK(std::abs(got - layer.expected(sum, static_cast<std::size_t>(c))) <= 1);
      }
    }
  }
}

TEST_CASE("a dense layer gives what real arithmetic gives, to one step") {
  constexpr std::size_t kIn = 50, kOut = 8;
  RandomLayer layer(kIn, kIn * kOut, kOut, kOut, 23);
  REQUIRE(connect_fully(kIn, kOut, layer.data, layer.requantisation));
  for (std::size_t c = 0; c < kOut; ++c) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < kIn; ++i) {
      sum += (signed_byte(layer.input[i]) + 9) * signed_byte(layer.weights[c * kIn + i]);
    }
    CHECK(std::abs(signed_byte(layer.output[c]) - layer.expected(sum, c)) <= 1);
  }
}

TEST_CASE("pools take the largest, and the mean with halves away from zero") {
  const std::vector<std::uint8_t> input = {10, 0xF6, 3, 0xFD,
                                           20, 0xF5, 4, 0xFE};  // two channels, four moments
  std::vector<std::uint8_t> output(4);
  Sliding sliding;
  sliding.input = {4, 1, 2};
  sliding.output = {2, 1, 2};
  sliding.window_height = sliding.stride_height = 2;
  pool_maximum(sliding, view(input), -128, 127, view(output));
  CHECK(output == std::vector<std::uint8_t>{10, 0xFD, 20, 0xFE});
  pool_average(sliding, view(input), -128, 127, view(output));
  CHECK(output == std::vector<std::uint8_t>{7, 0xF9, 12, 0xF9});  // 6.5, -6.5, 12, -6.5
}

TEST_CASE("the softmax in fixed point is within one step of the real one") {
  Random random(31);
  for (int round = 0; round < 2000; ++round) {
    const float scale = random.uniform(0.01F, 0.5F);
    const std::vector<std::uint8_t> logits = random_bytes(2 + random.below(10), random);
    Multiplier multiplier;
    REQUIRE(make_multiplier(parts(scale), FloatParts{1U << 23, 3}, FloatParts{1U << 23, -23}, multiplier));
    std::vector<std::uint8_t> probabilities(logits.size());
    softmax_row(view(logits), multiplier, -255, view(probabilities));
    double sum = 0;
    for (const std::uint8_t logit : logits) sum += std::exp(static_cast<double>(scale) * signed_byte(logit));
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const double real = 256.0 * std::exp(static_cast<double>(scale) * signed_byte(logits[i])) / sum;
      const double got = signed_byte(probabilities[i]) + 128;
      CHECK(std::abs(got - std::min(real, 255.0)) < 0.51);
    }
  }
}

TEST_CASE("what the interpreter computes for a window is what the network computes, nearly") {
  const TrainedModel& model = models().base;
  Interpreter interpreter;
  std::vector<std::uint8_t> arena(16384);
  REQUIRE(interpreter.load(view(model.file), view(arena)) == InterpreterStatus::ok);
  const float scale = std::bit_cast<float>(interpreter.input_scale_bits());
  Network::Signals signals;
  double difference = 0;
  int count = 0;
  for (const MotionWindow& window : synthesise(first_users(), 60, Random(77))) {
    for (std::size_t i = 0; i < window.samples.size(); ++i) {
      const float steps =
          std::round(window.samples[i] / scale) + static_cast<float>(interpreter.input_zero_point());
      interpreter.input()[i] = static_cast<std::uint8_t>(clamp(static_cast<std::int32_t>(steps), -128, 127));
    }
    REQUIRE(interpreter.invoke() == InterpreterStatus::ok);
    model.network.forward(window.samples, signals);
    std::vector<float> probabilities = signals.back();
    softmax(probabilities);
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
      const double got = (signed_byte(interpreter.output()[i]) + 128) / 256.0;
      difference += std::abs(got - static_cast<double>(probabilities[i]));
      ++count;
    }
  }
  CHECK(difference / count < 0.02);
}

TEST_CASE("the arena may be exactly as large as needed, and not a byte smaller") {
  const std::vector<std::uint8_t>& file = models().base.file;
  Interpreter interpreter;
  CHECK(interpreter.load(view(file), {}) == InterpreterStatus::arena_too_small);
  CHECK(interpreter.invoke() == InterpreterStatus::malformed);  // nothing is loaded
  std::vector<std::uint8_t> arena(interpreter.arena_needed());
  CHECK(interpreter.load(view(file), view(arena)) == InterpreterStatus::ok);
  CHECK(interpreter.load(view(file), view(arena).first(arena.size() - 1)) ==
        InterpreterStatus::arena_too_small);
}

TEST_CASE("running again with the same input gives the same") {
  const std::vector<std::uint8_t>& file = models().base.file;
  std::vector<std::uint8_t> arena(16384);
  Interpreter interpreter;
  REQUIRE(interpreter.load(view(file), view(arena)) == InterpreterStatus::ok);
  Random random(3);
  const std::vector<std::uint8_t> input = random_bytes(interpreter.input().size(), random);
  tmd::copy_bytes(view(input), interpreter.input());
  REQUIRE(interpreter.invoke() == InterpreterStatus::ok);
  const std::vector<std::uint8_t> first(interpreter.output().begin(), interpreter.output().end());
  tmd::copy_bytes(view(input), interpreter.input());  // other tensors lie where it was
  REQUIRE(interpreter.invoke() == InterpreterStatus::ok);
  CHECK(tmd::equal_bytes(interpreter.output(), view(first)));
}

TEST_CASE("a file cut short anywhere is refused") {
  const std::vector<std::uint8_t>& file = models().base.file;
  std::vector<std::uint8_t> arena(16384);
  for (std::size_t length = 0; length < file.size(); length += length < 600 ? 1 : 211) {
    // A copy of its own, so that a sanitizer sees a read past its end.
    const std::vector<std::uint8_t> part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(load_and_run(part, arena) != InterpreterStatus::ok);
  }
}

TEST_CASE("a file with any damaged byte is refused or run, and memory stays as it should") {
  // The tables are at both ends of the file, the weights in between. Run under a sanitizer, this finds
  // reads past the end; without one, that it comes back at all.
  std::vector<std::uint8_t> file = models().base.file;
  std::vector<std::uint8_t> arena(16384);
  constexpr std::int32_t kOperators = 100;  // more than it has
  int refused = 0, run = 0;
  for (std::size_t at = 0; at < file.size(); at += at < 3000 || at + 8000 > file.size() ? 1 : 1009) {
    const unsigned flips[] = {0x01U, 0x80U, 0xFFU};
    const std::uint8_t sound = file[at];
    file[at] = static_cast<std::uint8_t>(sound ^ flips[at % 3]);
    Interpreter interpreter;
    const InterpreterStatus status = interpreter.load(view(file), view(arena));
    ++(status == InterpreterStatus::ok ? run : refused);
    if (status != InterpreterStatus::ok) CHECK(interpreter.first_refused() < kOperators);
    if (status == InterpreterStatus::ok && at % 32 == 0) CHECK(interpreter.invoke() == InterpreterStatus::ok);
    file[at] = sound;
  }
  CHECK(refused > 300);
  CHECK(run > 300);
}

TEST_CASE("the first operator that is not taken is told, and -1 where it is none of them") {
  tmd::test::ModelMaker maker;
  const int in = maker.tensor("in", tmd::test::TensorType::INT8, {1, 4}, 0.5F);
  const int middle = maker.tensor("middle", tmd::test::TensorType::INT8, {1, 4}, 0.5F);
  const int out = maker.tensor("out", tmd::test::TensorType::INT8, {1, 4}, 0.5F);
  maker.add(tmd::test::BuiltinOperator::RELU, 2, {in}, {middle});
  maker.inputs({in}).outputs({out});
  std::vector<std::uint8_t> arena(1000);
  const auto refused = [&](const tmd::test::ModelMaker& made) {
    const std::vector<std::uint8_t> file = made.file();
    Interpreter interpreter;
    CHECK(interpreter.load(view(file), view(arena)) != InterpreterStatus::ok);
    return interpreter.first_refused();
  };
  tmd::test::ModelMaker unknown = maker;
  unknown.add_custom("fft", 1, {middle}, {out});
  CHECK(refused(unknown) == 1);
  maker.add(tmd::test::BuiltinOperator::RELU, 2, {middle}, {out});
  maker.outputs({middle, out});
  CHECK(refused(maker) == -1);
  const std::vector<std::uint8_t> zeros(64);
  Interpreter interpreter;
  CHECK(interpreter.load(view(zeros), view(arena)) == InterpreterStatus::malformed);
  CHECK(interpreter.first_refused() == -1);
}

TEST_CASE("published int8 models of the same operators load and give probabilities") {
  const std::filesystem::path corpus = tmd::test::corpus_folder();
  if (corpus.empty()) {
    MESSAGE("skipped: the corpus of published models is not beside the checkout");
    return;
  }
  for (const std::string name : {"micro_speech.v2", "kws_ref_model.v1", "str_ww_ref_model.v1"}) {
    CAPTURE(name);
    const std::vector<std::uint8_t> file = tmd::test::read_file(corpus / "models" / (name + ".tflite"));
    std::vector<std::uint8_t> arena(100000);
    Interpreter interpreter;
    REQUIRE(interpreter.load(view(file), view(arena)) == InterpreterStatus::ok);
    Random random(5);
    tmd::copy_bytes(view(random_bytes(interpreter.input().size(), random)), interpreter.input());
    REQUIRE(interpreter.invoke() == InterpreterStatus::ok);
    int sum = 0;
    for (const std::uint8_t probability : interpreter.output()) sum += signed_byte(probability) + 128;
    CHECK(std::abs(sum - 256) <= 4);
  }
}

}  // namespace tmd::host::interpreter
