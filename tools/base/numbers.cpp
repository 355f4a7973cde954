// SPDX-License-Identifier: Apache-2.0
#include "base/numbers.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"

namespace tmd::host {
namespace {

unsigned hex_digit(char character, std::string_view text) {
  if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
  if (character >= 'a' && character <= 'f') return static_cast<unsigned>(character - 'a') + 10;
  if (character >= 'A' && character <= 'F') return static_cast<unsigned>(character - 'A') + 10;
  throw Error(fmt::format("'{}' is not hexadecimal", text));
}

}  // namespace

std::string with_commas(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

std::string to_hex(ConstBytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::vector<std::uint8_t> from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  bool high = true;
  for (const char character : text) {
    if (character == '-') continue;
    const auto digit = static_cast<std::uint8_t>(hex_digit(character, text));
    if (high) {
      bytes.push_back(static_cast<std::uint8_t>(digit << 4));
    } else {
      bytes.back() = static_cast<std::uint8_t>(bytes.back() | digit);
    }
    high = !high;
  }
  if (!high) throw Error(fmt::format("'{}' has an odd number of hexadecimal digits", text));
  return bytes;
}

std::uint64_t to_number(std::string_view text, std::uint64_t limit) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hex ? text.substr(2) : text;
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    throw Error(fmt::format("'{}' is not a whole number", text));
  }
  if (value > limit) throw Error(fmt::format("{} is more than {}", text, limit));
  return value;
}

std::array<std::uint16_t, 3> to_version(std::string_view text) {
  std::array<std::uint16_t, 3> version{};
  std::size_t from = 0;
  for (std::size_t i = 0; i < version.size(); ++i) {
    const bool is_last = i + 1 == version.size();
    const std::size_t dot = is_last ? text.size() : text.find('.', from);
    if (dot == std::string_view::npos) throw Error(fmt::format("'{}' is not like 1.2.3", text));
    version[i] = static_cast<std::uint16_t>(to_number(text.substr(from, dot - from), 0xFFFF));
    from = dot + 1;
  }
  return version;
}

}  // namespace tmd::host
