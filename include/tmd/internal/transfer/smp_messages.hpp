// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/auth/cbor_reader.hpp"
#include "tmd/status.hpp"

namespace tmd::smp {

// Messages of the Simple Management Protocol (mcumgr), as far as an upload needs them. A header of 8 bytes, big-endian,
// then one CBOR map.

constexpr std::size_t kHeaderSize = 8;
constexpr std::uint8_t kWrite = 2;
constexpr std::uint8_t kWriteAnswer = 3;
/// The command in its group: where phone tools upload images, too.
constexpr std::uint8_t kUpload = 1;

/// The result codes that all groups share.
enum class Result : std::uint8_t {
  ok = 0,
  unknown = 1,
  out_of_memory = 2,
  invalid_value = 3,
  wrong_state = 6,
  not_supported = 8,
  corrupt = 9,
  busy = 10,
  access_denied = 11,
};

struct Header {
  std::uint8_t operation = 0;
  std::uint8_t version = 0;  ///< 0 of SMP's first version, 1 of its second.
  std::uint8_t flags = 0;
  std::uint16_t length = 0;  ///< Of what follows the header.
  std::uint16_t group = 0;
  std::uint8_t sequence = 0;
  std::uint8_t command = 0;

  /// False where the message is shorter than it says.
  constexpr bool read(ConstBytes message) {
    if (message.size() < kHeaderSize) return false;
    operation = message[0] & 7U;
    version = (message[0] >> 3) & 3U;
    flags = message[1];
    length = static_cast<std::uint16_t>((message[2] << 8) | message[3]);
    group = static_cast<std::uint16_t>((message[4] << 8) | message[5]);
    sequence = message[6];
    command = message[7];
    return message.size() - kHeaderSize >= length;
  }
  constexpr void write(std::uint8_t* out) const {
    out[0] = static_cast<std::uint8_t>((version << 3) | operation);
    out[1] = flags;
    out[2] = static_cast<std::uint8_t>(length >> 8);
    out[3] = static_cast<std::uint8_t>(length);
    out[4] = static_cast<std::uint8_t>(group >> 8);
    out[5] = static_cast<std::uint8_t>(group);
    out[6] = sequence;
    out[7] = command;
  }
};

/// A piece of an upload. Views point into the message.
struct Upload {
  bool has_offset = false;
  std::uint32_t offset = 0;
  bool has_length = false;
  std::uint32_t length = 0;  ///< Of the whole upload; stands in the first piece.
  ConstBytes sha;            ///< SHA-256 of the whole upload, or empty; stands in the first piece.
  ConstBytes data;
};

namespace detail {

/// A key that is a plain word.
template <std::size_t kSize>
constexpr bool is_word(ConstBytes text, const char (&word)[kSize]) {
  if (text.size() != kSize - 1) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != static_cast<std::uint8_t>(word[i])) return false;
  }
  return true;
}

/// Passes over a value that means nothing to an upload of a patch ("image", "upgrade", …): no maps, no arrays.
constexpr bool pass_over(ConstBytes map, CborReader& reader) {
  if (reader.position() >= map.size()) return false;
  const std::uint8_t initial = map[reader.position()];
  const bool is_simple = initial >= 0xF4 && initial <= 0xF6;  // false, true, null
  switch (static_cast<CborMajor>(initial >> 5)) {
    case CborMajor::unsigned_integer:
      (void)reader.unsigned_integer();
      break;
    case CborMajor::negative_integer:
      (void)reader.integer();
      break;
    case CborMajor::byte_string:
      (void)reader.byte_string();
      break;
    case CborMajor::text_string:
      (void)reader.text_string();
      break;
    default:
      if (!is_simple) return false;
      reader.simple();
  }
  return !reader.failed();
}

constexpr bool read_field(ConstBytes map, CborReader& reader, Upload& upload) {
  const ConstBytes key = reader.text_string();
  if (reader.failed()) return false;
  if (is_word(key, "off")) {
    upload.offset = reader.unsigned_integer();
    upload.has_offset = true;
  } else if (is_word(key, "len")) {
    upload.length = reader.unsigned_integer();
    upload.has_length = true;
  } else if (is_word(key, "sha")) {
    upload.sha = reader.byte_string();
  } else if (is_word(key, "data")) {
    upload.data = reader.byte_string();
  } else {
    return pass_over(map, reader);
  }
  return !reader.failed();
}

}  // namespace detail

/// Reads the map of an upload; its keys come in any order, and a map of indefinite length, which some phone tools write,
/// is read like one of definite length. Strings are of definite length. False where it is no such map.
constexpr bool read_upload(ConstBytes map, Upload& upload) {
  constexpr std::uint8_t kIndefiniteMap = 0xBF;
  constexpr std::uint8_t kBreak = 0xFF;
  upload = Upload();
  const bool is_indefinite = !map.empty() && map[0] == kIndefiniteMap;
  const ConstBytes items = map.from(is_indefinite ? 1 : 0);
  CborReader reader(items);
  std::uint32_t left = is_indefinite ? 0xFFFFFFFFU : reader.head(CborMajor::map);
  while (!reader.failed() && left-- > 0) {
    const std::size_t at = reader.position();
    if (is_indefinite && at < items.size() && items[at] == kBreak)
      return upload.has_offset && at + 1 == items.size();
    if (!detail::read_field(items, reader, upload)) return false;
  }
  return !is_indefinite && reader.complete() && upload.has_offset;
}

/// Writes the maps of answers; each is at most `kMostBytes`.
class AnswerWriter {
 public:
  static constexpr std::size_t kMostBytes = 48;

  constexpr explicit AnswerWriter(MutableBytes out) : out_(out) {}
  constexpr std::size_t size() const { return size_; }

  constexpr void map(std::uint8_t entries) { put(static_cast<std::uint8_t>(0xA0 | entries)); }
  template <std::size_t kSize>
  constexpr void key(const char (&word)[kSize]) {
    static_assert(kSize - 1 < 24, "a short word");
    put(static_cast<std::uint8_t>(0x60 | (kSize - 1)));
    for (std::size_t i = 0; i + 1 < kSize; ++i) put(static_cast<std::uint8_t>(word[i]));
  }
  constexpr void number(std::uint32_t value) {
    const unsigned bytes = value < 24 ? 0U : value < 0x100 ? 1U : value < 0x10000 ? 2U : 4U;
    put(static_cast<std::uint8_t>(bytes == 0 ? value : bytes == 1 ? 24U : bytes == 2 ? 25U : 26U));
    for (unsigned i = bytes; i-- > 0;) put(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  constexpr void yes() { put(0xF5); }

 private:
  constexpr void put(std::uint8_t byte) {
    if (size_ < out_.size()) out_[size_++] = byte;
  }

  MutableBytes out_;
  std::size_t size_ = 0;
};

/// What a phone tool is told of a status that ends an update.
constexpr Result result_of(Status status) {
  switch (status) {
    case Status::ok:
    case Status::need_more:
    case Status::offset_gap:
    case Status::ready_to_finish:
      return Result::ok;
    case Status::would_block:
      return Result::busy;
    case Status::wrong_state:
    case Status::trial_pending:
      return Result::wrong_state;
    case Status::bad_signature:
    case Status::unsigned_patch:
    case Status::downgrade:
      return Result::access_denied;
    case Status::manifest_corrupt:
    case Status::body_malformed:
    case Status::target_mismatch:
      return Result::corrupt;
    default:
      return Result::unknown;
  }
}

}  // namespace tmd::smp
