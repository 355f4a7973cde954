// SPDX-License-Identifier: Apache-2.0
#include "sign/cose_writer.hpp"

#include "sign/key_files.hpp"

namespace tmd::host::sign {
namespace {

constexpr std::uint8_t kTagSign1 = 0xD2;
constexpr std::uint8_t kTagMac0 = 0xD1;
constexpr std::uint8_t kArrayOfFour = 0x84;
constexpr std::uint8_t kMapOfOne = 0xA1;
constexpr std::uint8_t kEmptyMap = 0xA0;
constexpr std::uint8_t kNull = 0xF6;
constexpr std::uint8_t kLabelAlgorithm = 0x01;
constexpr std::uint8_t kLabelKeyIdentifier = 0x04;

/// The head of an item in its shortest form.
void append_head(Bytes& out, CborMajor major, std::uint32_t argument) {
  const unsigned byte_count = argument < 24 ? 0U : argument < 0x100 ? 1U : argument < 0x10000 ? 2U : 4U;
  const std::uint32_t information = byte_count == 0   ? argument
                                    : byte_count == 1 ? 24U
                                    : byte_count == 2 ? 25U
                                                      : 26U;
  out.push_back(static_cast<std::uint8_t>((static_cast<unsigned>(major) << 5) | information));
  for (unsigned i = byte_count; i-- > 0;) out.push_back(static_cast<std::uint8_t>(argument >> (8 * i)));
}

void append_byte_string(Bytes& out, ConstBytes bytes) {
  append_head(out, CborMajor::byte_string, static_cast<std::uint32_t>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes protected_header(CoseAlgorithm algorithm) {
  const std::int32_t value = static_cast<std::int32_t>(algorithm);
  Bytes map{kMapOfOne, kLabelAlgorithm};
  append_head(map, value < 0 ? CborMajor::negative_integer : CborMajor::unsigned_integer,
              static_cast<std::uint32_t>(value < 0 ? -1 - value : value));
  return map;
}

}  // namespace

Bytes write_cose(CoseAlgorithm algorithm, ConstBytes identifier, ConstBytes signature) {
  Bytes out{is_symmetric(algorithm) ? kTagMac0 : kTagSign1, kArrayOfFour};
  append_byte_string(out, view(protected_header(algorithm)));
  out.push_back(identifier.empty() ? kEmptyMap : kMapOfOne);
  if (!identifier.empty()) {
    out.push_back(kLabelKeyIdentifier);
    append_byte_string(out, identifier);
  }
  out.push_back(kNull);
  append_byte_string(out, signature);
  return out;
}

Bytes bytes_to_sign(CoseAlgorithm algorithm, ConstBytes manifest) {
  const Bytes header = protected_header(algorithm);
  Bytes encoded_header;
  append_byte_string(encoded_header, view(header));
  CoseMessage message;
  message.is_mac = is_symmetric(algorithm);
  message.protected_header = view(encoded_header);
  const ToBeSigned to_be_signed(message, manifest);
  Bytes out;
  for (const ConstBytes& piece : to_be_signed.pieces()) out.insert(out.end(), piece.begin(), piece.end());
  return out;
}

}  // namespace tmd::host::sign
