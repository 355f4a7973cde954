// SPDX-License-Identifier: Apache-2.0
#include "input/c_expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tmd::host::input {
namespace {

using Kind = CToken::Kind;
/// Of brackets and of names that stand for names: more is no table of weights.
constexpr int kDeepest = 32;
constexpr CValue kLimit = CValue{1} << 64;

/// The value as an integer of this type has it.
CValue converted(CValue value, CType type) {
  const CValue range = CValue{1} << (8 * type.bytes);
  CValue low = value % range;
  if (low < 0) low += range;
  return type.is_signed && low >= range / 2 ? low - range : low;
}

/// How tightly an operator binds; 0: not one.
int binding(char a, char b) {
  if ((a == '<' || a == '>') && a == b) return 4;
  switch (a) {
    case '|':
      return b == '|' ? 0 : 1;
    case '^':
      return 2;
    case '&':
      return b == '&' ? 0 : 3;
    case '+':
    case '-':
      return 5;
    case '*':
    case '/':
    case '%':
      return 6;
    default:
      return 0;
  }
}

std::optional<CValue> calculated(CValue left, char operation, CValue right) {
  switch (operation) {
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&':
      return left & right;
    case '<':
      return right >= 0 && right < 64 && left >= 0 ? std::optional(left << right) : std::nullopt;
    case '>':
      return right >= 0 && right < 64 ? std::optional(left >> right) : std::nullopt;
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      // Both are below 2^64: the product of larger ones would not fit.
      return left < kLimit / 2 && left > -kLimit / 2 && right < kLimit / 2 && right > -kLimit / 2
                 ? std::optional(left * right)
                 : std::nullopt;
    case '/':
      return right != 0 ? std::optional(left / right) : std::nullopt;
    default:
      return right != 0 ? std::optional(left % right) : std::nullopt;
  }
}

}  // namespace

CConstants::CConstants(std::span<const CToken> tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind == Kind::directive) {
      std::vector<CToken> words = c_tokens(std::string_view(tokens[i].text).substr(1));
      if (words.size() < 3 || !words[0].is_name("define") || words[1].kind != Kind::name) continue;
      const std::string name = words[1].text;
      add(name, {words.begin() + 2, words.end()});
    } else if (i + 2 < tokens.size() && tokens[i].kind == Kind::name && tokens[i + 1].is('=')) {
      std::vector<CToken> value;
      for (std::size_t at = i + 2; at < tokens.size() && value.size() < 32; ++at) {
        if (tokens[at].is(';') || tokens[at].is(',') || tokens[at].is('}') || tokens[at].is('{')) break;
        value.push_back(tokens[at]);
      }
      if (!value.empty()) add(tokens[i].text, std::move(value));
    }
  }
}

void CConstants::add(const std::string& name, std::vector<CToken> value) {
  const auto same = [](const std::vector<CToken>& a, const std::vector<CToken>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const CToken& x, const CToken& y) { return x.text == y.text; });
  };
  const auto [place, is_new] = values_.try_emplace(name, value);
  if (!is_new && place->second && !same(*place->second, value)) place->second.reset();
}

const std::vector<CToken>* CConstants::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() || !found->second ? nullptr : &*found->second;
}

const CToken& CExpression::token(std::size_t ahead) const {
  static const CToken kEnd{Kind::directive, "", 0};
  return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : kEnd;
}

std::optional<CValue> CExpression::refuse(const std::string& why) {
  if (fault_.empty()) fault_ = why;
  return std::nullopt;
}

std::optional<CValue> CExpression::take(std::span<const CToken> tokens, std::size_t& at) {
  tokens_ = tokens;
  at_ = at;
  depth_ = names_ = 0;
  fault_.clear();
  const auto value = binary(1);
  at = at_;
  return value;
}

std::optional<CValue> CExpression::binary(int least) {
  if (++depth_ > kDeepest) return refuse("brackets that are nested too deeply");
  auto left = unary();
  while (left && token().kind == Kind::sign) {
    const char operation = token().text.front();
    const int tight = binding(operation, token(1).kind == Kind::sign ? token(1).text.front() : '\0');
    if (tight < least || tight == 0) break;
    at_ += tight == 4 ? 2 : 1;
    const auto right = binary(tight + 1);
    if (!right) return std::nullopt;
    left = calculated(*left, operation, *right);
    if (!left || *left >= kLimit || *left <= -kLimit) return refuse("a calculation that leaves 64 bits");
  }
  --depth_;
  return left;
}

std::optional<CValue> CExpression::unary() {
  if (++depth_ > kDeepest) return refuse("brackets that are nested too deeply");
  std::optional<CValue> value;
  if (sign('-') || sign('+') || sign('~')) {
    const char operation = token().text.front();
    ++at_;
    value = unary();
    if (value && operation == '-') value = -*value;
    if (value && operation == '~') value = -*value - 1;
  } else {
    value = primary();
  }
  --depth_;
  return value;
}

std::optional<CValue> CExpression::in_brackets(char close) {
  ++at_;
  const auto value = binary(1);
  if (!value) return std::nullopt;
  if (!sign(close)) return refuse("a bracket that is not closed");
  ++at_;
  return value;
}

/// Takes the words of a type; nothing, and nothing taken, where there is none.
std::optional<CType> CExpression::take_type() {
  std::vector<std::string> words;
  std::size_t ahead = 0;
  for (;; ++ahead) {
    const CToken& word = token(ahead);
    const bool qualifies = word.is_name("const") || word.is_name("std") || word.is(':');
    if (!qualifies && !(word.kind == Kind::name && types_.names_type(word.text))) break;
    if (word.kind == Kind::name) words.push_back(word.text);
  }
  const auto type = words.empty() ? std::nullopt : types_.of(words);
  if (type) at_ += ahead;
  return type;
}

std::optional<CValue> CExpression::primary() {
  const CToken& word = token();
  switch (word.kind) {
    case Kind::number:
      ++at_;
      return number(word.text);
    case Kind::character:
      ++at_;
      return static_cast<unsigned char>(word.text.front());
    case Kind::name:
      return named();
    case Kind::directive:
      return refuse(word.text.empty() ? "no end"
                                      : fmt::format("a preprocessor line in it (line {})", word.line));
    case Kind::unread:
      return refuse(fmt::format("{} (line {})", word.text, word.line));
    case Kind::string:
      return refuse("a string among numbers");
    case Kind::sign:
      break;
  }
  if (!sign('(')) return refuse(fmt::format("'{}' where a value should be (line {})", word.text, word.line));
  const std::size_t open = at_++;
  if (const auto type = take_type(); type && sign(')')) {
    ++at_;
    const auto value = unary();
    return value ? std::optional(converted(*value, *type)) : std::nullopt;
  }
  at_ = open;
  return in_brackets(')');
}

/// A cast in the forms of C++, or a constant.
std::optional<CValue> CExpression::named() {
  const bool cast = token().is_name("static_cast") && sign('<', 1);
  if (cast) at_ += 2;
  if (auto type = take_type()) {
    if (cast && !sign('>')) return refuse("a cast that is not closed");
    if (cast) ++at_;
    if (!sign('(') && !sign('{')) return refuse("a type where a value should be");
    const auto value = in_brackets(sign('(') ? ')' : '}');
    return value ? std::optional(converted(*value, *type)) : std::nullopt;
  }
  const std::string name = token().text;
  const std::vector<CToken>* value = cast ? nullptr : constants_.find(name);
  if (value == nullptr || ++names_ > kDeepest)
    return refuse(fmt::format("the name '{}', which this file does not define as a number", name));
  CExpression inner(types_, constants_);
  inner.names_ = names_;
  inner.tokens_ = *value;
  const auto result = inner.binary(1);
  names_ = inner.names_;  // all of them count: names of names of names would never end
  if (!result || inner.at_ != value->size())
    return refuse(fmt::format("the name '{}', which this file does not define as a number", name));
  ++at_;
  return result;
}

std::optional<CValue> CExpression::number(const std::string& text) {
  std::string_view digits = text;
  while (!digits.empty() && std::string_view("uUlLzZ").find(digits.back()) != std::string_view::npos)
    digits.remove_suffix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) base = 16;
  if (digits.starts_with("0b") || digits.starts_with("0B")) base = 2;
  if (base != 10) {
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.front() == '0') {
    base = 8;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    return refuse(fmt::format("'{}', which is no integer", text.substr(0, 40)));
  return value;
}

}  // namespace tmd::host::input
