// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a patch body: the decoder never reads outside base and target, never writes beyond the
// target, always makes progress, and ends in a status.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tmd/internal/codec/decoder.hpp"

namespace {

struct Io {
  std::vector<std::uint8_t> base;
  std::vector<std::uint8_t> target;
  std::uint32_t limit = 0;

  static void require(bool holds) {
    if (!holds) std::abort();
  }
  tmd::Status read_base(std::uint32_t offset, tmd::MutableBytes out) { return read(base, offset, out); }
  tmd::Status read_target(std::uint32_t offset, tmd::MutableBytes out) { return read(target, offset, out); }
  static tmd::Status read(const std::vector<std::uint8_t>& from, std::uint32_t offset,
                          tmd::MutableBytes out) {
    require(
        tmd::fits(offset, static_cast<std::uint32_t>(out.size()), static_cast<std::uint32_t>(from.size())));
    copy_bytes(tmd::ConstBytes(from.data(), from.size()).slice(offset, out.size()), out);
    return tmd::Status::ok;
  }
  std::uint32_t room() const { return 4096; }
  void put(std::uint8_t byte) {
    target.push_back(byte);
    require(target.size() <= limit);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  auto decoder = std::make_unique<tmd::codec::Decoder<tmd::codec::DefaultConfig>>();
  Io io;
  io.limit = 1 + (data[1] | static_cast<std::uint32_t>(data[2]) << 8) % 8192;
  io.base.resize(data[3] * std::size_t{16});
  for (std::size_t i = 0; i < io.base.size(); ++i) io.base[i] = static_cast<std::uint8_t>(i * 37 + (i >> 5));
  if (decoder->begin(data[0], static_cast<std::uint32_t>(io.base.size()), io.limit) != tmd::Status::ok)
    return 0;
  tmd::ConstBytes left(data + 4, size - 4);
  for (;;) {
    left = left.from(decoder->sink(left));
    if (left.empty()) decoder->end_of_input();
    const tmd::Status status = decoder->poll(io);
    if (status == tmd::Status::ready_to_finish) {
      Io::require(io.target.size() == io.limit);
      return 0;
    }
    if (status == tmd::Status::body_malformed) return 0;
    Io::require(status == tmd::Status::need_more && !left.empty());
  }
}
