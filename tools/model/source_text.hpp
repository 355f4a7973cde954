// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tmd::host::model {

// What goes from a file or the command line into a source file that a compiler reads.

inline bool is_identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// Safe in a comment of either kind: a name must not end it.
inline std::string comment_text(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const bool ends_comment = c == '/' && !text.empty() && text.back() == '*';
    text += c >= ' ' && c <= '~' && c != '\\' && !ends_comment ? c : '?';
  }
  return text;
}

/// Printable and short: names come from the file.
inline std::string in_quotes(std::string_view name) {
  constexpr std::size_t kLongest = 60;
  std::string text;
  for (const char c : name.substr(0, kLongest)) text += c >= ' ' && c <= '~' ? c : '?';
  return "'" + text + (name.size() > kLongest ? "…'" : "'");
}

}  // namespace tmd::host::model
