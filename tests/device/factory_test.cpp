// SPDX-License-Identifier: Apache-2.0
#include "tmd/factory.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A record as the table in factory.hpp has it, with the CRC of whatever is in front of it.
Bytes record_with(std::uint8_t kind, const Bytes& digest, std::uint8_t magic = 0x54) {
  Bytes record =
      join({Bytes{magic, 'M', 'F', '1'}, hex("40 E2 01 00"), hex("0100 0200 0301"), {kind, 0}, digest});
  record.resize(48, 0);
  const std::uint32_t crc = Crc32::of(view(record));
  for (unsigned i = 0; i < 4; ++i) record.push_back(static_cast<std::uint8_t>(crc >> 8 * i));
  return record;
}
constexpr std::uint8_t kSha256 = static_cast<std::uint8_t>(DigestKind::sha256);

}  // namespace

TEST_CASE("a record says which model the device left the factory with") {
  const Bytes digest = random_bytes(32, 1);
  const Bytes record = record_with(kSha256, digest);
  REQUIRE(record.size() == kFactoryRecordSize);
  FactoryModel factory;
  REQUIRE(read_factory_record(view(record), factory) == Status::ok);
  CHECK(factory.length == 123456);
  CHECK((factory.version == ModelVersion{1, 2, 0x103}));
  CHECK(factory.digest.kind == DigestKind::sha256);
  CHECK(equal_bytes(factory.digest.view(), view(digest)));
  // What stands behind it, erased flash or other data, is not looked at.
  CHECK(read_factory_record(view(join({record, Bytes(100, 0xFF)})), factory) == Status::ok);
}

TEST_CASE("a short digest is one, too") {
  FactoryModel factory;
  REQUIRE(read_factory_record(
              view(record_with(static_cast<std::uint8_t>(DigestKind::crc32), hex("12345678"))), factory) ==
          Status::ok);
  CHECK(factory.digest.kind == DigestKind::crc32);
  CHECK(factory.digest.view().size() == 4);
}

TEST_CASE("what is no whole record leaves no factory model") {
  const Bytes sound = record_with(kSha256, random_bytes(32, 2));
  const auto refuses = [&](const Bytes& record) {
    FactoryModel factory;
    factory.length = 99;
    return read_factory_record(view(record), factory) == Status::not_found && factory.length == 0;
  };
  CHECK(refuses(Bytes(kFactoryRecordSize, 0xFF)));
  CHECK(refuses(Bytes(kFactoryRecordSize, 0)));
  CHECK(refuses({}));
  CHECK(refuses(Bytes(sound.begin(), sound.end() - 1)));
  for (std::size_t bit = 0; bit < 8 * sound.size(); ++bit) {
    Bytes damaged = sound;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1U << bit % 8);
    CHECK(refuses(damaged));
  }
  // With a CRC that matches: another format, and kinds of digests that prove nothing or are none.
  CHECK(refuses(record_with(kSha256, random_bytes(32, 2), 'U')));
  CHECK(refuses(record_with(static_cast<std::uint8_t>(DigestKind::none), {})));
  CHECK(refuses(record_with(77, random_bytes(32, 2))));
}
