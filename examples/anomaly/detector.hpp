// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "interpreter/interpreter.hpp"
#include "tmd/bytes.hpp"

/// The application: says how unusual the last half hour of temperatures was.
///
/// Its model gives back the temperatures that it was given, where it knows their like. The score is the mean squared
/// difference of what goes in and what comes out, in steps of the model's own quantisation; what is unusual is said by
/// a threshold of four bytes that travels with the model as its companion data.
class Detector {
 public:
  static constexpr std::size_t kReadings = 32;
  static constexpr std::uint16_t kSchema = 1;  ///< of the companion data: u32, little-endian
  static constexpr std::size_t kArena = 256;   // tmd run tells it

  /// Takes the model and the data that came with it; both stay where they are, in flash for instance. False: this is
  /// no model for this application, and it judges nothing.
  bool load(tmd::ConstBytes model, tmd::ConstBytes companion) {
    ready_ = companion.size() == sizeof(std::uint32_t) &&
             interpreter_.load(model, tmd::MutableBytes(arena_)) == Ok &&
             interpreter_.input().size() == kReadings && interpreter_.output().size() == kReadings &&
             interpreter_.output_tensor().zero_point == interpreter_.input_zero_point() &&
             interpreter_.output_tensor().scales.uint32(0) == interpreter_.input_scale_bits();
    threshold_ = ready_ ? tmd::load_le32(companion.data()) : 0;
    taken_ = 0;
    return ready_;
  }
  bool is_ready() const { return ready_; }
  std::uint32_t threshold() const { return threshold_; }

  /// Takes a reading in hundredths of a degree. True: a window is full, and `score()` says what it was like.
  bool take(std::int32_t hundredths) {
    if (!ready_) return false;
    window_[taken_++] = stored(hundredths);
    if (taken_ < kReadings) return false;
    taken_ = 0;
    for (std::size_t i = 0; i < kReadings; ++i)
      interpreter_.input()[i] = static_cast<std::uint8_t>(window_[i]);
    if (interpreter_.invoke() != Ok) return false;
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < kReadings; ++i) {
      const int off = static_cast<std::int8_t>(interpreter_.output()[i]) - window_[i];
      sum += static_cast<std::uint32_t>(off * off);
    }
    score_ = sum / kReadings;
    return true;
  }
  std::uint32_t score() const { return score_; }
  bool is_unusual() const { return score_ > threshold_; }

 private:
  static constexpr auto Ok = tmd::host::interpreter::InterpreterStatus::ok;

  std::int8_t stored(std::int32_t hundredths) const {
    const std::uint32_t bits = interpreter_.input_scale_bits();
    float step = 0;  // degrees
    std::memcpy(&step, &bits, sizeof(step));
    const float steps = static_cast<float>(hundredths) / 100.0F / step;
    std::int32_t value = static_cast<std::int32_t>(steps < 0 ? steps - 0.5F : steps + 0.5F);
    value += interpreter_.input_zero_point();
    value = value < -128 ? -128 : value > 127 ? 127 : value;
    return static_cast<std::int8_t>(value);
  }

  tmd::host::interpreter::BasicInterpreter<tmd::host::interpreter::Capacity<32, false>> interpreter_;
  std::uint8_t arena_[kArena] = {};
  std::int8_t window_[kReadings] = {};
  std::size_t taken_ = 0;
  std::uint32_t score_ = 0;
  std::uint32_t threshold_ = 0;
  bool ready_ = false;
};
