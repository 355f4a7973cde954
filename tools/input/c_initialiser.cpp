// SPDX-License-Identifier: Apache-2.0
#include "input/c_initialiser.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace tmd::host::input {
namespace {

constexpr int kDeepestBraces = 8;

std::size_t behind_brace(std::span<const CToken> tokens, std::size_t at, bool& cut_off) {
  std::size_t depth = 0;
  for (; at < tokens.size(); ++at) {
    if (tokens[at].is('{')) ++depth;
    if (tokens[at].is('}') && --depth == 0) return at + 1;
  }
  cut_off = true;
  return at;
}

class ListReader {
 public:
  ListReader(std::span<const CToken> tokens, CExpression& expression, CInitialiser& out)
      : tokens_(tokens), expression_(expression), out_(out) {}

  /// Behind the opening brace; leaves `at` behind the closing one.
  void read(std::size_t& at, int depth) {
    if (depth > kDeepestBraces) return fail("braces that are nested too deeply");
    const std::size_t before = out_.values.size();
    std::size_t rows = 0;
    std::size_t plain = 0;
    while (out_.fault.empty()) {
      if (at >= tokens_.size()) return fail("no end");
      if (tokens_[at].is('}')) break;
      if (tokens_[at].is('{')) {
        ++rows;
        read_row(++at, depth);
      } else {
        ++plain;
        read_value(at);
      }
      if (!out_.fault.empty()) return;
      if (at < tokens_.size() && tokens_[at].is(',')) {
        ++at;
      } else if (at >= tokens_.size() || !tokens_[at].is('}')) {
        return fail(at < tokens_.size() ? fmt::format("'{}' behind a value (line {})",
                                                      tokens_[at].text.substr(0, 20), tokens_[at].line)
                                        : "no end");
      }
    }
    ++at;
    if (rows != 0 && plain != 0) return fail("values beside rows of values");
    if (rows > 1 && out_.values.size() - before != rows * out_.row) return fail("rows of different lengths");
  }

 private:
  void fail(std::string why) {
    if (out_.fault.empty()) out_.fault = std::move(why);
  }

  void read_row(std::size_t& at, int depth) {
    const std::size_t before = out_.values.size();
    read(at, depth + 1);
    const std::size_t length = out_.values.size() - before;
    if (out_.row != 0 && depth == 0 && out_.row > length) return fail("rows of different lengths");
    out_.row = length;
  }

  void read_value(std::size_t& at) {
    const CToken& first = tokens_[at];
    if (first.kind == CToken::Kind::directive && first.text.find("pragma") != std::string::npos) {
      ++at;
      if (at < tokens_.size() && tokens_[at].is('}')) return;
    }
    if (at < tokens_.size() && (tokens_[at].is('[') || tokens_[at].is('.')))
      return fail(fmt::format("values for named places (line {})", tokens_[at].line));
    const auto value = expression_.take(tokens_, at);
    if (!value) return fail(expression_.fault());
    out_.values.push_back(*value);
  }

  std::span<const CToken> tokens_;
  CExpression& expression_;
  CInitialiser& out_;
};

}  // namespace

CInitialiser read_initialiser(std::span<const CToken> tokens, std::size_t at, CExpression& expression) {
  CInitialiser out;
  out.end = behind_brace(tokens, at, out.cut_off);
  std::size_t position = at + 1;
  if (!out.cut_off) ListReader(tokens.first(out.end), expression, out).read(position, 0);
  return out;
}

std::optional<host::Bytes> bytes_of_values(const std::vector<CValue>& values, CType type,
                                           std::string& fault) {
  const CValue range = CValue{1} << (8 * type.bytes);
  host::Bytes bytes;
  bytes.reserve(values.size() * type.bytes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    // A byte of a signed type is often written as its unsigned value, and the other way round.
    if (values[i] < -range / 2 || values[i] >= range) {
      fault = fmt::format("value {} of it does not fit {} bits", i + 1, 8 * type.bytes);
      return std::nullopt;
    }
    const auto bits = static_cast<std::uint64_t>(values[i]);
    for (unsigned b = 0; b < type.bytes; ++b) bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * b)));
  }
  return bytes;
}

}  // namespace tmd::host::input
