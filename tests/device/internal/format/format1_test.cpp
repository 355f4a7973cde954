// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>

#include "support/corpus.hpp"
#include "support/device.hpp"
#include "support/format1_patch.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Bytes ramp(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 7);
  return bytes;
}

}  // namespace

TEST_CASE("the original tool's patches apply, fed one byte at a time and in random pieces") {
  const auto folder = corpus_folder() / "v1";
  if (corpus_folder().empty()) {
    MESSAGE("skipped: the corpus of original patches is absent");
    return;
  }
  for (const char* name : {"hello-world", "identical", "imu-addclass", "imu-ft1", "imu-nudge",
                           "kws-rle-over-1024", "micro-speech", "resnet", "shrink"}) {
    CAPTURE(name);
    const Bytes base = read_file(folder / (std::string(name) + ".base.bin"));
    const Bytes target = read_file(folder / (std::string(name) + ".target.bin"));
    const Bytes patch = read_file(folder / (std::string(name) + ".tmd"));
    for (const auto& next_size : {pieces_of(1), pieces_of(100000), random_pieces(300, 7)}) {
      Device<WithFormat1> device(base);
      CHECK(device.update(patch, next_size) == Status::ok);
      CHECK(device.active_bytes() == target);
      CHECK(device.flash().counters().violations == 0);
    }
  }
}

TEST_CASE("format 1 chunks: raw, run-length with a count of 256, gaps from the base, a longer target") {
  const Bytes base = ramp(1000);
  Bytes target = base;
  target.resize(1300, 0xEE);
  target[10] = 1;
  target[11] = 2;
  const Bytes runs = {0, 0xEE, 44, 0xEE};  // 256 and 44 bytes
  const Bytes patch = format1_patch(base, target, {{10, 0, {1, 2}}, {1000, 1, runs, false}});
  Device<WithFormat1> device(base);
  CHECK(device.update(patch) == Status::ok);
  CHECK(device.active_bytes() == target);
}

TEST_CASE("format 1: what is malformed is refused, and the active model stays") {
  const Bytes base = ramp(1000);
  const Bytes target = base;
  const auto status_of = [&](const Bytes& patch, const Bytes& model) {
    Device<WithFormat1> device(model);
    const Status status = device.update(patch);
    CHECK(device.active_bytes() == model);
    return status;
  };
  CHECK(status_of(format1_patch(base, target, {{10, 2, {1}}}), base) == Status::unsupported_option);
  CHECK(status_of(format1_patch(base, target, {{10, 1, {1, 2, 3}}}), base) == Status::body_malformed);
  CHECK(status_of(format1_patch(base, target, {{999, 0, {1, 2}}}), base) == Status::body_malformed);
  CHECK(status_of(format1_patch(base, target, {{0xFFFFFFFEU, 0, {1, 2}}}), base) == Status::body_malformed);
  CHECK(status_of(format1_patch(base, target, {{990, 1, {0, 7}}}), base) == Status::body_malformed);
  CHECK(status_of(format1_patch(base, target, {{50, 0, {1, 2}}, {51, 0, {1}}}), base) ==
        Status::body_malformed);
  CHECK(status_of(format1_patch(base, target, {{50, 0, {1, 2}}}), base) == Status::target_mismatch);
  CHECK(status_of(format1_patch(base, ramp(1200), {}), base) == Status::body_malformed);
  CHECK(status_of(format1_patch(base, target, {}), ramp(999)) == Status::wrong_base_length);
  Bytes other_base = base;
  other_base[500] ^= 1;
  CHECK(status_of(format1_patch(base, target, {}), other_base) == Status::wrong_base);
  Bytes damaged = format1_patch(base, target, {{10, 0, {base[10], base[11]}}});
  damaged.back() ^= 1;
  CHECK(status_of(damaged, base) == Status::chunk_corrupt);
  Bytes overlong = format1_patch(base, target, {});
  overlong.push_back(0);
  CHECK(status_of(overlong, base) == Status::ok);  // links pad: what is behind the patch is left alone
  Bytes flags = format1_patch(base, target, {});
  flags[78] = 1;
  CHECK(status_of(flags, base) == Status::unsupported_option);
  Bytes digest = format1_patch(base, target, {});
  digest[1] = 3;
  CHECK(status_of(digest, base) == Status::unsupported_option);
}
