// SPDX-License-Identifier: Apache-2.0
#include "input/c_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "input/c_initialiser.hpp"
#include "model/reader.hpp"

namespace tmd::host::input {
namespace {

using Kind = CToken::Kind;
using Tokens = std::span<const CToken>;

/// What a declaration says before its initialiser.
struct Declarator {
  std::string name;
  std::vector<std::string> words;  ///< Of its type.
  bool is_array = false;
  bool is_pointer = false;
  std::optional<std::size_t> count;  ///< Elements, where the source says it.
  std::size_t row = 0;               ///< Elements of the last dimension, where there are several.
};

class SourceReader {
 public:
  explicit SourceReader(std::string_view source)
      : all_(c_tokens(source)),
        tokens_(all_),
        types_(tokens_),
        constants_(tokens_),
        expression_(types_, constants_) {}

  CSource run() {
    for (std::size_t i = 0; i < tokens_.size();) {
      const CToken& token = tokens_[i];
      if (token.kind == Kind::directive || token.is(';') || token.is('}')) {
        start_ = ++i;
      } else if (token.is('=')) {
        i = behind_equals(i);
      } else if (token.is('{')) {
        i = at_brace(i);
      } else {
        ++i;
      }
    }
    std::erase_if(out_.arrays, [this](const CArray& array) { return !has_declared_length(array); });
    return std::move(out_);
  }

  std::optional<CValue> number(std::string_view name) {
    const std::vector<CToken>* value = constants_.find(std::string(name));
    std::size_t at = 0;
    return value == nullptr ? std::nullopt : expression_.take(*value, at);
  }

 private:
  // Where initialisers begin. Each answers with the index that reading goes on at.

  std::size_t behind_equals(std::size_t equals) {
    const Declarator what = declarator(start_, equals);
    std::size_t at = equals + 1;
    if (what.name.empty() || at >= tokens_.size()) return at;
    if (what.is_array && tokens_[at].is('{')) return braces(what, at);
    if (const std::size_t text = string_at(at); text != 0 && (what.is_array || what.is_pointer))
      return strings(what, text);
    const bool elsewhere = what.is_array && !what.is_pointer && tokens_[at].kind == Kind::name;
    if (elsewhere && types_.of(what.words) && !tokens_[at].is_name("std")) {
      if (is_list_macro(tokens_[at].text)) {
        add_list(what, read_initialiser(*constants_.find(tokens_[at].text), 0, expression_));
        return at + 1;
      }
      not_read(what, fmt::format("its values stand in '{}'", tokens_[at].text));
      return at;
    }
    return made_array(what, at);
  }

  /// `#define NAME {1, 2, 3}`
  bool is_list_macro(const std::string& name) const {
    const std::vector<CToken>* value = constants_.find(name);
    return value != nullptr && !value->empty() && value->front().is('{');
  }

  /// A brace that no `=` stands before: `uint8_t x[] {…}`, or a block of code, in which a declaration begins.
  std::size_t at_brace(std::size_t brace) {
    const Declarator what = declarator(start_, brace);
    const bool is_name_list = what.is_array && !what.name.empty() && !what.words.empty();
    if (is_name_list) return braces(what, brace);
    start_ = brace + 1;
    return start_;
  }

  /// std::to_array<T>({…}), std::array<T, N>{…}: what the name is made from says the type.
  std::size_t made_array(Declarator what, std::size_t at) {
    std::size_t i = at;
    while (i < tokens_.size() && (tokens_[i].is_name("std") || tokens_[i].is(':'))) ++i;
    if (i >= tokens_.size() || !(tokens_[i].is_name("to_array") || tokens_[i].is_name("array"))) return at;
    Declarator made;
    i = template_arguments(i + 1, made);
    if (i < tokens_.size() && tokens_[i].is('(')) ++i;
    if (i >= tokens_.size() || !tokens_[i].is('{') || made.words.empty()) return at;
    what.words = made.words;
    what.count = made.count;
    return braces(what, i);
  }

  /// The index of the first string behind brackets and casts, or 0.
  std::size_t string_at(std::size_t at) const {
    int left = 16;
    while (at < tokens_.size() && left-- > 0) {
      const CToken& token = tokens_[at];
      if (token.kind == Kind::string || token.kind == Kind::unread) return at;
      const bool may_stand_before = token.is('(') || token.is(')') || token.is('*') || token.is('{') ||
                                    token.is('<') || token.is('>') || token.is(':') ||
                                    token.kind == Kind::name;
      if (!may_stand_before) return 0;
      ++at;
    }
    return 0;
  }

  // Declarations.

  /// Reads `<T, N>` from tokens[at] on into words and count; the index behind it.
  std::size_t template_arguments(std::size_t at, Declarator& out) {
    if (at >= tokens_.size() || !tokens_[at].is('<')) return at;
    ++at;
    for (; at < tokens_.size() && !tokens_[at].is(',') && !tokens_[at].is('>'); ++at) {
      if (tokens_[at].kind == Kind::name) out.words.push_back(tokens_[at].text);
      if (tokens_[at].is(';') || tokens_[at].is('{')) return at;
    }
    if (at < tokens_.size() && tokens_[at].is(',')) {
      // The closing bracket must not be taken for "greater than": nothing behind it belongs to the number.
      std::size_t end = at + 1;
      while (end < tokens_.size() && !tokens_[end].is('>') && !tokens_[end].is(';')) ++end;
      std::size_t position = at + 1;
      if (const auto count = expression_.take(tokens_.first(end), position); count && *count >= 0)
        out.count = static_cast<std::size_t>(*count);
      at = end;
    }
    return at + 1;
  }

  /// Where the `[` of an array stands, not that of an attribute: `[[…]]`.
  std::size_t bracket_in(std::size_t from, std::size_t end) const {
    int depth = 0;  // parameters of functions are no arrays
    for (std::size_t i = from; i < end; ++i) {
      if (tokens_[i].is('(')) ++depth;
      if (tokens_[i].is(')')) --depth;
      if (depth != 0 || !tokens_[i].is('[')) continue;
      if (i + 1 < end && tokens_[i + 1].is('[')) {
        while (i + 1 < end && !(tokens_[i].is(']') && tokens_[i + 1].is(']'))) ++i;
        ++i;
      } else {
        return i;
      }
    }
    return end;
  }

  void add_words(std::size_t from, std::size_t end, Declarator& out) const {
    int depth = 0;  // what attributes say in brackets is no type
    for (std::size_t i = from; i < end; ++i) {
      if (tokens_[i].is('(')) ++depth;
      if (tokens_[i].is(')')) --depth;
      if (depth == 0 && tokens_[i].kind == Kind::name) out.words.push_back(tokens_[i].text);
      if (depth == 0 && tokens_[i].is('*')) out.is_pointer = true;
    }
  }

  Declarator declarator(std::size_t from, std::size_t end) {
    Declarator out;
    const bool goes_on = from < end && tokens_[from].is(',');  // int a[] = {…}, b[] = {…};
    if (const std::size_t made = std_array_in(from, end); made != end) {
      out.is_array = true;
      template_arguments(made + 1, out);
      for (std::size_t i = end; i-- > made;) {
        if (tokens_[i].kind != Kind::name) continue;
        if (i > made + 1 && !tokens_[i - 1].is('<') && !tokens_[i - 1].is(':')) out.name = tokens_[i].text;
        break;
      }
      return out;
    }
    const std::size_t bracket = bracket_in(from, end);
    std::size_t name = bracket;
    while (name > from && tokens_[name - 1].kind != Kind::name) --name;
    if (name == from) return out;
    out.name = tokens_[name - 1].text;
    out.is_array = bracket != end && name == bracket;
    add_words(from, name - 1, out);
    if (goes_on) out.words = last_words_;
    last_words_ = out.words;
    if (out.is_array) read_dimensions(bracket, end, out);
    return out;
  }

  std::size_t std_array_in(std::size_t from, std::size_t end) const {
    for (std::size_t i = from; i + 1 < end; ++i) {
      const bool list = tokens_[i].is_name("array") || tokens_[i].is_name("vector") ||
                        tokens_[i].is_name("initializer_list");
      if (list && tokens_[i + 1].is('<')) return i;
    }
    return end;
  }

  void read_dimensions(std::size_t bracket, std::size_t end, Declarator& out) {
    std::size_t product = 1;
    bool known = true;
    int dimensions = 0;
    for (std::size_t at = bracket; at < end && tokens_[at].is('['); ++at) {
      std::size_t close = ++at;
      while (close < end && !tokens_[close].is(']')) ++close;
      const auto size = expression_.take(tokens_.first(close), at);
      const bool whole = size && at == close && *size >= 0 && *size <= 0x7FFFFFFF;
      known = known && whole;
      if (whole) {
        out.row = static_cast<std::size_t>(*size);
        product *= product < (std::size_t{1} << 31) ? out.row : 1;
      }
      at = close;
      ++dimensions;
    }
    if (known) out.count = product;
    if (dimensions < 2) out.row = 0;
  }

  // Initialisers.

  void not_read(const Declarator& what, const std::string& why) {
    out_.not_understood.push_back(fmt::format("the array {} cannot be read: {}", what.name, why));
  }

  std::size_t braces(const Declarator& what, std::size_t brace) {
    const CInitialiser list = read_initialiser(tokens_, brace, expression_);
    start_ = list.end;
    if (list.cut_off) {
      out_.not_understood.push_back(fmt::format("the array {} has no end; was the file cut off?", what.name));
    } else if (const std::size_t text = string_at(brace + 1); text != 0 && !what.is_pointer) {
      add_text(what, text);
    } else if (!what.is_pointer && !CTypes::is_other(what.words)) {
      add_list(what, list);
    }
    return list.end;
  }

  void add_list(const Declarator& what, const CInitialiser& list) {
    if (list.fault.empty() && list.values.empty()) return;
    const auto type = types_.of(what.words);
    if (!type) {
      add_of_unknown_type(what, list);
      return;
    }
    if (!list.fault.empty()) return not_read(what, list.fault);
    const bool full_rows = what.row == 0 || list.row == 0 || what.row == list.row;
    if (!full_rows) return not_read(what, "rows that are not full");
    std::string fault;
    auto bytes = bytes_of_values(list.values, *type, fault);
    if (!bytes) return not_read(what, fault);
    add_array(what, std::move(*bytes), type->bytes, false);
  }

  /// A type that the source leaves open is taken for bytes only where these are a model.
  void add_of_unknown_type(const Declarator& what, const CInitialiser& list) {
    std::string fault = list.fault;
    const auto bytes = fault.empty() ? bytes_of_values(list.values, {}, fault) : std::nullopt;
    if (bytes && model::is_tflite(host::view(*bytes))) return add_array(what, *bytes, 1, false);
    // Tables of macros and structures are no model; whole numbers may be one.
    if (list.fault.empty())
      not_read(what, "this file does not say how many bytes an element of its type has");
  }

  std::size_t strings(const Declarator& what, std::size_t at) {
    if (types_.of(what.words) || CTypes::is_other(what.words)) add_text(what, at);
    return at + 1;
  }

  void add_text(const Declarator& what, std::size_t at) {
    const auto type = types_.of(what.words);
    if (!type || type->bytes != 1) return;
    std::string text;
    for (; at < tokens_.size() && (tokens_[at].kind == Kind::string || tokens_[at].kind == Kind::unread);
         ++at) {
      if (tokens_[at].kind == Kind::unread)
        return not_read(what, fmt::format("{} (line {})", tokens_[at].text, tokens_[at].line));
      text += tokens_[at].text;
    }
    const bool ends = at < tokens_.size() && (tokens_[at].is(';') || tokens_[at].is(',') ||
                                              tokens_[at].is('}') || tokens_[at].is(')'));
    if (!ends) return not_read(what, at < tokens_.size() ? "something between its strings" : "no end");
    const bool readable = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t' ||
             static_cast<unsigned char>(c) >= 0x80;
    });
    if (!text.empty()) add_array(what, host::Bytes(text.begin(), text.end()), 1, readable);
  }

  /// What C puts behind fewer values than there are elements is zeros.
  void add_array(const Declarator& what, host::Bytes bytes, std::size_t element, bool is_text) {
    if (what.count && *what.count * element < bytes.size())
      return not_read(what, fmt::format("it has {} elements, its declaration says {}", bytes.size() / element,
                                        *what.count));
    constexpr std::size_t kMostZeros = 64U << 20;
    if (what.count && *what.count * element - bytes.size() <= kMostZeros) bytes.resize(*what.count * element);
    const bool again = std::any_of(out_.arrays.begin(), out_.arrays.end(), [&](const CArray& other) {
      return other.name == what.name && other.bytes == bytes;
    });
    if (!again) out_.arrays.push_back({what.name, std::move(bytes), is_text});
  }

  bool has_declared_length(const CArray& array) {
    for (const char* suffix : {"_len", "_size", "_length"}) {
      const auto length = number(array.name + suffix);
      if (!length || *length == static_cast<CValue>(array.bytes.size())) continue;
      out_.not_understood.push_back(
          fmt::format("the array {} has {} bytes, {}{} says {}; was the file cut off?", array.name,
                      array.bytes.size(), array.name, suffix, static_cast<long long>(*length)));
      return false;
    }
    return true;
  }

  std::vector<CToken> all_;
  Tokens tokens_;
  CTypes types_;
  CConstants constants_;
  CExpression expression_;
  CSource out_;
  std::size_t start_ = 0;  ///< Of the declaration that is being read.
  std::vector<std::string> last_words_;
};

}  // namespace

CSource read_c_source(std::string_view source) {
  return SourceReader(source).run();
}

std::optional<std::uint32_t> find_number(std::string_view source, std::string_view name) {
  const auto value = SourceReader(source).number(name);
  return value && *value >= 0 && *value <= 0xFFFFFFFFLL ? std::optional(static_cast<std::uint32_t>(*value))
                                                        : std::nullopt;
}

}  // namespace tmd::host::input
