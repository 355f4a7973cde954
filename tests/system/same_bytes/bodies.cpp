// SPDX-License-Identifier: Apache-2.0
// Encodes made pairs of every kind that the planner tells apart, and pairs of files given as arguments, and prints a
// CRC-32 of each body. What it prints must not depend on compiler, optimisation, processor or number of threads.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "codec/encode_body.hpp"
#include "tmd/digest/crc32.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

/// A generator of its own, so that no library's distribution is part of the input.
class Random {
 public:
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    return state_ ^= state_ << 5;
  }
  int within(int limit) {
    return static_cast<int>(next() % static_cast<std::uint32_t>(2 * limit + 1)) - limit;
  }

 private:
  std::uint32_t state_ = 0x12345678;
};

struct Pair {
  const char* name;
  Bytes base;
  Bytes target;
};

Pair retrained_bytes(Random& random) {
  Pair pair{"int8", {}, {}};
  for (int i = 0; i < 3000; ++i) {
    const int weight = random.within(60) + random.within(60);
    pair.base.push_back(static_cast<std::uint8_t>(weight));
    pair.target.push_back(
        static_cast<std::uint8_t>(weight + (random.next() % 3 == 0 ? random.within(2) : 0)));
  }
  return pair;
}

Pair scaled_floats(Random& random) {
  Pair pair{"float32", Bytes(4000), Bytes(4000)};
  for (std::size_t i = 0; i < 1000; ++i) {
    const float weight = static_cast<float>(random.within(1000000)) / 3000000.0F;
    const float moved = weight * 1.0625F + static_cast<float>(random.within(100)) / 50000.0F;
    std::memcpy(pair.base.data() + 4 * i, &weight, 4);
    std::memcpy(pair.target.data() + 4 * i, &moved, 4);
  }
  return pair;
}

Pair moved_pieces(Random& random) {
  Pair pair{"pieces", {}, {}};
  for (int i = 0; i < 3000; ++i) pair.base.push_back(static_cast<std::uint8_t>(random.next() >> 24));
  for (int i = 0; i < 20; ++i) {
    const std::size_t from = random.next() % 2900;
    pair.target.insert(pair.target.end(), pair.base.begin() + static_cast<std::ptrdiff_t>(from),
                       pair.base.begin() + static_cast<std::ptrdiff_t>(from + 20 + random.next() % 80));
    pair.target.push_back(static_cast<std::uint8_t>(random.next() >> 24));
  }
  return pair;
}

Bytes contents_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void print(const std::string& name, const Bytes& base, const Bytes& target) {
  tmd::host::EncodeOptions options;
  options.effort = tmd::host::Effort::quick;
  const tmd::host::EncodedBody body = tmd::host::encode_body(
      tmd::ConstBytes(base.data(), base.size()), tmd::ConstBytes(target.data(), target.size()), options);
  tmd::Crc32 crc;
  crc.update(tmd::ConstBytes(body.bytes.data(), body.bytes.size()));
  std::printf("%s %zu %08x\n", name.c_str(), body.bytes.size(), static_cast<unsigned>(crc.value()));
}

}  // namespace

int main(int count, char** arguments) {
  Random random;
  for (const Pair& pair : {retrained_bytes(random), scaled_floats(random), moved_pieces(random)})
    print(pair.name, pair.base, pair.target);
  for (int i = 1; i + 1 < count; i += 2)
    print(arguments[i], contents_of(arguments[i]), contents_of(arguments[i + 1]));
}
