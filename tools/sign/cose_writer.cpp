// SPDX-License-Identifier: Apache-2.0
#include "sign/cose_writer.hpp"

#include "sign/cbor_writer.hpp"
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

Bytes protected_header(CoseAlgorithm algorithm) {
  Bytes map{kMapOfOne, kLabelAlgorithm};
  append_integer(map, static_cast<std::int32_t>(algorithm));
  return map;
}

/// Up to the payload.
Bytes write_headers(CoseAlgorithm algorithm, ConstBytes identifier) {
  Bytes out{is_symmetric(algorithm) ? kTagMac0 : kTagSign1, kArrayOfFour};
  append_byte_string(out, view(protected_header(algorithm)));
  out.push_back(identifier.empty() ? kEmptyMap : kMapOfOne);
  if (!identifier.empty()) {
    out.push_back(kLabelKeyIdentifier);
    append_byte_string(out, identifier);
  }
  return out;
}

}  // namespace

Bytes write_cose(CoseAlgorithm algorithm, ConstBytes identifier, ConstBytes signature) {
  Bytes out = write_headers(algorithm, identifier);
  out.push_back(kNull);
  append_byte_string(out, signature);
  return out;
}

Bytes write_cose_attached(CoseAlgorithm algorithm, ConstBytes identifier, ConstBytes payload,
                          ConstBytes signature) {
  Bytes out = write_headers(algorithm, identifier);
  append_byte_string(out, payload);
  append_byte_string(out, signature);
  return out;
}

Bytes bytes_to_sign(CoseAlgorithm algorithm, ConstBytes payload) {
  const Bytes header = protected_header(algorithm);
  Bytes encoded_header;
  append_byte_string(encoded_header, view(header));
  CoseMessage message;
  message.is_mac = is_symmetric(algorithm);
  message.protected_header = view(encoded_header);
  const ToBeSigned to_be_signed(message, payload);
  Bytes out;
  for (const ConstBytes& piece : to_be_signed.pieces()) out.insert(out.end(), piece.begin(), piece.end());
  return out;
}

}  // namespace tmd::host::sign
