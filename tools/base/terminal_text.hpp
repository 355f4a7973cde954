// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace tmd::host {

/// One line that leaves a terminal as it is, whatever a file that came from elsewhere has put into it: control
/// characters become question marks, those of ASCII and those that UTF-8 spells with two bytes, U+0080 to U+009F.
inline std::string terminal_text(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte < 0x20 || byte == 0x7F) text[i] = '?';
    if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) text.replace(i, 2, "?");
  }
  return text;
}

}  // namespace tmd::host
