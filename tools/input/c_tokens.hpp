// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tmd::host::input {

/// A word of a C or C++ source.
struct CToken {
  enum class Kind {
    name,       ///< An identifier or keyword.
    number,     ///< As it is written, without separators.
    string,     ///< A string literal, `text` is what it stands for, without the closing zero.
    character,  ///< A character literal, `text` is the one byte it stands for.
    sign,       ///< One character of punctuation.
    directive,  ///< A preprocessor line, `text` is all of it, comments left out.
    unread,  ///< A literal that stands for no bytes (wide, of several characters, cut off); `text` says why.
  };
  Kind kind = Kind::sign;
  std::string text;
  std::size_t line = 1;

  bool is(char sign) const { return kind == Kind::sign && text.front() == sign; }
  bool is_name(std::string_view wanted) const { return kind == Kind::name && text == wanted; }
};

/// The words of a source. Comments, continued lines and what stands between `#if 0` and its end are left out. Takes
/// any text, in time linear in its length.
std::vector<CToken> c_tokens(std::string_view source);

}  // namespace tmd::host::input
