// SPDX-License-Identifier: Apache-2.0
#include "codec/planner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "codec/encode_body.hpp"
#include "codec/encode_plan.hpp"
#include "support/bytes.hpp"

namespace {

using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

std::size_t patch_size(const Bytes& base, const Bytes& target) {
  const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target));
  const tmd::host::DecodedBody again = tmd::host::decode_body(view(base), body.parameters, view(body.bytes),
                                                              static_cast<std::uint32_t>(target.size()));
  REQUIRE(again.status == tmd::Status::ready_to_finish);
  REQUIRE(again.target == target);
  return body.bytes.size();
}

}  // namespace

TEST_CASE("records in another order, each with a number that changed, cost little more than the numbers") {
  std::mt19937 random(7);
  Bytes base;
  std::vector<Bytes> records;
  for (unsigned i = 0; i < 40; ++i) {
    records.push_back(random_bytes(random, 90));
    base.insert(base.end(), records.back().begin(), records.back().end());
  }
  Bytes target;
  for (unsigned i = 40; i-- > 0;) {
    records[i][3] = static_cast<std::uint8_t>(random());
    target.insert(target.end(), records[i].begin(), records[i].end());
  }
  CHECK(patch_size(base, target) < 40 * 9);
}

TEST_CASE("a planner in a hurry makes a body that is right, and not much larger") {
  std::mt19937 random(10);
  const Bytes base = random_bytes(random, 4000);
  Bytes target = base;
  for (unsigned i = 0; i < 60; ++i) target[random() % target.size()] = static_cast<std::uint8_t>(random());
  target.erase(target.begin() + 1000, target.begin() + 1100);
  tmd::host::EncodeOptions options;
  options.effort = tmd::host::Effort::quick;
  const tmd::host::EncodedBody quick = tmd::host::encode_body(view(base), view(target), options);
  const tmd::host::DecodedBody again = tmd::host::decode_body(view(base), quick.parameters, view(quick.bytes),
                                                              static_cast<std::uint32_t>(target.size()));
  CHECK(again.status == tmd::Status::ready_to_finish);
  CHECK(again.target == target);
  CHECK(quick.bytes.size() * 4 < patch_size(base, target) * 5);
}

TEST_CASE(
    "in a hurry, a file of tables that were put in another order is parsed with as many states as else") {
  std::mt19937 random(2);
  std::vector<Bytes> tables;
  for (unsigned i = 0; i < 400; ++i) {
    const bool is_new = tables.empty() || random() % 3 == 0;
    Bytes table = is_new ? random_bytes(random, 12 + 4 * (random() % 6)) : tables[random() % tables.size()];
    table[4 * (random() % (table.size() / 4))] = static_cast<std::uint8_t>(random());
    tables.push_back(table);
  }
  const auto file = [&] {
    Bytes bytes;
    for (const Bytes& table : tables) {
      tmd::host::append_le32(bytes, static_cast<std::uint32_t>(bytes.size() ^ 3U));
      bytes.insert(bytes.end(), table.begin(), table.end());
    }
    return bytes;
  };
  const Bytes base = file();
  for (unsigned i = 0; i < 200; ++i) {
    Bytes& one = tables[random() % 400];
    std::swap(one, tables[random() % 400]);
  }
  const Bytes target = file();
  tmd::host::EncodeOptions options;
  options.effort = tmd::host::Effort::quick;
  const std::size_t quick = tmd::host::encode_body(view(base), view(target), options).bytes.size();
  CHECK(quick * 100 <= patch_size(base, target) * 102);
}

TEST_CASE("in a hurry, unlike files are not sought for strings") {
  std::mt19937 random(18);
  const Bytes base = random_bytes(random, 20000);
  const Bytes target = random_bytes(random, 20000);
  tmd::host::EncodeOptions options;
  options.effort = tmd::host::Effort::quick;
  CHECK(tmd::host::encode_body(view(base), view(target), options).bytes.size() < 20000 + 40);
}

TEST_CASE("in a hurry, a way to code noise is chosen once, however long it is") {
  std::mt19937 random(20);
  const auto planned = [](const Bytes& base, const Bytes& target, std::size_t& bytes) {
    unsigned choices = 0;
    tmd::host::EncodeOptions options;
    options.effort = tmd::host::Effort::quick;
    options.progress = [&](double share) { choices += share < 1 ? 1 : 0; };
    bytes = tmd::host::encode_body(view(base), view(target), options).bytes.size();
    return choices;
  };
  const Bytes base = random_bytes(random, 200000);
  Bytes target = random_bytes(random, 200000);
  std::size_t bytes = 0;
  CHECK(planned(base, target, bytes) == 1);
  CHECK(bytes < 200000 + 200);
  CHECK(planned({}, target, bytes) == 1);
  CHECK(bytes < 200000 + 200);
  // A piece of five bits between is still found.
  for (std::size_t i = 65536; i < 81920; ++i) target[i] &= 0x9D;
  CHECK(planned(base, target, bytes) == 3);
  CHECK(bytes < 200000 - 16384 * 3 / 8 + 400);
}

TEST_CASE(
    "where bytes are all that counts, a parse with more states is tried, too, and the cheaper one taken") {
  std::mt19937 random(19);
  Bytes base;
  for (unsigned i = 0; i < 60; ++i) {
    const Bytes record = random_bytes(random, 10 + random() % 30);
    for (unsigned k = 0; k < 3; ++k) base.insert(base.end(), record.begin(), record.end());
  }
  Bytes target = base;
  for (unsigned i = 0; i < 80; ++i) target[random() % target.size()] = static_cast<std::uint8_t>(random());
  std::rotate(target.begin(), target.begin() + 700, target.begin() + 1500);
  tmd::host::EncodeOptions options;
  options.effort = tmd::host::Effort::small;
  CHECK(tmd::host::encode_body(view(base), view(target), options).bytes.size() <= patch_size(base, target));
}

TEST_CASE("weights in a file that is no model are treated as weights") {
  std::mt19937 random(12);
  const auto uses = [](const Bytes& base, const Bytes& target, const char* word) {
    const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target));
    for (const tmd::host::ExplainedRegion& region : body.explanation) {
      if (region.operation.find(word) != std::string::npos) return true;
    }
    return false;
  };
  const Bytes base = random_bytes(random, 4096);
  Bytes pruned = base;
  for (std::uint8_t& byte : pruned) {
    if (static_cast<std::int8_t>(byte) > -80 && static_cast<std::int8_t>(byte) < 80)
      byte = 0;
    else
      byte = static_cast<std::uint8_t>(byte + random() % 3);
  }
  CHECK(uses(base, pruned, "sparse"));

  Bytes trained = base;
  int gain = 0;
  for (std::size_t i = 0; i < trained.size(); ++i) {
    if (i % 64 == 0) gain = static_cast<int>(random() % 9) - 4;
    trained[i] = static_cast<std::uint8_t>(trained[i] + gain * static_cast<int>(i * i % 64 % 7));
  }
  CHECK(uses(base, trained, "predicted"));
}

TEST_CASE("weights of few values are not taken apart because their strings recur") {
  std::mt19937 random(12);
  const auto ternary = [&random] {
    Bytes weights(12000);
    for (std::uint8_t& weight : weights) {
      const auto number = static_cast<std::uint32_t>(random() % 10);
      weight = static_cast<std::uint8_t>(number < 6 ? 0 : number < 8 ? 1 : -1);
    }
    return weights;
  };
  const Bytes base = ternary();
  // 1.371 bits a weight are their entropy: 2,056 bytes.
  CHECK(patch_size(base, ternary()) < 2100);
}

TEST_CASE("a file that no model explains is cut as finely as its arrays want it") {
  std::mt19937 random(14);
  Bytes target;
  while (target.size() < 40000) {
    const std::uint32_t values = target.size() / 1024 % 2 == 0 ? 3 : 200;
    for (unsigned i = 0; i < 1024; ++i) target.push_back(static_cast<std::uint8_t>(random() % values));
  }
  const Bytes base;
  const tmd::host::EncodeOptions options;
  const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target), options);
  const std::uint32_t counters = tmd::codec::counter_count(body.parameters);
  const tmd::host::Plan coarse = tmd::host::make_plan(view(base), view(target), counters, options);
  CHECK(tmd::host::encode_plan(coarse, body.parameters, view(base), view(target), {}).bytes.size() * 99 /
            100 >
        body.bytes.size());
}

TEST_CASE("pieces that a long file was planned in are one operation where they are alike") {
  std::mt19937 random(13);
  const auto operations = [](std::size_t values, std::mt19937& from) {
    Bytes target(40000);
    for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(37 * (from() % values));
    const Bytes base;
    const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target));
    return tmd::host::decode_body(view(base), body.parameters, view(body.bytes), 40000).operations.size();
  };
  CHECK(operations(60, random) == 1);
}

TEST_CASE("in a long file of weights without a model, each stretch is coded in its own way") {
  std::mt19937 random(14);
  Bytes target = random_bytes(random, 32768);
  constexpr std::size_t kRow = 128;
  for (std::size_t i = 0; i < 32768; ++i) {
    const int before = static_cast<std::int8_t>(target[target.size() - kRow]);
    target.push_back(static_cast<std::uint8_t>(before * 3 / 4 + static_cast<int>(random() % 31) - 15));
  }
  // Five bits of an element of the second half are news.
  CHECK(patch_size({}, target) < 32768 + 32768 * 11 / 16);
}

TEST_CASE("bytes that resemble no bytes of the base are coded without it") {
  std::mt19937 random(15);
  Bytes base(8192);
  Bytes target(8192);
  for (std::size_t i = 0; i < base.size(); ++i) {
    base[i] = static_cast<std::uint8_t>(random() % 12 * 21);
    target[i] = static_cast<std::uint8_t>(random() % 12 * 21);
  }
  CHECK(patch_size(base, target) <= patch_size({}, target) + 8);
}
