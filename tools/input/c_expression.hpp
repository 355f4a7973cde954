// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "input/c_types.hpp"

namespace tmd::host::input {

/// Wide enough for every value of a signed or unsigned integer of 64 bits.
__extension__ using CValue = __int128;

/// What a source's `#define NAME …` and `NAME = …` stand for.
class CConstants {
 public:
  explicit CConstants(std::span<const CToken> tokens);
  /// Nothing where the name is not known or has two values.
  const std::vector<CToken>* find(const std::string& name) const;

 private:
  void add(const std::string& name, std::vector<CToken> value);
  std::map<std::string, std::optional<std::vector<CToken>>> values_;
};

/// Works out constant expressions: literals, names of constants, casts, and C's arithmetic.
class CExpression {
 public:
  CExpression(const CTypes& types, const CConstants& constants) : types_(types), constants_(constants) {}

  /// Takes an expression off tokens[at…]. Nothing where it is none, or more than this knows; `fault()` then says
  /// what, and `at` is left somewhere in it.
  std::optional<CValue> take(std::span<const CToken> tokens, std::size_t& at);
  const std::string& fault() const { return fault_; }

 private:
  std::optional<CValue> binary(int least);
  std::optional<CValue> unary();
  std::optional<CValue> primary();
  std::optional<CValue> in_brackets(char close);
  std::optional<CValue> named();
  std::optional<CValue> number(const std::string& text);
  std::optional<CType> take_type();
  std::optional<CValue> refuse(const std::string& why);
  const CToken& token(std::size_t ahead = 0) const;
  bool sign(char c, std::size_t ahead = 0) const { return token(ahead).is(c); }

  const CTypes& types_;
  const CConstants& constants_;
  std::span<const CToken> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int names_ = 0;  ///< Names that were looked into.
  std::string fault_;
};

}  // namespace tmd::host::input
