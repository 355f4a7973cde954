// SPDX-License-Identifier: Apache-2.0
#include "model/factory_record.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "support/bytes.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/factory.hpp"

using namespace tmd;
using namespace tmd::host;

namespace {

const host::Bytes kModel = test::random_bytes(70001, 3);
const model::FactoryRecord kRecord = model::factory_record(kModel, {1, 2, 0xFFFF});

}  // namespace

TEST_CASE("the device reads the record that the program writes") {
  const host::Bytes bytes = model::factory_bytes(kRecord);
  REQUIRE(bytes.size() == kFactoryRecordSize);
  FactoryModel factory;
  REQUIRE(read_factory_record(host::view(bytes), factory) == Status::ok);
  CHECK(factory.length == 70001);
  CHECK(factory.digest == digest_of(DigestKind::sha256, host::view(kModel)));
  CHECK(factory.version == ModelVersion{1, 2, 0xFFFF});
}

TEST_CASE("a record with any one bit changed, a short one and a blank one are none") {
  const host::Bytes whole = model::factory_bytes(kRecord);
  FactoryModel factory;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    host::Bytes bytes = whole;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CAPTURE(bit);
    REQUIRE(read_factory_record(host::view(bytes), factory) == Status::not_found);
    REQUIRE(factory.length == 0);
  }
  CHECK(read_factory_record(ConstBytes(whole.data(), whole.size() - 1), factory) == Status::not_found);
  for (const std::uint8_t blank : {std::uint8_t{0x00}, std::uint8_t{0xFF}})
    CHECK(read_factory_record(host::view(host::Bytes(kFactoryRecordSize, blank)), factory) ==
          Status::not_found);
}

TEST_CASE("a name or a section that C cannot have is refused") {
  for (const char* name : {"", "1st", "a b", "a;b", "übung"}) {
    CAPTURE(name);
    CHECK_THROWS_AS((void)model::factory_header(kRecord, kModel, {"m", name, "", 16}), host::Error);
    CHECK_THROWS_AS((void)model::factory_c_source(kRecord, kModel, {"m", name, "", 16}), host::Error);
  }
  CHECK_THROWS_AS((void)model::factory_header(kRecord, kModel, {"m", "n", ".a\"),x", 16}), host::Error);
}

TEST_CASE("the name of a model cannot end the comment that it stands in") {
  const std::string name = "a*/b\nint x;\\";
  const std::string source = model::factory_c_source(kRecord, kModel, {name, "n", "", 16});
  CHECK(source.find("/* a*?b?int x;?, 70,001 bytes") == 0);
  const std::string header = model::factory_header(kRecord, kModel, {name, "n", "", 16});
  CHECK(header.find("// a*?b?int x;?, 70,001 bytes") == 0);
}
