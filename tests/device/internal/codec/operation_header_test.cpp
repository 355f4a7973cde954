// SPDX-License-Identifier: Apache-2.0
// Operations that no honest planner makes: what the decoder says to them before it has read or written anything.
#include "tmd/internal/codec/operation_header.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "codec/operation_player.hpp"
#include "codec/range_encoder.hpp"
#include "codec/trial_cost.hpp"
#include "support/bytes.hpp"
#include "tmd/internal/codec/operation_codec.hpp"

using namespace tmd;
using namespace tmd::test;
using codec::OperationKind;

namespace {

constexpr std::uint8_t kParameters = 24;

/// A body written by somebody who claims other lengths than the manifest has, or whom no check stops.
class Forger {
 public:
  Forger(const Bytes& base, const Bytes& target) : base_(base), target_(target) {
    body_->begin(codec::counter_count(kParameters), static_cast<std::uint32_t>(base.size()),
                 static_cast<std::uint32_t>(target.size()));
  }
  /// The whole operation.
  Status add(OperationKind kind, std::uint32_t length, std::uint32_t source) {
    return host::play(*body_, encoder_, host::simple_operation(kind, length, source), view(base_),
                      view(target_));
  }
  /// The header alone, and what the encoder itself says to it: its bits are written all the same.
  Status add_header(OperationKind kind, std::uint32_t length, std::uint32_t source) {
    host::ScriptCoder<host::RangeEncoder> coder(encoder_, view(target_));
    host::MemoryIo io(view(base_), view(target_), codec::ReadWindow(), body_->produced());
    const host::PlannedOperation planned = host::simple_operation(kind, length, source);
    coder.play(planned, body_->produced());
    return body_->step(coder, io);
  }
  Bytes finish() { return encoder_.finish(); }

 private:
  const Bytes& base_;
  const Bytes& target_;
  std::unique_ptr<host::AnyBody> body_ = std::make_unique<host::AnyBody>();
  host::RangeEncoder encoder_;
};

/// What the device's own decoder makes of a body, to its end or up to the header behind so many bytes. `floor`: what
/// lies before it in base and target is gone.
struct Decoded {
  Status status = Status::ok;
  Bytes target;
};
Decoded decoded(const Bytes& base, const Bytes& body, std::uint32_t target_length,
                std::size_t last_header = ~std::size_t{0}, std::uint32_t floor = 0) {
  struct Source {
    ConstBytes bytes;
    std::uint8_t next() {
      const std::uint8_t byte = bytes.empty() ? std::uint8_t{0} : bytes[0];
      bytes = bytes.from(1);
      return byte;
    }
  };
  struct Coder : codec::RangeDecoder<Source> {
    static codec::Operation operation() { return {}; }
    static codec::Ratio ratio(std::uint32_t) { return {}; }
    static std::uint8_t byte(std::uint32_t) { return 0; }
  };
  struct Io {
    ConstBytes base;
    Bytes& target;
    std::uint32_t floor;
    std::uint32_t read_floor(std::uint32_t /*produced*/) const { return floor; }
    Status read(ConstBytes from, std::uint32_t offset, MutableBytes out) const {
      if (offset > from.size() || out.size() > from.size() - offset) return Status::out_of_bounds;
      copy_bytes(from.slice(offset, out.size()), out);
      return Status::ok;
    }
    Status read_base(std::uint32_t offset, MutableBytes out) const { return read(base, offset, out); }
    Status read_target(std::uint32_t offset, MutableBytes out) const {
      return read(view(target), offset, out);
    }
    std::uint32_t room() const { return 256; }
    void put(std::uint8_t byte) { target.push_back(byte); }
  };
  Decoded result;
  const auto codec = std::make_unique<codec::OperationCodec<1600>>();
  codec->begin(1600, static_cast<std::uint32_t>(base.size()), target_length);
  Coder coder{};
  coder.source().bytes = view(body);
  coder.start();
  Io io{view(base), result.target, floor};
  while (result.status == Status::ok && !codec->complete()) {
    const bool is_last = codec->between_operations() && result.target.size() == last_header;
    result.status = codec->step(coder, io);
    if (is_last) return result;
  }
  if (result.status == Status::ok && codec->complete()) result.status = Status::ready_to_finish;
  return result;
}

/// So, and before a byte of that operation was written: `done` bytes were before it.
bool is_refused_at_once(const Bytes& base, const Bytes& body, std::uint32_t target_length,
                        std::size_t done = 0) {
  const Decoded result = decoded(base, body, target_length, done);
  return result.status == Status::body_malformed && result.target.size() == done;
}

}  // namespace

TEST_CASE("an operation that goes on beyond the target is malformed") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target = random_bytes(200, 2);
  for (const OperationKind kind : {OperationKind::literal, OperationKind::copy_base}) {
    Forger forger(base, target);
    REQUIRE(forger.add(kind, 200, 0) == Status::ok);
    const Bytes body = forger.finish();
    CHECK(decoded(base, body, 200).status == Status::ready_to_finish);
    CHECK(is_refused_at_once(base, body, 199));
    CHECK(is_refused_at_once(base, body, 1));
  }
}

TEST_CASE("a copy from beyond the base is malformed") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target(base.begin() + 100, base.begin() + 300);
  Forger forger(base, target);
  REQUIRE(forger.add(OperationKind::copy_base, 200, 100) == Status::ok);
  const Bytes body = forger.finish();
  CHECK(decoded(base, body, 200).status == Status::ready_to_finish);
  CHECK(is_refused_at_once(Bytes(base.begin(), base.begin() + 299), body, 200));
  CHECK(is_refused_at_once({}, body, 200));
}

TEST_CASE("a copy of what is not written yet is malformed") {
  const Bytes nothing;
  const Bytes target = random_bytes(200, 2);
  for (const std::uint32_t source : {100U, 101U, 150U, 0x80000000U, 0xFFFFFFFFU}) {
    CAPTURE(source);
    Forger forger(nothing, target);
    REQUIRE(forger.add(OperationKind::literal, 100, 0) == Status::ok);
    // The encoder refuses as well, but only once these bits are written.
    REQUIRE(forger.add_header(OperationKind::copy_target, 50, source) == Status::body_malformed);
    CHECK(is_refused_at_once(nothing, forger.finish(), 200, 100));
  }
}

TEST_CASE("a copy of what the target was written over is malformed") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target(base.begin() + 100, base.begin() + 300);
  Forger forger(base, target);
  REQUIRE(forger.add(OperationKind::copy_base, 200, 100) == Status::ok);
  const Bytes body = forger.finish();
  CHECK(decoded(base, body, 200, ~std::size_t{0}, 100).status == Status::ready_to_finish);
  const Decoded behind = decoded(base, body, 200, ~std::size_t{0}, 101);
  CHECK(behind.status == Status::body_malformed);
  CHECK(behind.target.empty());
}
