// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <psa/crypto.h>

#include <cstddef>
#include <cstdint>

#include "tmd/auth/psa/psa_key.hpp"
#include "tmd/auth/psa/psa_status.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/auth/constant_time.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// A cipher for EncryptedFlash (tmd/flash/encrypted_flash.hpp): XTS-AES (IEEE 1619, NIST SP 800-38E) with data
/// units of 512 bytes, whose number is the address divided by that. Made of single AES blocks (ECB through PSA
/// Crypto), because few PSA libraries have XTS itself: Mbed TLS 2.28 has it outside of PSA only.
///
/// XTS and not CTR: with a key stream by address alone, two versions of one place, exclusive-ored, would give the
/// two texts away; XTS gives away no more than which blocks of 16 bytes are equal. The application has called
/// psa_crypto_init().
class PsaAesXts {
 public:
  static constexpr std::size_t kBlockSize = 16;
  static constexpr std::uint32_t kDataUnit = 512;

  PsaAesXts() = default;
  PsaAesXts(const PsaAesXts&) = delete;
  PsaAesXts& operator=(const PsaAesXts&) = delete;

  /// Two different AES keys of equal length, one behind the other: 32 or 64 bytes, random, for this device alone.
  /// ok; wrong_state; cipher_failure where they are none, or are equal; out_of_memory; unsupported_algorithm.
  Status open(ConstBytes keys) {
    is_open_ = false;
    const ConstBytes data = keys.first(keys.size() / 2);
    const ConstBytes tweak = keys.from(keys.size() / 2);
    const bool is_length = keys.size() == 32 || keys.size() == 64;
    if (!is_length || equal_in_constant_time(data, tweak)) return Status::cipher_failure;
    return open(data, 0, tweak, 0);
  }
  /// The same with keys that lie in the PSA key store, with usage ENCRYPT and DECRYPT and algorithm
  /// ECB_NO_PADDING. That the two differ is for who puts them there to see to.
  Status open(std::uint32_t stored_data_key, std::uint32_t stored_tweak_key) {
    is_open_ = false;
    if (stored_data_key == stored_tweak_key) return Status::cipher_failure;
    return open(ConstBytes(), stored_data_key, ConstBytes(), stored_tweak_key);
  }

  /// In place; address and length are multiples of 16. ok; wrong_state before `open`; cipher_failure,
  /// out_of_memory: the bytes are then undefined.
  Status encrypt(std::uint32_t address, MutableBytes bytes) { return run(address, bytes, true); }
  Status decrypt(std::uint32_t address, MutableBytes bytes) { return run(address, bytes, false); }

 private:
  static constexpr psa_algorithm_t kEcb = PSA_ALG_ECB_NO_PADDING;

  Status open(ConstBytes data, std::uint32_t stored_data, ConstBytes tweak, std::uint32_t stored_tweak) {
    psa_status_t answer = data_key_.open(data, stored_data, PSA_KEY_TYPE_AES,
                                         PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, kEcb);
    if (answer == PSA_SUCCESS)
      answer = tweak_key_.open(tweak, stored_tweak, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, kEcb);
    is_open_ = answer == PSA_SUCCESS;
    return from_psa(answer, Status::cipher_failure);
  }

  Status run(std::uint32_t address, MutableBytes bytes, bool encrypts) {
    if (!is_open_) return Status::wrong_state;
    std::uint8_t tweak[kBlockSize] = {};
    Status status =
        address % kBlockSize == 0 && bytes.size() % kBlockSize == 0 ? Status::ok : Status::cipher_failure;
    for (std::size_t done = 0; status == Status::ok && done < bytes.size(); done += kBlockSize) {
      const std::uint32_t position = address + static_cast<std::uint32_t>(done);
      if (done == 0 || position % kDataUnit == 0) status = start_unit(position, tweak);
      if (status == Status::ok) status = block(bytes.data() + done, tweak, encrypts);
      double_tweak(tweak);
    }
    wipe(MutableBytes(tweak));
    return status;
  }

  /// The tweak of the block at `position`: the data unit's number, encrypted, times alpha for each block before.
  Status start_unit(std::uint32_t position, std::uint8_t (&tweak)[kBlockSize]) {
    std::uint8_t number[kBlockSize] = {};
    store_le32(number, position / kDataUnit);
    const Status status = aes(tweak_key_, true, number, tweak);
    for (std::uint32_t i = 0; i < position % kDataUnit / kBlockSize; ++i) double_tweak(tweak);
    return status;
  }

  Status block(std::uint8_t* bytes, const std::uint8_t (&tweak)[kBlockSize], bool encrypts) {
    std::uint8_t masked[kBlockSize];
    for (std::size_t i = 0; i < kBlockSize; ++i) masked[i] = static_cast<std::uint8_t>(bytes[i] ^ tweak[i]);
    const Status status = aes(data_key_, encrypts, masked, bytes);
    for (std::size_t i = 0; i < kBlockSize; ++i) bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ tweak[i]);
    wipe(MutableBytes(masked));
    return status;
  }

  static Status aes(const PsaKey& key, bool encrypts, const std::uint8_t* in, std::uint8_t* out) {
    std::size_t length = 0;
    psa_status_t answer = encrypts
                              ? psa_cipher_encrypt(key.id(), kEcb, in, kBlockSize, out, kBlockSize, &length)
                              : psa_cipher_decrypt(key.id(), kEcb, in, kBlockSize, out, kBlockSize, &length);
    if (answer == PSA_SUCCESS && length != kBlockSize) answer = PSA_ERROR_GENERIC_ERROR;
    return from_psa(answer, Status::cipher_failure);
  }

  /// Times alpha in GF(2^128), as IEEE 1619 orders the bits.
  static void double_tweak(std::uint8_t (&tweak)[kBlockSize]) {
    unsigned carry = 0;
    for (std::uint8_t& byte : tweak) {
      const unsigned doubled = (static_cast<unsigned>(byte) << 1) | carry;
      carry = doubled >> 8;
      byte = static_cast<std::uint8_t>(doubled);
    }
    tweak[0] = static_cast<std::uint8_t>(tweak[0] ^ (carry * 0x87U));
  }

  PsaKey data_key_;
  PsaKey tweak_key_;
  bool is_open_ = false;
};

}  // namespace tmd
