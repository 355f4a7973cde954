// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// What a sensor writes: one reading a line, in degrees, with as many decimals as it likes ("-3.25").
class ReadingParser {
 public:
  /// Takes the next character. True: it ended a line that was a reading, which `hundredths()` tells. Lines that are
  /// none (too long, or anything but a number) are passed over.
  bool take(char character) {
    if (character == '\n') {
      const bool is_reading = is_good_ && digits_ > 0;
      if (is_reading) {
        for (; decimals_ < 2; ++decimals_) value_ *= 10;
        hundredths_ = is_negative_ ? -value_ : value_;
      }
      *this = ReadingParser(hundredths_);
      return is_reading;
    }
    if (character >= '0' && character <= '9') {
      // Further decimals count as digits only.
      if (++digits_ > 6) is_good_ = false;
      if (is_good_ && decimals_ < 2) value_ = value_ * 10 + (character - '0');
      if (has_point_ && decimals_ < 2) ++decimals_;
    } else if (character == '.' && !has_point_) {
      has_point_ = true;
    } else if (character == '-' && digits_ == 0 && !has_point_ && !is_negative_) {
      is_negative_ = true;
    } else if (character != '\r') {
      is_good_ = false;
    }
    return false;
  }
  std::int32_t hundredths() const { return hundredths_; }

  ReadingParser() = default;

 private:
  explicit ReadingParser(std::int32_t last) : hundredths_(last) {}

  std::int32_t hundredths_ = 0;
  std::int32_t value_ = 0;
  unsigned digits_ = 0;
  unsigned decimals_ = 0;
  bool has_point_ = false;
  bool is_negative_ = false;
  bool is_good_ = true;
};
