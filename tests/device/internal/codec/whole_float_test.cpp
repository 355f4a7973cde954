// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/whole_float.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "device/internal/codec/coded_body.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Bytes encoded(const std::vector<std::uint32_t>& floats) {
  return encoded_body([&](auto& coder, auto& symbols) {
    codec::ResidualHistory residuals{};
    for (const std::uint32_t each : floats)
      CHECK(codec::whole_float(coder, symbols, residuals, each) == each);
  });
}

}  // namespace

TEST_CASE("every kind of float comes back, bit by bit") {
  std::vector<std::uint32_t> floats = {0x00000000, 0x80000000, 0x3F800000, 0xBF800000,
                                       0x7F800000, 0xFF800000, 0x7FC00001, 0xFFFFFFFF,
                                       0x00000001, 0x80000001, 0x007FFFFF, 0x7F7FFFFF};
  const Bytes noise = random_bytes(4000, 1);
  for (std::size_t i = 0; i < noise.size(); i += 4) floats.push_back(load_le32(noise.data() + i));
  std::vector<std::uint32_t> decoded;
  decode_body(encoded(floats), [&](auto& coder, auto& symbols) {
    codec::ResidualHistory residuals{};
    for (std::size_t i = 0; i < floats.size(); ++i)
      decoded.push_back(codec::whole_float(coder, symbols, residuals, 0));
  });
  CHECK(decoded == floats);
}

TEST_CASE("sign and exponent are learned, the last twenty bits are not") {
  std::vector<std::uint32_t> like, noise;
  const Bytes bytes = random_bytes(8000, 2);
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    noise.push_back(load_le32(bytes.data() + i));
    like.push_back((noise.back() & 0x000FFFFFU) | 0x3D000000U);
  }
  const std::size_t least = like.size() * 20 / 8;
  CHECK(encoded(like).size() >= least);
  CHECK(encoded(like).size() < least * 102 / 100);
  CHECK(encoded(noise).size() < noise.size() * 4 * 102 / 100);
}
