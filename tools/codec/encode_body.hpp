// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "codec/encoded_body.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host {

/// The smallest body this encoder knows that turns `base` into `target`. Any bytes will do: where they are
/// models it knows how to read, their tensors guide it. The same input gives the same body on every machine.
EncodedBody encode_body(ConstBytes base, ConstBytes target, const EncodeOptions& options = {});

/// What the device will do with a body, operation by operation, with its cost. Stops at the first malformed
/// one. The status is that of the decoder.
struct DecodedBody {
  Status status = Status::ok;
  std::vector<std::uint8_t> target;
  std::vector<ExplainedRegion> operations;  ///< Empty where each was handed on.
};
/// `on_operation` is handed each one where it is given: a small body may have very many.
DecodedBody decode_body(ConstBytes base, std::uint8_t parameters, ConstBytes body,
                        std::uint32_t target_length, const codec::ReadWindow& window = {},
                        const std::function<void(const ExplainedRegion&)>& on_operation = {});

}  // namespace tmd::host
