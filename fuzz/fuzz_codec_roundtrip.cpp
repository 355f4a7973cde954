// SPDX-License-Identifier: Apache-2.0
// Any base and any target come back from their patch body. The input's first two bytes say where the base
// ends; the target is the rest, after edits of the base that the input asks for, so that matches and
// differences occur.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "codec/encode_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4 || size > 4096) return 0;
  const std::size_t cut = (data[0] | static_cast<std::size_t>(data[1]) << 8) % (size - 3);
  const std::vector<std::uint8_t> base(data + 3, data + 3 + cut);
  std::vector<std::uint8_t> target(data + 3 + cut, data + size);
  if ((data[2] & 1U) != 0) target.insert(target.begin(), base.begin(), base.end());
  if ((data[2] & 2U) != 0) {
    for (std::size_t i = 0; i < target.size(); i += 1U + data[2] / 8U)
      target[i] = static_cast<std::uint8_t>(target[i] + 1);
  }
  const tmd::ConstBytes from(base.data(), base.size());
  const tmd::host::Body body = tmd::host::encode_body(from, {target.data(), target.size()});
  const tmd::host::DecodedBody decoded =
      tmd::host::decode_body(from, body.parameters, {body.bytes.data(), body.bytes.size()},
                             static_cast<std::uint32_t>(target.size()));
  if (decoded.status != tmd::Status::complete || decoded.target != target) std::abort();
  return 0;
}
