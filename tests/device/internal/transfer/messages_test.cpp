// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/transfer/messages.hpp"

#include <doctest/doctest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/hex.hpp"
#include "support/process.hpp"
#include "tmd/transfer/serial_frame.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A line of vectors.txt: the message's name, its fields, and its bytes.
struct Vector {
  std::string name;
  std::map<std::string, std::string> fields;
  Bytes bytes;

  std::uint32_t number(const std::string& field) const {
    return static_cast<std::uint32_t>(std::stoul(fields.at(field)));
  }
  std::uint8_t small(const std::string& field) const { return static_cast<std::uint8_t>(number(field)); }
  Bytes data(const std::string& field) const { return hex(fields.at(field)); }
  transfer::DigestPrefix prefix(const std::string& field) const {
    transfer::DigestPrefix prefix;
    const Bytes stated = data(field);
    copy_bytes(view(stated), MutableBytes(prefix.bytes));
    return prefix;
  }
};

std::vector<Vector> vectors() {
  std::vector<Vector> all;
  std::istringstream file(contents_of(TMD_SOURCE_ROOT "/tests/device/transfer/vectors.txt"));
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    Vector vector;
    std::istringstream words(line);
    words >> vector.name;
    for (std::string word; words >> word && word != ":";)
      vector.fields[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
    std::string digits;
    words >> digits;
    vector.bytes = hex(digits);
    all.push_back(vector);
  }
  return all;
}

/// What the library writes for a line.
Bytes written(const Vector& line) {
  Bytes out(600);
  const MutableBytes room(out.data(), out.size());
  const auto tag = [&] { return line.small("tag"); };
  std::size_t size = 0;
  if (line.name == "ask") {
    transfer::MessageWriter writer = transfer::begin_message(room, transfer::Kind::ask, tag());
    writer.u8(line.small("parts"));
    size = writer.size();
  } else if (line.name == "open") {
    size = transfer::Open{line.number("identity"), line.prefix("target"), line.number("length")}.write(room,
                                                                                                       tag());
  } else if (line.name == "piece") {
    const std::uint8_t wanted = line.small("answer") != 0 ? transfer::kAnswerWanted : std::uint8_t{0};
    transfer::MessageWriter writer =
        transfer::begin_message(room, static_cast<std::uint8_t>(3U | wanted), tag());
    writer.varint(line.number("offset"));
    const Bytes bytes = line.data("bytes");
    writer.bytes(view(bytes));
    size = writer.size();
  } else if (line.name == "end") {
    size = transfer::begin_message(room, transfer::Kind::end, tag()).size();
  } else if (line.name == "confirm") {
    transfer::MessageWriter writer = transfer::begin_message(room, transfer::Kind::confirm, tag());
    writer.bytes(line.prefix("target").view());
    size = writer.size();
  } else if (line.name == "abort") {
    size = transfer::begin_message(room, transfer::Kind::abort, tag()).size();
  } else if (line.name == "next") {
    size = transfer::Next{static_cast<Status>(line.small("status")), line.number("offset"),
                          line.number("room"), line.number("gap")}
               .write(room, tag());
  } else if (line.name == "result") {
    size = transfer::Result{static_cast<transfer::Kind>(line.small("of")),
                            static_cast<Status>(line.small("status"))}
               .write(room, tag());
  } else if (line.name == "frame") {
    const Bytes message = line.data("message");
    size = serial_frame::write(view(message), room);
  } else if (line.name == "datagram") {
    const Bytes message = line.data("message");
    copy_bytes(view(message), room);
    size = checked_datagram::seal(room, message.size());
  }
  out.resize(size);
  return out;
}

}  // namespace

TEST_CASE("every message is written as the vectors have it") {
  unsigned tried = 0;
  for (const Vector& line : vectors()) {
    if (line.name == "have") continue;
    CAPTURE(line.name);
    CHECK(written(line) == line.bytes);
    ++tried;
  }
  CHECK(tried > 20);
}

TEST_CASE("answers are read as the vectors have them, and only whole") {
  for (const Vector& line : vectors()) {
    const ConstBytes fields = view(line.bytes).from(2);
    const ConstBytes cut = fields.first(fields.size() - 1);
    CAPTURE(line.name);
    if (line.name == "next") {
      transfer::Next next;
      CHECK_FALSE(next.read(cut));
      REQUIRE(next.read(fields));
      CHECK(next.status == static_cast<Status>(line.small("status")));
      CHECK(next.offset == line.number("offset"));
      CHECK(next.room == line.number("room"));
      CHECK(next.gap == line.number("gap"));
    } else if (line.name == "open") {
      transfer::Open open;
      CHECK_FALSE(open.read(cut));
      REQUIRE(open.read(fields));
      CHECK(open.identity == line.number("identity"));
      CHECK(open.target == line.prefix("target"));
      CHECK(open.length == line.number("length"));
    } else if (line.name == "result") {
      transfer::Result result;
      CHECK_FALSE(result.read(cut));
      REQUIRE(result.read(fields));
      CHECK(static_cast<unsigned>(result.of) == line.number("of"));
      CHECK(static_cast<unsigned>(result.status) == line.number("status"));
    } else if (line.name == "have") {
      transfer::DeviceReport report;
      std::uint8_t part = 9;
      CHECK_FALSE(report.read(cut, part));
      REQUIRE(report.read(fields, part));
      CHECK(part == line.number("part"));
      Bytes again(20);
      again.resize(report.write(MutableBytes(again.data(), again.size()), line.small("tag"), part));
      CHECK(again == line.bytes);
      if (part == 1) {
        CHECK(report.room == line.number("room"));
        CHECK(report.largest_message == line.number("largest"));
        CHECK(report.window == line.number("window"));
        CHECK(report.update_identity == line.number("identity"));
        CHECK(report.update_offset == line.number("offset"));
      } else if (part == 4) {
        CHECK(report.monitored_identity == line.number("identity"));
        CHECK(report.inferences == line.number("inferences"));
        CHECK(report.good == line.number("good"));
        CHECK(report.bad == line.number("bad"));
      } else if (part == 5) {
        CHECK(report.confidence_share[0] == line.number("share0"));
        CHECK(report.confidence_share[7] == line.number("share7"));
      } else if (part == 6) {
        CHECK(report.log_number == line.number("number"));
        CHECK(report.log_chain == line.number("chain"));
      }
    }
  }
}

TEST_CASE("frames give their messages back, whatever stood before them, and damage is noticed") {
  for (const Vector& line : vectors()) {
    if (line.name != "frame") continue;
    SerialReceiver<300> receiver;
    for (const std::uint8_t noise : Bytes{0x11, 0x00, 0x05, 0x41}) (void)receiver.take(noise);
    unsigned found = 0;
    for (const std::uint8_t byte : line.bytes) {
      if (receiver.take(byte)) {
        ++found;
        CHECK(Bytes(receiver.message().begin(), receiver.message().end()) == line.data("message"));
      }
    }
    CHECK(found == 1);
    for (std::size_t i = 0; i < line.bytes.size() * 8; i += 3) {
      Bytes damaged = line.bytes;
      damaged[i / 8] = static_cast<std::uint8_t>(damaged[i / 8] ^ 1U << i % 8);
      SerialReceiver<300> other;
      for (const std::uint8_t byte : damaged) {
        if (other.take(byte))
          CHECK(Bytes(other.message().begin(), other.message().end()) == line.data("message"));
      }
    }
  }
}

TEST_CASE("a frame that is too long for the receiver is passed over, and the next one is found") {
  const Bytes large(100, 7);
  const Bytes small = {1, 7, 15};
  Bytes stream(300);
  std::size_t size = serial_frame::write(view(large), MutableBytes(stream.data(), stream.size()));
  size += serial_frame::write(view(small), MutableBytes(stream.data(), stream.size()).from(size));
  SerialReceiver<20> receiver;
  unsigned found = 0;
  for (const std::uint8_t byte : view(stream).first(size)) found += receiver.take(byte) ? 1U : 0U;
  CHECK(found == 1);
  CHECK(Bytes(receiver.message().begin(), receiver.message().end()) == small);
}

TEST_CASE("a datagram with any bit turned is empty") {
  Bytes datagram = {1, 7, 15, 0, 0};
  REQUIRE(checked_datagram::seal(MutableBytes(datagram.data(), 5), 3) == 5);
  CHECK(checked_datagram::open(view(datagram)).size() == 3);
  for (std::size_t i = 0; i < 40; ++i) {
    Bytes damaged = datagram;
    damaged[i / 8] = static_cast<std::uint8_t>(damaged[i / 8] ^ 1U << i % 8);
    CHECK(checked_datagram::open(view(damaged)).empty());
  }
}

TEST_CASE("an open is the same one where it says the same of everything") {
  Digest digest;
  digest.bytes[7] = 1;
  const transfer::Open first{5, transfer::DigestPrefix(digest), 1000};
  CHECK(first == transfer::Open{5, transfer::DigestPrefix(digest), 1000});
  CHECK_FALSE(first == transfer::Open{6, transfer::DigestPrefix(digest), 1000});
  CHECK_FALSE(first == transfer::Open{5, transfer::DigestPrefix(digest), 1001});
  CHECK_FALSE(first == transfer::Open{5, transfer::DigestPrefix(Digest()), 1000});
}
