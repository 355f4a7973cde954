// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/decoder.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>

#include "device/internal/codec/forged_body.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;
using codec::OperationKind;

namespace {

using ForgedDecoder = codec::Decoder<codec::DefaultConfig>;

/// A base, a target that is copied from it and new in turns, and the body between them.
struct Forged {
  Bytes base = random_bytes(600, 1);
  Bytes target = random_bytes(200, 2);
  Bytes body;

  Forged() {
    target.insert(target.end(), base.begin() + 50, base.begin() + 350);
    Forger forger(base, target);
    REQUIRE(forger.add(OperationKind::literal, 200, 0) == Status::ok);
    REQUIRE(forger.add(OperationKind::copy_base, 300, 50) == Status::ok);
    body = forger.finish();
  }
  /// Makes a new decoder; null where it does not begin.
  std::unique_ptr<ForgedDecoder> begun() const {
    auto decoder = std::make_unique<ForgedDecoder>();
    const Status status = decoder->begin(kForgedParameters, static_cast<std::uint32_t>(base.size()),
                                         static_cast<std::uint32_t>(target.size()));
    return status == Status::ok ? std::move(decoder) : nullptr;
  }
  /// Decodes on: the body from `at` on comes in pieces of this size.
  template <class Io>
  Status go_on(ForgedDecoder& decoder, Io& io, std::size_t& at, std::size_t piece, std::size_t end) const {
    Status status = Status::need_more;
    while (status == Status::need_more && at < end) {
      at += decoder.sink(view(body).first(end).slice(at, piece));
      status = decoder.poll(io);
    }
    if (status != Status::need_more || end < body.size()) return status;
    decoder.end_of_input();
    return decoder.poll(io);
  }
};

/// A flash of which one read fails.
struct FailsOnce : ForgedIo {
  bool fails = true;
  Status read_base(std::uint32_t offset, MutableBytes out) {
    const Status status = fails && offset > 100 ? Status::read_failed : ForgedIo::read_base(offset, out);
    if (status == Status::read_failed) fails = false;
    return status;
  }
};

}  // namespace

TEST_CASE("a patch that was made for a decoder with more memory is not begun") {
  auto decoder = std::make_unique<codec::Decoder<codec::SmallConfig>>();
  CHECK(decoder->begin(4, 600, 500) == Status::ok);
  CHECK(decoder->begin(5, 600, 500) == Status::needs_more_memory);
  CHECK(ForgedDecoder::check(kForgedParameters) == Status::ok);
}

TEST_CASE("a body gives its target, in pieces of whatever size it comes") {
  const Forged forged;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{60}, forged.body.size()}) {
    CAPTURE(piece);
    const auto decoder = forged.begun();
    REQUIRE(decoder != nullptr);
    Bytes made;
    ForgedIo io{view(forged.base), made, 0};
    std::size_t at = 0;
    CHECK(forged.go_on(*decoder, io, at, piece, forged.body.size()) == Status::ready_to_finish);
    CHECK(made == forged.target);
    CHECK(decoder->produced() == 500);
  }
}

TEST_CASE("a copy of a decoder goes on from where it was made") {
  const Forged forged;
  const auto decoder = forged.begun();
  REQUIRE(decoder != nullptr);
  Bytes made;
  ForgedIo io{view(forged.base), made, 0};
  std::size_t at = 0;
  REQUIRE(forged.go_on(*decoder, io, at, 20, forged.body.size() / 2) == Status::need_more);
  const auto kept = std::make_unique<ForgedDecoder>(*decoder);
  const std::size_t kept_at = at;
  made.resize(kept->produced());
  for (ForgedDecoder* one : {decoder.get(), kept.get()}) {
    at = kept_at;
    Bytes rest = made;
    ForgedIo later{view(forged.base), rest, 0};
    CHECK(forged.go_on(*one, later, at, 20, forged.body.size()) == Status::ready_to_finish);
    CHECK(rest == forged.target);
  }
}

TEST_CASE("a read that failed is said, and the same call may be made again") {
  const Forged forged;
  const auto decoder = forged.begun();
  REQUIRE(decoder != nullptr);
  Bytes made;
  FailsOnce io{{view(forged.base), made, 0}};
  std::size_t at = 0;
  REQUIRE(forged.go_on(*decoder, io, at, 60, forged.body.size()) == Status::read_failed);
  CHECK(forged.go_on(*decoder, io, at, 60, forged.body.size()) == Status::ready_to_finish);
  CHECK(made == forged.target);
}

TEST_CASE("what other firmware may have saved says that its input has ended in its second byte") {
  const Forged forged;
  const auto decoder = forged.begun();
  REQUIRE(decoder != nullptr);
  Bytes before(sizeof(ForgedDecoder));
  std::memcpy(before.data(), decoder.get(), before.size());
  decoder->end_of_input();
  Bytes behind(sizeof(ForgedDecoder));
  std::memcpy(behind.data(), decoder.get(), behind.size());
  before[1] = 1;
  // Where this fails: raise UpdateState::kFormat; body_decoder_test has the rest of what is saved.
  CHECK(behind == before);
}
