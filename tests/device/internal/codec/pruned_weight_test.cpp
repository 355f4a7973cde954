// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/pruned_weight.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "device/internal/codec/coded_body.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct Pruning {
  bool is_float = false;
  std::vector<std::uint32_t> sources;
  std::vector<std::uint32_t> targets;  ///< 0 where pruned; a float of either sign.

  bool is_zero(std::size_t i) const { return (is_float ? targets[i] << 1 : targets[i]) == 0; }

  Bytes encoded() const {
    return encoded_body([&](auto& coder, auto& symbols) {
      bool after_zero = false;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        std::uint32_t value = targets[i];
        after_zero = codec::pruned_weight(coder, symbols, is_float, after_zero, 0, sources[i], value);
        CHECK(after_zero == is_zero(i));
        CHECK(value == targets[i]);
      }
    });
  }
  void check_decoded(const Bytes& body) const {
    decode_body(body, [&](auto& coder, auto& symbols) {
      bool after_zero = false;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        std::uint32_t value = 77;
        after_zero = codec::pruned_weight(coder, symbols, is_float, after_zero, 0, sources[i], value);
        CHECK(after_zero == is_zero(i));
        CHECK(value == (after_zero ? targets[i] : 77));
      }
    });
  }
};

/// Signed bytes, of which those below `threshold` are pruned.
Pruning bytes_below(int threshold) {
  Pruning pruning;
  for (const std::uint8_t byte : random_bytes(2000, 1)) {
    const int weight = byte - 128;
    pruning.sources.push_back(static_cast<std::uint32_t>(weight));
    pruning.targets.push_back(weight < threshold && weight > -threshold ? 0U
                                                                        : static_cast<std::uint32_t>(weight));
  }
  return pruning;
}

}  // namespace

TEST_CASE("what is pruned comes back as zero, of a float with its sign") {
  const Pruning bytes = bytes_below(40);
  bytes.check_decoded(bytes.encoded());
  Pruning floats;
  floats.is_float = true;
  const Bytes noise = random_bytes(4000, 2);
  for (std::size_t i = 0; i < noise.size(); i += 4) {
    const std::uint32_t source = load_le32(noise.data() + i);
    floats.sources.push_back(source);
    floats.targets.push_back(i % 12 == 0   ? source
                             : i % 24 == 4 ? 0x80000000U
                             : i % 24 == 8 ? 0U
                                           : source & 0x80000000U);
  }
  floats.check_decoded(floats.encoded());
}

TEST_CASE("small weights are pruned: their size tells nearly all") {
  const Pruning by_size = bytes_below(40);
  CHECK(by_size.encoded().size() < 2000 / 8 / 3);
  Pruning by_chance = by_size;
  const Bytes noise = random_bytes(2000, 3);
  for (std::size_t i = 0; i < 2000; ++i) by_chance.targets[i] = noise[i] < 80 ? 0 : 1;
  CHECK(by_chance.encoded().size() > 2 * by_size.encoded().size());
}
