// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/transfer/crc16.hpp"

namespace tmd {

/// Messages on a stream of bytes without any order of its own, such as a UART: message and CRC-16 (little-endian), with
/// consistent overhead byte stuffing (Cheshire and Baker, 1999), between zeros. No byte inside a frame is zero: a
/// receiver that came in late, or lost bytes, is right again at the next zero.
namespace serial_frame {

/// Of a message of `size` bytes, at most: CRC, one byte in 254, one for the code, two zeros.
constexpr std::size_t most_bytes(std::size_t size) {
  return size + 2 + (size + 2) / 254 + 1 + 2;
}

/// Puts the frame of `message` into `out`: its size; 0 where it does not fit (`most_bytes` does).
constexpr std::size_t write(ConstBytes message, MutableBytes out) {
  if (out.size() < most_bytes(message.size())) return 0;
  const std::uint16_t crc = crc16_of(message);
  std::size_t used = 0;
  out[used++] = 0;
  std::size_t code_at = used++;
  std::uint8_t code = 1;
  for (std::size_t i = 0; i < message.size() + 2; ++i) {
    const std::uint8_t byte =
        i < message.size() ? message[i] : static_cast<std::uint8_t>(crc >> 8 * (i - message.size()));
    if (byte != 0) {
      out[used++] = byte;
      ++code;
    }
    const bool is_last = i + 1 == message.size() + 2;
    if (byte == 0 || (code == 0xFF && !is_last)) {
      out[code_at] = code;
      code_at = used++;
      code = 1;
    }
  }
  out[code_at] = code;
  out[used++] = 0;
  return used;
}

}  // namespace serial_frame

/// Finds the messages in what a UART receives, byte by byte. `kLargestMessage`: longer ones are passed over. RAM: that,
/// and some 20 bytes.
///
///     static tmd::SerialReceiver<244> receiver;
///     if (receiver.take(byte)) transfer.take(receiver.message());
template <std::size_t kLargestMessage>
class SerialReceiver {
 public:
  /// True where this byte ended a message that is whole; `message` is valid until the next call.
  bool take(std::uint8_t byte) {
    if (byte == 0) return end();
    if (left_ == 0) {
      // A code byte: so many bytes follow, then a zero of the message unless the code was 255 or the frame ends.
      if (has_zero_) keep(0);
      left_ = byte;
      has_zero_ = byte != 0xFF;
    } else {
      keep(byte);
    }
    --left_;
    return false;
  }

  ConstBytes message() const { return ConstBytes(bytes_, size_); }

 private:
  void keep(std::uint8_t byte) {
    if (used_ < sizeof(bytes_)) bytes_[used_] = byte;
    ++used_;
  }

  bool end() {
    const bool is_whole = left_ == 0 && used_ > 2 && used_ <= sizeof(bytes_);
    size_ = is_whole ? used_ - 2 : 0;
    used_ = 0;
    left_ = 0;
    has_zero_ = false;
    return is_whole && crc16_of(ConstBytes(bytes_, size_)) == load_le16(bytes_ + size_);
  }

  std::size_t used_ = 0;
  std::size_t size_ = 0;
  std::uint8_t left_ = 0;  ///< Bytes until the next code byte.
  bool has_zero_ = false;  ///< That code byte stands for a zero of the message.
  std::uint8_t bytes_[kLargestMessage + 2] = {};
};

/// Messages in datagrams whose own check is weak or made anew on the way, such as UDP: message and CRC-16.
namespace checked_datagram {

constexpr std::size_t kOverhead = 2;

/// Puts the CRC behind the message of `size` bytes at the front of `datagram`: the datagram's size; 0 where there is no
/// room.
constexpr std::size_t seal(MutableBytes datagram, std::size_t size) {
  if (size + kOverhead > datagram.size()) return 0;
  store_le16(datagram.data() + size, crc16_of(ConstBytes(datagram.data(), size)));
  return size + kOverhead;
}

/// The message of a datagram; empty where it was damaged.
constexpr ConstBytes open(ConstBytes datagram) {
  if (datagram.size() <= kOverhead) return ConstBytes();
  const ConstBytes message = datagram.first(datagram.size() - kOverhead);
  return crc16_of(message) == load_le16(message.data() + message.size()) ? message : ConstBytes();
}

}  // namespace checked_datagram
}  // namespace tmd
