// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "input/c_expression.hpp"

namespace tmd::host::input {

/// What stands between the braces of an array.
struct CInitialiser {
  std::vector<CValue> values;
  /// Values in each row where rows have braces of their own; 0: there are no rows, or one.
  std::size_t row = 0;
  std::string fault;     ///< Why it is no list of integers; empty where it is one.
  std::size_t end = 0;   ///< Behind the closing brace.
  bool cut_off = false;  ///< There is no closing brace.
};

/// Reads a list of constant expressions from the brace at tokens[at] on.
CInitialiser read_initialiser(std::span<const CToken> tokens, std::size_t at, CExpression& expression);

/// The values as little-endian integers of this type. Nothing, and `fault`, where one does not fit it.
std::optional<host::Bytes> bytes_of_values(const std::vector<CValue>& values, CType type, std::string& fault);

}  // namespace tmd::host::input
