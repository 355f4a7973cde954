// SPDX-License-Identifier: Apache-2.0
// Authentication blocks of any bytes: what is read lies within the block, and spelling it again gives the
// same bytes, so that one meaning has one encoding.
#include <cstdio>
#include <cstdlib>

#include "sign/cose_writer.hpp"
#include "tmd/internal/auth/cose.hpp"

namespace {

using namespace tmd;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool lies_within(ConstBytes part, ConstBytes whole) {
  return part.empty() || (part.begin() >= whole.begin() && part.end() <= whole.end());
}

bool is_known(std::int32_t algorithm, bool is_mac) {
  return is_mac ? algorithm == static_cast<std::int32_t>(CoseAlgorithm::hmac_sha256) ||
                      algorithm == static_cast<std::int32_t>(CoseAlgorithm::aes_cmac)
                : algorithm == static_cast<std::int32_t>(CoseAlgorithm::es256) ||
                      algorithm == static_cast<std::int32_t>(CoseAlgorithm::eddsa);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ConstBytes block(data, size);
  CoseMessage message;
  const Status status = parse_cose(block, message);
  require(status == Status::ok || status == Status::malformed_signature, "one of two answers");
  if (status != Status::ok) return 0;
  for (const ConstBytes& part : {message.key_identifier, message.protected_header, message.signature}) {
    require(lies_within(part, block), "views lie within the block");
  }
  // With nothing but the algorithm protected, the block is exactly what the host would write.
  const host::Bytes plain_header = [&] {
    const host::Bytes written = host::sign::write_cose(static_cast<CoseAlgorithm>(message.algorithm), {}, {});
    CoseMessage again;
    require(parse_cose(host::view(written), again) == Status::ok, "what is written can be read");
    return host::to_bytes(again.protected_header);
  }();
  if (is_known(message.algorithm, message.is_mac) &&
      host::to_bytes(message.protected_header) == plain_header) {
    const host::Bytes written = host::sign::write_cose(static_cast<CoseAlgorithm>(message.algorithm),
                                                       message.key_identifier, message.signature);
    require(written == host::to_bytes(block), "one meaning, one encoding");
  }
  return 0;
}
