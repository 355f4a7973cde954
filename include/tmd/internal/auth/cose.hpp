// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/auth/byte_pieces.hpp"
#include "tmd/internal/auth/cbor_reader.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// Algorithm numbers of the IANA registry "COSE Algorithms".
enum class CoseAlgorithm : std::int32_t {
  hmac_sha256 = 5,   ///< HMAC 256/256 (RFC 9053, section 3.1); 32-byte tag.
  es256 = -7,        ///< ECDSA on P-256 with SHA-256 (RFC 9053, section 2.1); signature r || s, 64 bytes.
  eddsa = -8,        ///< Ed25519 (RFC 9053, section 2.2); 64 bytes. Ed448 is refused by its length.
  aes_cmac = -65537  ///< AES-CMAC (RFC 4493) with a 16-byte tag. The registry has CBC-MAC (14, 15, 25, 26)
                     ///< but no CMAC; draft-ietf-cose-cmac asks for numbers. Until then: the first number of
                     ///< the private-use range.
};

/// What an authentication block holds: COSE_Sign1 (tag 18) or COSE_Mac0 (tag 17) of RFC 9052 with a detached
/// payload. The views point into the block.
struct CoseMessage {
  bool is_mac = false;
  std::int32_t algorithm = 0;
  ConstBytes key_identifier;    ///< Empty where the block names none.
  ConstBytes protected_header;  ///< As on the wire, with the head of its byte string.
  ConstBytes signature;         ///< Or the MAC tag.
};

namespace detail {
constexpr std::int32_t kCoseLabelAlgorithm = 1;
constexpr std::int32_t kCoseLabelContentType = 3;
constexpr std::int32_t kCoseLabelKeyIdentifier = 4;

/// One header map: labels ascending, each at most once, none but those known here. A critical header ("crit",
/// 2) is among the refused ones: there is none that this reader implements.
constexpr void read_cose_headers(CborReader& reader, bool is_protected, CoseMessage& message, bool& refused) {
  const std::uint32_t count = reader.head(CborMajor::map);
  std::int32_t previous = 0;
  for (std::uint32_t i = 0; i < count && !reader.failed() && !refused; ++i) {
    const std::int32_t label = reader.integer();
    refused = label <= previous;
    previous = label;
    if (label == kCoseLabelAlgorithm && is_protected) {
      message.algorithm = reader.integer();
    } else if (label == kCoseLabelContentType && is_protected) {
      static_cast<void>(reader.head(CborMajor::unsigned_integer));
    } else if (label == kCoseLabelKeyIdentifier && message.key_identifier.empty()) {
      message.key_identifier = reader.byte_string();
      refused = refused || message.key_identifier.empty();
    } else {
      refused = true;
    }
  }
}
}  // namespace detail

namespace detail {
/// `payload`: where an attached payload is put; null where null must stand in its place.
[[nodiscard]] constexpr Status parse_cose(ConstBytes block, CoseMessage& message, ConstBytes* payload) {
  constexpr std::uint32_t kTagMac0 = 17;
  constexpr std::uint32_t kTagSign1 = 18;
  message = CoseMessage();
  bool refused = false;
  CborReader reader(block);
  const std::uint32_t tag = reader.head(CborMajor::tag);
  message.is_mac = tag == kTagMac0;
  if ((tag != kTagMac0 && tag != kTagSign1) || reader.head(CborMajor::array) != 4) refused = true;

  const std::size_t protected_start = reader.position();
  CborReader protected_reader(reader.byte_string());
  message.protected_header = reader.since(protected_start);
  read_cose_headers(protected_reader, true, message, refused);
  if (!protected_reader.complete() || message.algorithm == 0) refused = true;

  read_cose_headers(reader, false, message, refused);
  if (payload == nullptr) {
    reader.null();
  } else {
    *payload = reader.byte_string();
  }
  message.signature = reader.byte_string();
  return refused || !reader.complete() ? Status::malformed_signature : Status::ok;
}
}  // namespace detail

/// Reads an authentication block of at most a few hundred bytes. Accepted is the deterministic encoding of
///
///     18([protected << {1: algorithm, ? 3: content type, ? 4: key id} >>, {? 4: key id}, null, signature])
///
/// or the same with tag 17. `malformed_signature` for anything else, also for bytes after it.
[[nodiscard]] constexpr Status parse_cose(ConstBytes block, CoseMessage& message) {
  return detail::parse_cose(block, message, nullptr);
}

/// The same of a structure that carries its payload: a byte string stands where null would.
[[nodiscard]] constexpr Status parse_cose_attached(ConstBytes block, CoseMessage& message,
                                                   ConstBytes& payload) {
  return detail::parse_cose(block, message, &payload);
}

/// The bytes that a signature or MAC covers: Sig_structure or MAC_structure (RFC 9052, sections 4.4 and 6.3),
/// with empty external data. Lies in pieces: the message and the payload must outlive it.
class ToBeSigned {
 public:
  ToBeSigned(const CoseMessage& message, ConstBytes payload) {
    pieces_.add(message.is_mac ? ConstBytes(kMacContext) : ConstBytes(kSignatureContext));
    pieces_.add(message.protected_header);
    pieces_.add(ConstBytes(head_, write_heads(payload.size())));
    pieces_.add(payload);
  }
  ToBeSigned(const ToBeSigned&) = delete;
  ToBeSigned& operator=(const ToBeSigned&) = delete;

  const BytePieces& pieces() const { return pieces_; }

 private:
  static inline constexpr std::uint8_t kSignatureContext[12] = {0x84, 0x6A, 'S', 'i', 'g', 'n',
                                                                'a',  't',  'u', 'r', 'e', '1'};
  static inline constexpr std::uint8_t kMacContext[6] = {0x84, 0x64, 'M', 'A', 'C', '0'};

  /// Empty external data, then the head of the payload's byte string. Returns how many bytes that took.
  std::size_t write_heads(std::size_t length) {
    head_[0] = 0x40;
    if (length < 24) {
      head_[1] = static_cast<std::uint8_t>(0x40 | length);
      return 2;
    }
    const unsigned byte_count = length < 0x100 ? 1U : (length < 0x10000 ? 2U : 4U);
    head_[1] = static_cast<std::uint8_t>(byte_count == 1 ? 0x58 : (byte_count == 2 ? 0x59 : 0x5A));
    for (unsigned i = 0; i < byte_count; ++i) {
      head_[2 + i] = static_cast<std::uint8_t>(length >> (8 * (byte_count - 1 - i)));
    }
    return 2 + byte_count;
  }

  std::uint8_t head_[6] = {};
  BytePieces pieces_;
};

}  // namespace tmd
