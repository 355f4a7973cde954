// SPDX-License-Identifier: Apache-2.0
// The sender alone, against answers that are written here; with a device: transfer_test.cpp.
#include "tmd/transfer/sender.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint16_t kLargest = 40;
constexpr std::uint32_t kPatience = 400;
const Bytes kPatch = random_bytes(200, 1);

/// A sender at a clock that the test moves.
struct Link {
  TransferSender sender{kLargest, kPatience};
  std::uint32_t now = 0xFFFFFF00;  // wraps soon

  /// The next message; empty where none is due.
  Bytes next() {
    Bytes out(kLargest);
    const auto read = [](std::uint32_t offset, MutableBytes bytes) {
      REQUIRE(offset + bytes.size() <= kPatch.size());
      copy_bytes(view(kPatch).slice(offset, bytes.size()), bytes);
    };
    out.resize(sender.next_message(read, MutableBytes(out.data(), out.size()), now));
    return out;
  }
  void send() {
    TransferSender::Patch patch;
    patch.identity = 0x12345678;
    patch.length = static_cast<std::uint32_t>(kPatch.size());
    sender.send(patch, 7, now);
  }
  void answer(const transfer::Next& next) {
    std::uint8_t out[64] = {};
    sender.take(ConstBytes(out, next.write(MutableBytes(out), sender.tag())), now);
  }
  void answer(Status status, std::uint32_t offset, std::uint16_t room, std::uint16_t gap = 0) {
    transfer::Next next;
    next.status = status;
    next.offset = offset;
    next.room = room;
    next.gap = gap;
    answer(next);
  }
};

bool wants_answer(const Bytes& message) {
  return (message[0] & transfer::kAnswerWanted) != 0;
}
/// The patch offset of a piece, and its bytes.
std::uint32_t offset_of(const Bytes& piece, std::size_t* size = nullptr) {
  ByteReader reader(view(piece).from(2));
  const std::uint32_t offset = reader.varint();
  if (size != nullptr) *size = reader.remaining();
  CHECK(equal_bytes(view(piece).from(2 + reader.position()), view(kPatch).slice(offset, reader.remaining())));
  return offset;
}

}  // namespace

TEST_CASE("one message is sent, then an answer is awaited, longer each time") {
  Link link;
  CHECK(link.next().empty());
  link.send();
  REQUIRE(link.sender.is_running());
  const Bytes open = link.next();
  REQUIRE_FALSE(open.empty());
  CHECK(open[0] == static_cast<std::uint8_t>(transfer::Kind::open));
  CHECK(open[1] == 7);
  std::uint32_t waits[] = {kPatience, 2 * kPatience, 4 * kPatience, 8 * kPatience, 8 * kPatience};
  for (const std::uint32_t wait : waits) {
    CHECK(link.next().empty());
    CHECK(link.sender.wait_time(link.now) == wait);
    link.now += wait - 1;
    CHECK(link.next().empty());
    link.now += 1;
    CHECK(link.next() == open);
  }
  CHECK(link.sender.repeated() == 5);
  CHECK(link.sender.silence(link.now) == 23 * kPatience);
}

TEST_CASE("pieces fill what the device has room for, and the last of them wants an answer") {
  Link link;
  link.send();
  (void)link.next();
  link.answer(Status::need_more, 0, 80);
  std::uint32_t sent = 0;
  for (;;) {
    const Bytes piece = link.next();
    REQUIRE_FALSE(piece.empty());
    CHECK(piece.size() <= kLargest);
    std::size_t size = 0;
    CHECK(offset_of(piece, &size) == sent);
    sent += static_cast<std::uint32_t>(size);
    if (wants_answer(piece)) break;
    CHECK(sent < 80);
  }
  CHECK(sent == 80);
  CHECK(link.next().empty());
  link.answer(Status::need_more, 80, 80);
  CHECK(offset_of(link.next()) == 80);
  CHECK(link.sender.offset() == 80);
}

TEST_CASE("what is missing is sent again first, and no more than that") {
  Link link;
  link.send();
  (void)link.next();
  link.answer(Status::need_more, 0, 120);
  while (!wants_answer(link.next())) {
  }
  link.answer(Status::need_more, 30, 90, 10);
  std::size_t size = 0;
  const Bytes again = link.next();
  CHECK(offset_of(again, &size) == 30);
  CHECK(size == 10);
  CHECK(wants_answer(again));
}

TEST_CASE("a lost answer costs an empty piece, not the bytes again") {
  Link link;
  link.send();
  (void)link.next();
  link.answer(Status::need_more, 0, 30);
  REQUIRE(wants_answer(link.next()));
  link.now += kPatience;
  std::size_t size = 99;
  const Bytes question = link.next();
  CHECK(offset_of(question, &size) == 0);
  CHECK(size == 0);
  CHECK(wants_answer(question));
}

TEST_CASE("after the last byte the end is told, and the device's ok ends it") {
  Link link;
  link.send();
  (void)link.next();
  link.answer(Status::need_more, 200, 0);
  const Bytes end = link.next();
  REQUIRE(end.size() == 2);
  CHECK(end[0] == static_cast<std::uint8_t>(transfer::Kind::end));
  link.answer(Status::ok, 200, 0);
  CHECK_FALSE(link.sender.is_running());
  CHECK(link.sender.status() == Status::ok);
  CHECK(link.next().empty());
}

TEST_CASE("a refusal ends it with its status, a busy device is asked again a little later") {
  Link link;
  link.send();
  (void)link.next();
  link.answer(Status::would_block, 0, 0);
  CHECK(link.sender.is_running());
  CHECK(link.next().empty());
  CHECK(link.sender.wait_time(link.now) == kPatience / 8 + 1);
  link.now += kPatience / 8 + 1;
  CHECK(link.next()[0] == static_cast<std::uint8_t>(transfer::Kind::open));
  link.answer(Status::wrong_base, 0, 0);
  CHECK_FALSE(link.sender.is_running());
  CHECK(link.sender.status() == Status::wrong_base);
}

TEST_CASE("a device that lost its session is opened again, under another tag") {
  Link link;
  link.send();
  (void)link.next();
  link.answer(Status::need_more, 0, 80);
  (void)link.next();
  link.answer(Status::wrong_state, 0, 0);
  const Bytes open = link.next();
  CHECK(open[0] == static_cast<std::uint8_t>(transfer::Kind::open));
  CHECK(open[1] == 8);
  CHECK(link.sender.repeated() == 1);
}

TEST_CASE("a device that says eight times that it has less is opened again, whatever it lacks behind that") {
  for (const std::uint16_t gap : {std::uint16_t{0}, std::uint16_t{40}}) {
    CAPTURE(gap);
    Link link;
    link.send();
    CHECK(link.next()[0] == 0x02);
    link.answer(Status::need_more, 0, 100);
    while (!wants_answer(link.next())) {
    }
    link.answer(Status::need_more, 100, 100);
    std::uint32_t answers = 0;
    Bytes message;
    for (; answers < 20 && link.sender.tag() == 7; ++answers) {
      for (message = link.next(); !message.empty() && !wants_answer(message);) message = link.next();
      link.answer(Status::need_more, 20, 100, gap);
    }
    CHECK(answers == 8);
    CHECK(link.next()[0] == 0x02);
    CHECK(link.sender.tag() == 8);
  }
}

TEST_CASE("answers of another tag, of another kind, and what is no message change nothing") {
  Link link;
  link.send();
  const Bytes open = link.next();
  transfer::Next next;
  next.status = Status::ok;
  std::uint8_t out[64] = {};
  const std::size_t size = next.write(MutableBytes(out), 6);
  link.sender.take(ConstBytes(out, size), link.now);
  CHECK(link.sender.is_running());
  out[1] = 7;
  out[0] = static_cast<std::uint8_t>(transfer::Kind::result);
  link.sender.take(ConstBytes(out, size), link.now);
  link.sender.take(ConstBytes(out, 1), link.now);
  link.sender.take(ConstBytes(), link.now);
  CHECK(link.sender.is_running());
  CHECK(link.next().empty());
}

TEST_CASE("whatever a device answers, nothing outside the patch is read and no message is too long") {
  // `Link::next` requires the first, for every piece.
  const std::uint32_t most = 0xFFFFFFFF;
  const auto length = static_cast<std::uint32_t>(kPatch.size());
  const std::uint32_t odd[] = {0, 1, length - 1, length, length + 1, most / 2, most - 1, most};
  for (const std::uint32_t offset : odd) {
    for (const std::uint32_t room : odd) {
      for (const std::uint32_t gap : odd) {
        CAPTURE(offset);
        CAPTURE(room);
        CAPTURE(gap);
        Link link;
        link.send();
        (void)link.next();
        link.answer(Status::need_more, 0, 40);
        (void)link.next();
        transfer::Next next;
        next.status = Status::need_more;
        next.offset = offset;
        next.room = room;
        next.gap = gap;
        for (int round = 0; round < 12 && link.sender.is_running(); ++round) {
          link.answer(next);
          for (int piece = 0; piece < 20; ++piece) CHECK(link.next().size() <= kLargest);
        }
      }
    }
  }
}
