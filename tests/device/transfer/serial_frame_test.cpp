// SPDX-License-Identifier: Apache-2.0
#include "tmd/transfer/serial_frame.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Bytes frame_of(const Bytes& message) {
  Bytes out(serial_frame::most_bytes(message.size()));
  out.resize(serial_frame::write(view(message), MutableBytes(out.data(), out.size())));
  return out;
}

/// What a receiver makes of a stream.
template <std::size_t kLargest = 600>
std::vector<Bytes> received(const Bytes& stream) {
  SerialReceiver<kLargest> receiver;
  std::vector<Bytes> messages;
  for (const std::uint8_t byte : stream) {
    if (receiver.take(byte)) messages.emplace_back(receiver.message().begin(), receiver.message().end());
  }
  return messages;
}

}  // namespace

TEST_CASE("messages of any length and any bytes come as they were, without a zero inside a frame") {
  for (const std::size_t size : {1U, 2U, 20U, 250U, 251U, 252U, 253U, 254U, 255U, 506U, 507U, 600U}) {
    for (const Bytes& message : {random_bytes(size, 1), Bytes(size, 0), Bytes(size, 0xFF)}) {
      const Bytes frame = frame_of(message);
      REQUIRE(frame.size() > 2);
      CHECK(frame.size() <= serial_frame::most_bytes(size));
      CHECK(frame.front() == 0);
      CHECK(frame.back() == 0);
      CHECK(std::count(frame.begin(), frame.end(), 0) == 2);
      CHECK(received(frame) == std::vector<Bytes>{message});
    }
  }
}

TEST_CASE("the bytes of a frame are those of the published stuffing") {
  // 11 22 00 33 and its CRC: 03 11 22, then a zero and the rest.
  const Bytes message = hex("11 22 00 33");
  const std::uint16_t crc = crc16_of(view(message));
  const Bytes check{static_cast<std::uint8_t>(crc), static_cast<std::uint8_t>(crc >> 8)};
  REQUIRE(std::count(check.begin(), check.end(), 0) == 0);
  CHECK(frame_of(message) == join({hex("00 03 11 22 04 33"), check, hex("00")}));
}

TEST_CASE("no room, no frame") {
  const Bytes message = random_bytes(300, 2);
  Bytes out(serial_frame::most_bytes(message.size()) - 1, 0xEE);
  CHECK(serial_frame::write(view(message), MutableBytes(out.data(), out.size())) == 0);
  CHECK(out == Bytes(out.size(), 0xEE));
}

TEST_CASE("a receiver that came in late, or lost bytes, is right at the next frame") {
  const Bytes first = random_bytes(40, 3);
  const Bytes second = random_bytes(300, 4);
  const Bytes stream = join({frame_of(first), frame_of(second)});
  // Without the zero in front a fresh receiver still has the whole frame.
  for (std::size_t cut = 2; cut < frame_of(first).size() - 1; ++cut)
    CHECK(received(Bytes(stream.begin() + static_cast<std::ptrdiff_t>(cut), stream.end())) ==
          std::vector<Bytes>{second});
  for (std::size_t at = 1; at < frame_of(first).size() - 1; ++at) {
    Bytes damaged = stream;
    damaged[at] ^= 0x40;
    const std::vector<Bytes> messages = received(damaged);
    REQUIRE_FALSE(messages.empty());
    CHECK(messages.back() == second);
    CHECK(std::find(messages.begin(), messages.end(), first) == messages.end());
  }
}

TEST_CASE("a message that is too long is passed over, one that just fits is not") {
  const Bytes fits_just = random_bytes(20, 5);
  const Bytes too_long = random_bytes(21, 6);
  CHECK(received<20>(join({frame_of(too_long), frame_of(fits_just)})) == std::vector<Bytes>{fits_just});
  CHECK(received<20>(frame_of({})).empty());
}

TEST_CASE("a datagram is sealed by its CRC, and opened only whole") {
  Bytes datagram = random_bytes(30, 7);
  const Bytes message(datagram.begin(), datagram.begin() + 28);
  const MutableBytes room(datagram.data(), datagram.size());
  REQUIRE(checked_datagram::seal(room, 28) == 30);
  const ConstBytes opened = checked_datagram::open(view(datagram));
  CHECK(Bytes(opened.begin(), opened.end()) == message);
  CHECK(checked_datagram::seal(room, 29) == 0);
  for (std::size_t bit = 0; bit < 8 * datagram.size(); ++bit) {
    Bytes damaged = datagram;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1U << bit % 8);
    CHECK(checked_datagram::open(view(damaged)).empty());
  }
  CHECK(checked_datagram::open(view(datagram).first(2)).empty());
  CHECK(checked_datagram::open(ConstBytes()).empty());
}
