// SPDX-License-Identifier: Apache-2.0
#include "codec/within_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "codec/encode_body.hpp"
#include "support/bytes.hpp"
#include "tmd/internal/codec/read_window.hpp"

using namespace tmd;
using namespace tmd::test;
using codec::OperationKind;
using codec::ReadWindow;

namespace {

/// Looks at every block by itself: what a device with a ring has brought home when it produces a block.
std::uint32_t simulated_floor(const ReadWindow& window, std::uint32_t produced) {
  std::uint32_t home = 0;
  std::uint32_t waiting = 0;
  for (std::uint32_t block = 0; block < produced / window.block_size; ++block) {
    ++waiting;
    if (waiting != window.spare) continue;
    home += window.batch;
    waiting -= window.batch;
  }
  return home * window.block_size;
}

Bytes encoded_and_decoded(const Bytes& base, const Bytes& target, const ReadWindow& window) {
  host::EncodeOptions options;
  options.window = window;
  const host::EncodedBody body = host::encode_body(view(base), view(target), options);
  const host::DecodedBody decoded = host::decode_body(view(base), body.parameters, view(body.bytes),
                                                      static_cast<std::uint32_t>(target.size()), window);
  CHECK(decoded.status == Status::ready_to_finish);
  return decoded.target;
}

}  // namespace

TEST_CASE("what may be read begins where a ring of spare blocks has not brought anything home") {
  for (std::uint8_t spare = 2; spare <= 4; ++spare) {
    for (std::uint8_t batch = 1; batch < spare; ++batch) {
      const ReadWindow window = {256, spare, batch};
      for (std::uint32_t produced = 0; produced < 256 * 40; produced += 64)
        CHECK(window.floor(produced) == simulated_floor(window, produced));
    }
  }
  CHECK(ReadWindow{}.floor(1000000) == 0);
}

TEST_CASE("an operation is spanned where each of its bytes may be read when it is produced") {
  const ReadWindow window = {256, 3, 2};
  for (std::uint32_t source = 0; source < 2600; source += 37) {
    for (std::uint32_t target = 0; target < 2600; target += 41) {
      const std::uint32_t length = 600;
      bool all = true;
      for (std::uint32_t i = 0; i < length; ++i) all = all && source + i >= window.floor(target + i);
      CHECK(window.spans(source, target, length) == all);
    }
  }
}

TEST_CASE("a candidate that reads what is gone is replaced by some that say it anew") {
  const ReadWindow window = {256, 2, 1};
  const host::Operations copy = {host::simple_operation(OperationKind::copy_base, 1000, 0)};
  CHECK(host::reads_within(window, copy, 0));
  CHECK(host::within_window(window, {copy}, 0).size() == 1);
  CHECK_FALSE(host::reads_within(window, copy, 700));
  const std::vector<host::Operations> anew = host::within_window(window, {copy}, 700);
  CHECK(anew.size() > 1);
  for (const host::Operations& candidate : anew) {
    CHECK(host::reads_within(window, candidate, 700));
    std::uint32_t length = 0;
    for (const host::PlannedOperation& planned : candidate) length += planned.operation.length;
    CHECK(length == 1000);
  }
  CHECK(host::within_window({}, {copy}, 700).size() == 1);
}

TEST_CASE("bodies for any window give their target, wherever its parts lay in the base") {
  const Bytes base = random_bytes(5000, 1);
  for (const ReadWindow window : {ReadWindow{256, 2, 1}, ReadWindow{256, 3, 2}, ReadWindow{1024, 4, 2}}) {
    for (const std::ptrdiff_t shift : {0, 100, 1200, 2500, 4500}) {
      CAPTURE(shift);
      Bytes target = base;
      std::rotate(target.begin(), target.begin() + shift, target.end());
      for (std::size_t i = 0; i < target.size(); i += 97) target[i] ^= 1;
      CHECK(encoded_and_decoded(base, target, window) == target);
    }
  }
}
