// SPDX-License-Identifier: Apache-2.0
#include "tmd/transfer/smp_upload.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <memory>
#include <string>

#include "support/device.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using TestDevice = Device<>;
using Config = UnsignedConfig<TestDevice::Flash>;

void append(Bytes& out, std::initializer_list<unsigned> bytes) {
  for (const unsigned byte : bytes) out.push_back(static_cast<std::uint8_t>(byte));
}
void append_key(Bytes& out, const std::string& key) {
  append(out, {0x60U | static_cast<unsigned>(key.size())});
  out.insert(out.end(), key.begin(), key.end());
}
void append_number(Bytes& out, unsigned major, std::uint32_t value) {
  const unsigned type = major << 5;
  if (value < 24)
    append(out, {type | value});
  else if (value < 0x100)
    append(out, {type | 24, value});
  else if (value < 0x10000)
    append(out, {type | 25, value >> 8, value & 0xFF});
  else
    append(out, {type | 26, value >> 24, (value >> 16) & 0xFF, (value >> 8) & 0xFF, value & 0xFF});
}

/// A phone tool: sends what the device asks for by `off`, and the upload's length and digest with the first piece.
struct Tool {
  Bytes patch;
  std::size_t piece;
  Digest sha = digest_of(DigestKind::sha256, view(patch));
  std::uint8_t sequence = 0;

  Tool(Bytes bytes, std::size_t piece_size) : patch(std::move(bytes)), piece(piece_size) {}

  Bytes message(std::uint32_t offset) {
    const ConstBytes data =
        view(patch).slice(offset, piece < patch.size() - offset ? piece : patch.size() - offset);
    Bytes map;
    append(map, {0xA0U | (offset == 0 ? 4U : 2U)});
    append_key(map, "off");
    append_number(map, 0, offset);
    if (offset == 0) {
      append_key(map, "len");
      append_number(map, 0, static_cast<std::uint32_t>(patch.size()));
      append_key(map, "sha");
      append_number(map, 2, 32);
      map.insert(map.end(), sha.bytes.begin(), sha.bytes.end());
    }
    append_key(map, "data");
    append_number(map, 2, static_cast<std::uint32_t>(data.size()));
    map.insert(map.end(), data.begin(), data.end());
    Bytes out;
    append(out, {smp::kWrite, 0, static_cast<unsigned>(map.size() >> 8),
                 static_cast<unsigned>(map.size() & 0xFF), 0, 64, ++sequence, smp::kUpload});
    out.insert(out.end(), map.begin(), map.end());
    return out;
  }
};

/// A device whose RAM is lost in a restart.
struct Receiver {
  TestDevice device;
  std::unique_ptr<SmpUpload<Config>> upload;

  explicit Receiver(const Bytes& base) : device(base) { attach(); }
  void attach() {
    upload = std::make_unique<SmpUpload<Config>>();
    upload->attach(device.store(), device.updater());
  }
  void restart() {
    upload.reset();
    REQUIRE_FALSE(is_error(device.restart()));
    attach();
  }
  Bytes answer(const Bytes& message) {
    std::uint8_t out[SmpUpload<Config>::kAnswerSize];
    const std::size_t size = upload->take(view(message), MutableBytes(out));
    return Bytes(out, out + size);
  }
  /// The answer's `off`; requires one.
  std::uint32_t next(const Bytes& message, bool& is_done) {
    const Bytes bytes = answer(message);
    smp::Header header;
    REQUIRE(header.read(view(bytes)));
    CHECK(header.operation == smp::kWriteAnswer);
    CHECK(header.sequence == message[6]);
    CborReader in(view(bytes).from(smp::kHeaderSize));
    const std::uint32_t entries = in.head(CborMajor::map);
    const ConstBytes key = in.text_string();
    REQUIRE(std::string(key.begin(), key.end()) == "off");
    const std::uint32_t offset = in.unsigned_integer();
    is_done = entries == 2;
    if (is_done) {
      (void)in.text_string();
      in.simple();
    }
    CHECK(in.complete());
    return offset;
  }
};

struct Pair {
  Bytes base = random_bytes(20000, 1);
  Bytes target = base;
  Bytes patch;
  Pair() {
    const Bytes other = random_bytes(3000, 2);
    std::copy(other.begin(), other.end(), target.begin() + 6000);
    patch = make_patch(base, target, DigestKind::sha256);
  }
};

/// Made once: planning takes longer than most cases here.
const Pair& usual_pair() {
  static const Pair pair;
  return pair;
}

/// The result code of an error; ok where it is none.
std::uint32_t error_of(const Bytes& answer) {
  CborReader in(view(answer).from(smp::kHeaderSize));
  (void)in.head(CborMajor::map);
  const ConstBytes key = in.text_string();
  return std::string(key.begin(), key.end()) == "rc" ? in.unsigned_integer() : 0;
}

}  // namespace

TEST_CASE("an upload makes the target the active model, in pieces of any size") {
  const Pair& pair = usual_pair();
  for (const std::size_t piece : {20U, 128U, 350U, 2000U, 9000U}) {
    CAPTURE(piece);
    Receiver receiver(pair.base);
    Tool tool(pair.patch, piece);
    std::uint32_t offset = 0;
    for (bool is_done = false; !is_done;) {
      const std::uint32_t before = offset;
      offset = receiver.next(tool.message(offset), is_done);
      REQUIRE(offset > before);
    }
    CHECK(offset == pair.patch.size());
    CHECK(receiver.upload->status() == Status::ok);
    CHECK(receiver.device.active_bytes() == pair.target);
    CHECK(receiver.device.store().active().state == ModelState::trial);
  }
}

TEST_CASE("an interrupted upload goes on where the device says, after a restart too") {
  const Pair& pair = usual_pair();
  Receiver receiver(pair.base);
  Tool tool(pair.patch, 200);
  std::uint32_t offset = 0;
  unsigned resumed = 0;
  bool is_done = false;
  for (unsigned sent = 1; !is_done; ++sent) {
    REQUIRE(sent < 1000);
    offset = receiver.next(tool.message(offset), is_done);
    if (sent % 5 != 0 || is_done) continue;
    // The tool begins again, as it does when it connects again: from 0.
    if (sent % 2 == 0) receiver.restart();
    offset = receiver.next(tool.message(0), is_done);
    if (offset > 200) ++resumed;
  }
  CHECK(resumed >= 2);
  CHECK(receiver.device.active_bytes() == pair.target);
  // And once more: the device has it already.
  CHECK(receiver.next(tool.message(0), is_done) == pair.patch.size());
  CHECK(is_done);
  receiver.restart();
  CHECK(receiver.next(tool.message(0), is_done) == pair.patch.size());
  CHECK(is_done);
}

TEST_CASE("pieces that are repeated, late or from elsewhere change nothing: the answer says where to go on") {
  const Pair& pair = usual_pair();
  Receiver receiver(pair.base);
  Tool tool(pair.patch, 300);
  bool is_done = false;
  // Nothing has begun: the tool is told to begin.
  CHECK(error_of(receiver.answer(tool.message(300))) == static_cast<std::uint32_t>(smp::Result::wrong_state));
  CHECK(receiver.next(tool.message(0), is_done) == 300);
  CHECK(receiver.next(tool.message(900), is_done) == 300);
  CHECK(receiver.next(tool.message(300), is_done) == 600);
  CHECK(receiver.next(tool.message(300), is_done) == 600);
  CHECK(receiver.next(tool.message(450), is_done) == 750);
}

TEST_CASE("another patch takes the place of the one before") {
  const Pair& pair = usual_pair();
  Bytes other_target = pair.target;
  other_target[100] ^= 1U;
  const Bytes other = make_patch(pair.base, other_target, DigestKind::sha256);
  Receiver receiver(pair.base);
  Tool first(pair.patch, 400), second(other, 400);
  bool is_done = false;
  CHECK(receiver.next(first.message(0), is_done) == 400);
  CHECK(receiver.next(first.message(400), is_done) == 800);
  std::uint32_t offset = 0;
  while (!is_done) offset = receiver.next(second.message(offset), is_done);
  CHECK(receiver.device.active_bytes() == other_target);
}

TEST_CASE("a damaged patch ends with a result code and a status, and the next upload works") {
  const Pair& pair = usual_pair();
  Bytes damaged = pair.patch;
  damaged[damaged.size() / 2] ^= 0x40U;
  Receiver receiver(pair.base);
  Tool tool(damaged, 500);
  std::uint32_t offset = 0;
  Bytes last;
  while (!is_error(receiver.upload->status()) && offset < damaged.size()) {
    last = receiver.answer(tool.message(offset));
    if (error_of(last) == 0) offset = receiver.device.updater().resume_offset();
  }
  CHECK(error_of(last) != 0);
  CHECK(is_error(receiver.upload->status()));
  CHECK(last.back() == static_cast<std::uint8_t>(receiver.upload->status()));
  CHECK(receiver.device.active_bytes() == pair.base);
  Tool again(pair.patch, 500);
  bool is_done = false;
  for (offset = 0; !is_done;) offset = receiver.next(again.message(offset), is_done);
  CHECK(receiver.device.active_bytes() == pair.target);
}

TEST_CASE("messages of other groups, commands and operations have no answer") {
  const Pair& pair = usual_pair();
  Receiver receiver(pair.base);
  Tool tool(pair.patch, 300);
  for (const std::size_t byte : {std::size_t{0}, std::size_t{5}, std::size_t{7}}) {
    Bytes message = tool.message(0);
    message[byte] ^= 1U;
    CHECK(receiver.answer(message).empty());
  }
  Bytes short_one = tool.message(0);
  short_one.pop_back();
  CHECK(receiver.answer(short_one).empty());
  CHECK(receiver.answer({}).empty());
  // No map: the tool is told so.
  Bytes wrong = tool.message(0);
  wrong[smp::kHeaderSize] = 0x80;
  CHECK(error_of(receiver.answer(wrong)) == static_cast<std::uint32_t>(smp::Result::invalid_value));
}
