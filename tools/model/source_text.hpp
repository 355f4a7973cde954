// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tmd::host::model {

// What goes from a file or the command line into a source file that a compiler reads.

/// Words of C23 and C++23 that no name may be, and what is a macro or a namespace where the name stands; each between
/// two spaces.
constexpr std::string_view kReservedWords =
    " "
    "alignas alignof and and_eq asm assert auto bitand bitor bool break case catch char char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval "
    "constexpr constinit continue decltype default delete do double dynamic_cast else enum errno "
    "explicit export extern false float for friend goto if inline int long mutable namespace new "
    "noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast "
    "struct switch template this thread_local throw true try typedef typeid typename typeof "
    "typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq NULL linux "
    "std tmd unix ";

/// Whether code may be given that name. Those that begin with an underscore or have two in a row are the compiler's.
inline bool is_identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) && name.front() != '_' && name.find("__") == name.npos &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); }) &&
         kReservedWords.find(" " + name + " ") == kReservedWords.npos;
}

/// Printable and short: names come from the file.
inline std::string in_quotes(std::string_view name) {
  constexpr std::size_t kLongest = 60;
  std::string text;
  for (const char c : name.substr(0, kLongest)) text += c >= ' ' && c <= '~' ? c : '?';
  return "'" + text + (name.size() > kLongest ? "…'" : "'");
}

/// What is wrong with a name for code; empty where nothing is.
inline std::string name_fault(const std::string& name) {
  if (is_identifier(name)) return {};
  return in_quotes(name) +
         " is no name in C and C++: letters, digits and single underscores, a letter first, and no keyword";
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

}  // namespace tmd::host::model
