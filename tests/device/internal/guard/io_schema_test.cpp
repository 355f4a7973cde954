// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/guard/io_schema.hpp"

#include <doctest/doctest.h>

#include <string_view>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

// One int8 input of 1 x 48 x 48 x 1, one int8 output of 1 x 10, both quantised.
constexpr std::string_view kFront = "01 01";
constexpr std::string_view kInput = "09 04 01 30 30 01  01 0000803F 01";
constexpr std::string_view kOutput = "09 02 01 0A  01 0000003B FF01";

Bytes schema(std::string_view front, std::string_view input, std::string_view output) {
  return join({hex(front), hex(input), hex(output)});
}
const Bytes kOurs = schema(kFront, kInput, kOutput);

Status check(const Bytes& patch, unsigned flexible) {
  return check_io_schema(view(patch), view(kOurs), flexible);
}

constexpr unsigned kAll = io_flexible::kClasses | io_flexible::kResolution | io_flexible::kQuantisation;

}  // namespace

TEST_CASE("the same schema is taken whatever may differ, another one only where something may") {
  CHECK(check(kOurs, 0) == Status::ok);
  CHECK(check(kOurs, kAll) == Status::ok);
  CHECK(check(schema(kFront, kInput, "09 02 01 0B 01 0000003B FF01"), 0) == Status::io_mismatch);
}

TEST_CASE("classes are the last dimension of outputs, and no other") {
  const Bytes more = schema(kFront, kInput, "09 02 01 14 01 0000003B FF01");
  CHECK(check(more, io_flexible::kClasses) == Status::ok);
  CHECK(check(more, io_flexible::kResolution | io_flexible::kQuantisation) == Status::io_mismatch);
  CHECK(check(schema(kFront, kInput, "09 02 02 0A 01 0000003B FF01"), kAll) ==
        Status::io_mismatch);  // a batch
  CHECK(check(schema(kFront, kInput, "09 02 01 00 01 0000003B FF01"), kAll) ==
        Status::io_mismatch);  // no class
}

TEST_CASE("the resolution is what lies between an input's first and last dimension") {
  const Bytes larger = schema(kFront, "09 04 01 60 60 01 01 0000803F 01", kOutput);
  CHECK(check(larger, io_flexible::kResolution) == Status::ok);
  CHECK(check(larger, io_flexible::kClasses | io_flexible::kQuantisation) == Status::io_mismatch);
  CHECK(check(schema(kFront, "09 04 02 30 30 01 01 0000803F 01", kOutput), kAll) == Status::io_mismatch);
  CHECK(check(schema(kFront, "09 04 01 30 30 03 01 0000803F 01", kOutput), kAll) == Status::io_mismatch);
  CHECK(check(schema(kFront, "09 04 01 00 30 01 01 0000803F 01", kOutput), kAll) == Status::io_mismatch);
}

TEST_CASE("quantisation is scale, zero point and whether there is any") {
  for (const std::string_view other :
       {"09 02 01 0A 01 0000803B FF01", "09 02 01 0A 01 0000003B 01", "09 02 01 0A 00"}) {
    const Bytes patch = schema(kFront, kInput, other);
    CHECK(check(patch, io_flexible::kQuantisation) == Status::ok);
    CHECK(check(patch, io_flexible::kClasses | io_flexible::kResolution) == Status::io_mismatch);
  }
}

TEST_CASE("type, rank and number of tensors never differ") {
  CHECK(check(schema(kFront, kInput, "03 02 01 0A 01 0000003B FF01"), kAll) == Status::io_mismatch);
  CHECK(check(schema(kFront, kInput, "09 01 0A 01 0000003B FF01"), kAll) == Status::io_mismatch);
  CHECK(check(schema("02 01", kInput, kOutput), kAll) == Status::io_mismatch);
  CHECK(check(join({schema("01 02", kInput, kOutput), hex(kOutput)}), kAll) == Status::io_mismatch);
  CHECK(check(join({kOurs, hex("00")}), kAll) == Status::io_mismatch);
}

TEST_CASE("a schema that is cut off anywhere is not taken") {
  for (std::size_t size = 0; size < kOurs.size(); ++size) {
    const Status status =
        check(Bytes(kOurs.begin(), kOurs.begin() + static_cast<std::ptrdiff_t>(size)), kAll);
    CHECK((status == Status::io_mismatch || status == Status::malformed_manifest));
  }
  CHECK(check(Bytes(kOurs.begin(), kOurs.end() - 1), kAll) == Status::malformed_manifest);
}
