// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "codec/range_encoder.hpp"
#include "support/bytes.hpp"
#include "tmd/internal/codec/context_tables.hpp"
#include "tmd/internal/codec/range_decoder.hpp"
#include "tmd/internal/codec/symbols.hpp"

namespace tmd::test {

using BodySymbols = codec::Symbols<1600, codec::weights::kEnd>;

inline std::unique_ptr<BodySymbols> started_symbols() {
  auto symbols = std::make_unique<BodySymbols>();
  symbols->start(1600);
  return symbols;
}

/// What `code(coder, symbols)` codes, as the bytes of a body.
template <class Code>
Bytes encoded_body(const Code& code) {
  host::RangeEncoder encoder;
  const auto symbols = started_symbols();
  code(encoder, *symbols);
  return encoder.finish();
}

/// All bytes of a body, and zeros behind them.
struct BodySource {
  Bytes bytes;
  std::size_t at = 0;
  std::uint8_t next() { return at < bytes.size() ? bytes[at++] : std::uint8_t{0}; }
};

/// The same code, reading what it wrote.
template <class Code>
void decode_body(const Bytes& body, const Code& code) {
  codec::RangeDecoder<BodySource> decoder{};
  decoder.source().bytes = body;
  decoder.start();
  const auto symbols = started_symbols();
  code(decoder, *symbols);
}

}  // namespace tmd::test
