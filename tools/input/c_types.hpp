// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "input/c_tokens.hpp"

namespace tmd::host::input {

/// An integer type of C as microcontrollers have it.
struct CType {
  unsigned bytes = 1;  ///< 1, 2, 4 or 8.
  bool is_signed = false;
};

/// The types that a source's words name: C's own, those of <cstdint>, common short forms (u8, ai_u64, q7_t), and
/// what the source itself declares with typedef or using.
class CTypes {
 public:
  explicit CTypes(std::span<const CToken> tokens);

  /// The type that words such as `const std :: uint8_t` name; other words (attributes, macros) are passed by. Nothing
  /// where none of them is an integer type of a known size: `long` has 4 bytes on one machine and 8 on another.
  std::optional<CType> of(const std::vector<std::string>& words) const;
  /// True where the words name something that is certainly no integer: a float, a struct.
  static bool is_other(const std::vector<std::string>& words);
  bool names_type(const std::string& word) const;

 private:
  std::map<std::string, CType> declared_;
};

}  // namespace tmd::host::input
