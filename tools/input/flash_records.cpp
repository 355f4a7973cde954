// SPDX-License-Identifier: Apache-2.0
// Intel HEX, Motorola S-records and UF2: bytes with the addresses that they are programmed to.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "input/flash_pieces.hpp"
#include "input/packed_files.hpp"

namespace tmd::host::input {
namespace {

std::string_view text_behind_mark(ConstBytes bytes) {
  std::string_view text = host::as_text(bytes);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\x1a';
}

/// Takes the next line that is not blank, without blanks around it; empty at the end.
std::string_view take_line(std::string_view& text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    if (!line.empty()) return line;
  }
  return {};
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

/// The bytes that pairs of digits stand for; empty where something else is among them.
host::Bytes bytes_of(std::string_view digits) {
  if (digits.size() % 2 != 0) return {};
  host::Bytes bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto high = hex_digit(digits[i]);
    const auto low = hex_digit(digits[i + 1]);
    if (!high || !low) return {};
    bytes.push_back(static_cast<std::uint8_t>(*high * 16 + *low));
  }
  return bytes;
}

std::uint8_t sum_of(const host::Bytes& bytes) {
  unsigned sum = 0;
  for (const std::uint8_t byte : bytes) sum += byte;
  return static_cast<std::uint8_t>(sum);
}

std::uint32_t big_endian(const host::Bytes& bytes, std::size_t at, std::size_t length) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < length; ++i) value = value << 8 | bytes[at + i];
  return value;
}

[[noreturn]] void damaged(std::size_t line) {
  throw host::Error(fmt::format("line {} is damaged; transfer the file again", line));
}

constexpr const char* kNoEnd = "the last record is not there; was the file cut off?";

/// Bytes of the address in a record S1…S9, or 0 where there is no such record.
std::size_t address_length(char type) {
  constexpr std::string_view kLengths = "2234023432";  // S4 is reserved
  return type >= '0' && type <= '9'
             ? static_cast<std::size_t>(kLengths[static_cast<std::size_t>(type - '0')] - '0')
             : 0;
}

// A UF2 block.
constexpr std::size_t kBlock = 512;
constexpr std::size_t kPayloadOffset = 32;
constexpr std::size_t kLargestPayload = 476;
constexpr std::uint32_t kUf2First = 0x0A324655;
constexpr std::uint32_t kUf2Second = 0x9E5D5157;
constexpr std::uint32_t kUf2Last = 0x0AB16F30;
constexpr std::uint32_t kNotForFlash = 1;
constexpr std::uint32_t kIsFile = 0x1000;
constexpr std::uint32_t kHasFamily = 0x2000;

}  // namespace

bool is_intel_hex(ConstBytes file) {
  std::string_view text = text_behind_mark(file);
  const std::string_view line = take_line(text);
  return line.size() >= 11 && line.front() == ':' && !bytes_of(line.substr(1)).empty();
}

host::Bytes read_intel_hex(ConstBytes file) {
  enum Type : std::uint8_t { kData, kEnd, kSegment, kStartSegment, kLinear, kStartLinear };
  std::string_view text = text_behind_mark(file);
  FlashPieces pieces;
  std::uint64_t base = 0;
  bool ended = false;
  std::size_t number = 0;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    ++number;
    if (ended) throw host::Error(fmt::format("there is more behind its last record, at line {}", number));
    const host::Bytes record = line.front() == ':' ? bytes_of(line.substr(1)) : host::Bytes();
    if (record.size() < 5 || record.size() != 5U + record[0] || sum_of(record) != 0) damaged(number);
    const ConstBytes data = host::view(record).slice(4, record[0]);
    switch (record[3]) {
      case kData:
        pieces.add(base + big_endian(record, 1, 2), data);
        break;
      case kEnd:
        ended = true;
        break;
      case kSegment:
      case kLinear:
        if (data.size() != 2) damaged(number);
        base = std::uint64_t{big_endian(record, 4, 2)} << (record[3] == kLinear ? 16 : 4);
        break;
      case kStartSegment:
      case kStartLinear:
        break;
      default:
        damaged(number);
    }
  }
  if (!ended) throw host::Error(kNoEnd);
  return pieces.joined();
}

bool is_s_record(ConstBytes file) {
  std::string_view text = text_behind_mark(file);
  const std::string_view line = take_line(text);
  return line.size() >= 10 && (line[0] == 'S' || line[0] == 's') && address_length(line[1]) != 0 &&
         !bytes_of(line.substr(2)).empty();
}

host::Bytes read_s_record(ConstBytes file) {
  std::string_view text = text_behind_mark(file);
  FlashPieces pieces;
  bool ended = false;
  std::size_t number = 0;
  std::size_t data_records = 0;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    ++number;
    if (ended) throw host::Error(fmt::format("there is more behind its last record, at line {}", number));
    const std::size_t address =
        line.size() > 2 && (line[0] == 'S' || line[0] == 's') ? address_length(line[1]) : 0;
    const host::Bytes record = address != 0 ? bytes_of(line.substr(2)) : host::Bytes();
    if (record.size() < 2 + address || record.size() != 1U + record[0] || sum_of(record) != 0xFF)
      damaged(number);
    const char type = line[1];
    if (type >= '1' && type <= '3') {
      ++data_records;
      pieces.add(big_endian(record, 1, address),
                 host::view(record).slice(1 + address, record.size() - 2 - address));
    } else if (type == '5' || type == '6') {
      if (big_endian(record, 1, address) != data_records)
        throw host::Error(fmt::format("{} records of data, the file says {}; transfer it again", data_records,
                                      big_endian(record, 1, address)));
    } else if (type >= '7') {
      ended = true;
    }
  }
  if (!ended) throw host::Error(kNoEnd);
  return pieces.joined();
}

bool is_uf2(ConstBytes file) {
  return file.size() >= 8 && load_le32(file.data()) == kUf2First && load_le32(file.data() + 4) == kUf2Second;
}

Uf2Content read_uf2(ConstBytes file) {
  if (file.size() % kBlock != 0)
    throw host::Error(fmt::format("{} bytes are no whole number of blocks of {}; was the file cut off?",
                                  file.size(), kBlock));
  FlashPieces pieces;
  std::optional<std::uint32_t> family;
  std::size_t blocks = 0;
  std::uint64_t highest = 0;
  std::size_t last_zeros = 0;
  for (std::size_t at = 0; at < file.size(); at += kBlock) {
    const std::uint8_t* block = file.data() + at;
    const auto word = [&](std::size_t index) { return load_le32(block + 4 * index); };
    const std::uint32_t flags = word(2);
    const std::uint32_t payload = word(4);
    const std::size_t number = at / kBlock + 1;
    if (word(0) != kUf2First || word(1) != kUf2Second || load_le32(block + kBlock - 4) != kUf2Last ||
        payload > kLargestPayload)
      throw host::Error(fmt::format("block {} is damaged; transfer the file again", number));
    if ((flags & kNotForFlash) != 0) continue;
    if ((flags & kIsFile) != 0) throw host::Error("holds files, not the contents of flash");
    if ((flags & kHasFamily) != 0) {
      if (family && *family != word(7))
        throw host::Error("is for several kinds of board; cut the right part out first");
      family = word(7);
    }
    ++blocks;
    if (word(5) >= word(6))
      throw host::Error(fmt::format("block {} is damaged; transfer the file again", number));
    const ConstBytes bytes = file.slice(at + kPayloadOffset, payload);
    pieces.add(word(3), bytes);
    if (word(3) >= highest) {
      highest = word(3);
      std::size_t zeros = 0;
      while (zeros < bytes.size() && bytes[bytes.size() - 1 - zeros] == 0) ++zeros;
      last_zeros = zeros;
    }
    if (at + kBlock == file.size() && blocks != word(6))
      throw host::Error(fmt::format("{} blocks, the file says {}; was it cut off?", blocks, word(6)));
  }
  return {pieces.joined(), last_zeros};
}

}  // namespace tmd::host::input
