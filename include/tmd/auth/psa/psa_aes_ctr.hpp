// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <psa/crypto.h>

#include <cstddef>
#include <cstdint>

#include "tmd/auth/cipher.hpp"
#include "tmd/auth/psa/psa_key.hpp"
#include "tmd/auth/psa/psa_status.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/auth/constant_time.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// Cipher policy: AES-CTR through PSA Crypto. Bytes asked for in order cost one AES block each 16 bytes; a
/// jump to another offset costs a key schedule and at most one block more. Holds a PSA operation (and with it
/// the AES context of the library's heap) from the first `decrypt` to its own end. The application has called
/// psa_crypto_init().
///
///     constexpr tmd::CipherKey kBodyKeys[] = {{kIdentifier, kSecret}};
///     tmd::PsaAesCtr cipher(kBodyKeys);
class PsaAesCtr {
 public:
  /// The table is not copied: it must outlive this object.
  template <std::size_t kCount>
  explicit PsaAesCtr(const CipherKey (&keys)[kCount]) : keys_(keys), count_(kCount) {}
  PsaAesCtr(const CipherKey* keys, std::size_t count) : keys_(keys), count_(count) {}
  /// A copy knows the same keys and waits for its own `begin`.
  PsaAesCtr(const PsaAesCtr& other) : PsaAesCtr(other.keys_, other.count_) {}
  PsaAesCtr& operator=(const PsaAesCtr&) = delete;
  ~PsaAesCtr() { stop(); }

  /// Statuses: ok; cipher_failure (no key of that identifier, or it was refused); malformed_manifest;
  /// unsupported_algorithm; wrong_state; out_of_memory.
  Status begin(ConstBytes cipher_entry) {
    stop();
    CipherEntry entry;
    const Status parsed = parse_cipher_entry(cipher_entry, entry);
    if (parsed != Status::ok) return parsed;
    const CipherKey* key = find(entry.key_identifier);
    if (key == nullptr) return Status::cipher_failure;
    copy_bytes(entry.first_counter, MutableBytes(first_counter_));
    const psa_status_t answer =
        key_.open(key->material, key->stored_key, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, PSA_ALG_CTR);
    ready_ = answer == PSA_SUCCESS;
    return from_psa(answer, Status::cipher_failure);
  }

  /// Decrypts in place the bytes that lie at `body_offset` of the body. Statuses: ok; wrong_state without a
  /// good `begin`; cipher_failure, out_of_memory: the bytes are then undefined.
  Status decrypt(std::uint32_t body_offset, MutableBytes bytes) {
    if (!ready_) return Status::wrong_state;
    if (!running_ || body_offset != next_offset_) {
      const Status moved = seek(body_offset);
      if (moved != Status::ok) return moved;
    }
    const Status status = run(bytes);
    next_offset_ = body_offset + static_cast<std::uint32_t>(bytes.size());
    if (status != Status::ok) abort_operation();
    return status;
  }

 private:
  static constexpr std::size_t kChunk = 32;

  const CipherKey* find(ConstBytes identifier) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (equal_bytes(keys_[i].identifier, identifier)) return &keys_[i];
    }
    return nullptr;
  }

  Status seek(std::uint32_t body_offset) {
    abort_operation();
    std::uint8_t counter[CipherEntry::kBlockSize] = {};
    counter_block_at(ConstBytes(first_counter_), body_offset, MutableBytes(counter));
    psa_status_t answer = psa_cipher_decrypt_setup(&operation_, key_.id(), PSA_ALG_CTR);
    running_ = answer == PSA_SUCCESS;
    if (running_) answer = psa_cipher_set_iv(&operation_, counter, sizeof(counter));
    Status status = from_psa(answer, Status::cipher_failure);
    if (status == Status::ok) {  // pass over the part of the block that lies before the offset
      std::uint8_t skipped[CipherEntry::kBlockSize] = {};
      status = run(MutableBytes(skipped).first(body_offset % CipherEntry::kBlockSize));
      wipe(MutableBytes(skipped));  // it holds key stream
    }
    if (status != Status::ok) abort_operation();
    return status;
  }

  /// PSA does not promise that input and output may be the same buffer: so through a small one.
  Status run(MutableBytes bytes) {
    std::uint8_t plain[kChunk] = {};
    psa_status_t answer = PSA_SUCCESS;
    for (std::size_t done = 0; done < bytes.size() && answer == PSA_SUCCESS; done += kChunk) {
      const MutableBytes part = bytes.slice(done, kChunk);
      std::size_t length = 0;
      answer = psa_cipher_update(&operation_, part.data(), part.size(), plain, sizeof(plain), &length);
      if (answer == PSA_SUCCESS && length != part.size()) answer = PSA_ERROR_GENERIC_ERROR;
      if (answer == PSA_SUCCESS) copy_bytes(ConstBytes(plain).first(length), part);
    }
    wipe(MutableBytes(plain));
    return from_psa(answer, Status::cipher_failure);
  }

  void abort_operation() {
    if (running_) static_cast<void>(psa_cipher_abort(&operation_));
    running_ = false;
  }
  void stop() {
    abort_operation();
    key_.reset();
    ready_ = false;
  }

  const CipherKey* keys_;
  std::size_t count_;
  PsaKey key_;
  psa_cipher_operation_t operation_ = psa_cipher_operation_init();
  std::uint8_t first_counter_[CipherEntry::kBlockSize] = {};
  std::uint32_t next_offset_ = 0;
  bool ready_ = false;
  bool running_ = false;
};

}  // namespace tmd
