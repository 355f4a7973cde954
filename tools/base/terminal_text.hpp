// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tmd::host {

/// Bytes of the character that a text begins with, as UTF-8 spells it (RFC 3629, section 4); 0 where it is none.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  // Longer than it has to be, half of a pair of UTF-16, or behind the last character that there is.
  const bool is_none = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
                       (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F) || first > 0xF4;
  return is_none ? 0 : length;
}

/// One line that leaves a terminal as it is, whatever a file that came from elsewhere has put into it: control
/// characters become question marks, those of ASCII and U+0080 to U+009F, and so does what is no UTF-8.
inline std::string terminal_text(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(std::string_view(text).substr(i));
    const bool is_control = byte < 0x20 || byte == 0x7F ||
                            (byte == 0xC2 && length == 2 && static_cast<unsigned char>(text[i + 1]) <= 0x9F);
    if (is_control || length == 0)
      text.replace(i, length == 0 ? 1 : length, "?");
    else
      i += length - 1;
  }
  return text;
}

}  // namespace tmd::host
