// SPDX-License-Identifier: Apache-2.0
#include "input/c_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.hpp"

namespace tmd::host::input {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// The source with comments as spaces and strings emptied, so that no brace or number in them counts.
std::string without_comments_and_strings(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source.substr(i, 2) == "//") {
      i = std::min(source.find('\n', i), source.size());
      out += '\n';
    } else if (source.substr(i, 2) == "/*") {
      const std::size_t end = source.find("*/", i + 2);
      i = end == source.npos ? source.size() : end + 1;
      out += ' ';
    } else if (source[i] == '"') {
      out += '"';
      for (++i; i < source.size() && source[i] != '"' && source[i] != '\n'; ++i)
        i += source[i] == '\\' ? 1 : 0;
      out += '"';
    } else {
      out += source[i];
    }
  }
  return out;
}

/// Reads one C integer off the front; nothing where there is none.
std::optional<long long> take_integer(std::string_view& text) {
  bool negative = false;
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  int base = 10;
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    base = 16;
    rest.remove_prefix(2);
  } else if (rest.size() > 1 && rest[0] == '0' && is_digit(rest[1])) {
    base = 8;
  }
  long long value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
  if (error != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  while (!rest.empty() &&
         (rest.front() == 'u' || rest.front() == 'U' || rest.front() == 'l' || rest.front() == 'L'))
    rest.remove_prefix(1);
  text = rest;
  return negative ? -value : value;
}

/// The numbers between braces, or nothing where they are not all bytes.
std::optional<host::Bytes> bytes_of_initialiser(std::string_view list) {
  constexpr long long kLeast = -128;
  constexpr long long kMost = 255;
  host::Bytes bytes;
  while (true) {
    while (!list.empty() && (is_space(list.front()) || list.front() == ',')) list.remove_prefix(1);
    if (list.empty()) return bytes;
    const auto value = take_integer(list);
    if (!value || *value < kLeast || *value > kMost) return std::nullopt;
    if (!list.empty() && !is_space(list.front()) && list.front() != ',') return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*value));
  }
}

/// The identifier that ends before `end`, spaces between them skipped.
std::string_view name_before(std::string_view text, std::size_t end) {
  while (end > 0 && is_space(text[end - 1])) --end;
  std::size_t start = end;
  while (start > 0 && is_name_character(text[start - 1])) --start;
  return text.substr(start, end - start);
}

/// The name of the array whose initialiser's brace is at `brace`: before the last `NAME[…]` of its
/// declaration.
std::string_view declared_name(std::string_view text, std::size_t brace) {
  const std::size_t start = brace == 0 ? 0 : text.find_last_of(";{}", brace - 1);
  const std::string_view declaration = text.substr(start == text.npos ? 0 : start, brace - start);
  const std::size_t bracket = declaration.find('[');
  return bracket == declaration.npos ? std::string_view() : name_before(declaration, bracket);
}

void check_declared_length(std::string_view source, const CArray& array) {
  for (const char* suffix : {"_len", "_size", "_length"}) {
    const auto length = find_number(source, array.name + suffix);
    if (length && *length != array.bytes.size()) {
      throw host::Error(fmt::format("the array {} has {} bytes, {}{} says {}; was the file cut off?",
                                    array.name, array.bytes.size(), array.name, suffix, *length));
    }
  }
}

}  // namespace

bool is_text(ConstBytes bytes) {
  return std::none_of(bytes.begin(), bytes.end(), [](std::uint8_t b) {
    return b < 0x20 && b != '\n' && b != '\r' && b != '\t' && b != '\f';
  });
}

std::vector<CArray> find_c_arrays(std::string_view source) {
  const std::string code = without_comments_and_strings(source);
  const std::string_view text = code;
  std::vector<CArray> arrays;
  for (std::size_t at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
    std::size_t before = at;
    while (before > 0 && is_space(text[before - 1])) --before;
    if (before == 0 || text[before - 1] != '=') continue;
    const std::string_view name = declared_name(text, at);
    if (name.empty()) continue;
    const std::size_t end = text.find('}', at);
    if (end == text.npos)
      throw host::Error(fmt::format("the array {} has no end; was the file cut off?", name));
    auto bytes = bytes_of_initialiser(text.substr(at + 1, end - at - 1));
    if (!bytes || bytes->empty()) continue;
    arrays.push_back({std::string(name), std::move(*bytes)});
    check_declared_length(text, arrays.back());
  }
  return arrays;
}

std::optional<std::uint32_t> find_number(std::string_view source, std::string_view name) {
  for (std::size_t at = source.find(name); at != source.npos; at = source.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at > 0 && is_name_character(source[at - 1])) || end >= source.size() ||
        is_name_character(source[end]))
      continue;
    std::string_view rest = source.substr(end);
    while (!rest.empty() && (is_space(rest.front()) || rest.front() == '=' || rest.front() == '('))
      rest.remove_prefix(1);
    const auto value = take_integer(rest);
    if (value && *value >= 0 && *value <= 0xFFFFFFFFLL) return static_cast<std::uint32_t>(*value);
  }
  return std::nullopt;
}

}  // namespace tmd::host::input
