// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mbedtls/ecdsa.h>
#include <mbedtls/memory_buffer_alloc.h>

#include "tmd/auth/verifier.hpp"
#include "tmd/digest/sha256.hpp"

/// Verifier policy for ES256 (ECDSA on P-256 with SHA-256) through Mbed TLS's own functions: less code than
/// PSA Crypto, for firmware that needs nothing else of it. Big numbers live in a static buffer that is in use
/// only while a signature is checked: share it with whatever else the product needs for moments only.
class MbedtlsEs256 {
 public:
  static constexpr tmd::CoseAlgorithm kAlgorithm = tmd::CoseAlgorithm::es256;

  /// Statuses: ok; bad_signature, also for a key that is no point of the curve; needs_more_memory where the
  /// buffer is too small.
  tmd::Status verify(const tmd::TrustedKey& key, const tmd::BytePieces& message, tmd::ConstBytes signature) {
    if (signature.size() != 2 * kNumberSize) return tmd::Status::bad_signature;
    std::uint8_t hash[32] = {};
    tmd::Sha256 sha;
    for (const tmd::ConstBytes& piece : message) sha.update(piece);
    sha.finish(tmd::MutableBytes(hash));

    alignas(8) static unsigned char memory[kMemory];
    mbedtls_memory_buffer_alloc_init(memory, sizeof(memory));
    const int error = verify_hash(key.material, hash, signature);
    mbedtls_memory_buffer_alloc_free();
    if (error == MBEDTLS_ERR_MPI_ALLOC_FAILED || error == MBEDTLS_ERR_ECP_ALLOC_FAILED)
      return tmd::Status::needs_more_memory;
    return error == 0 ? tmd::Status::ok : tmd::Status::bad_signature;
  }

 private:
  static constexpr std::size_t kNumberSize = 32;
  static constexpr std::size_t kMemory = 3584;

  static int verify_hash(tmd::ConstBytes point, const std::uint8_t (&hash)[32], tmd::ConstBytes signature) {
    mbedtls_ecp_group curve;
    mbedtls_ecp_point key;
    mbedtls_mpi r;
    mbedtls_mpi s;
    mbedtls_ecp_group_init(&curve);
    mbedtls_ecp_point_init(&key);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int error = mbedtls_ecp_group_load(&curve, MBEDTLS_ECP_DP_SECP256R1);
    if (error == 0) error = mbedtls_ecp_point_read_binary(&curve, &key, point.data(), point.size());
    if (error == 0) error = mbedtls_ecp_check_pubkey(&curve, &key);
    if (error == 0) error = mbedtls_mpi_read_binary(&r, signature.data(), kNumberSize);
    if (error == 0) error = mbedtls_mpi_read_binary(&s, signature.data() + kNumberSize, kNumberSize);
    if (error == 0) error = mbedtls_ecdsa_verify(&curve, hash, sizeof(hash), &key, &r, &s);
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_point_free(&key);
    mbedtls_ecp_group_free(&curve);
    return error;
  }
};
