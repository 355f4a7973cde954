// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <psa/crypto.h>

#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {

/// A PSA key for the length of an operation: imported from bytes and destroyed again, or one out of the key
/// store, which is left there.
class PsaKey {
 public:
  PsaKey() = default;
  PsaKey(const PsaKey&) = delete;
  PsaKey& operator=(const PsaKey&) = delete;
  ~PsaKey() { reset(); }

  /// Takes `material`, or `stored_key` where there is none. Answers what psa_import_key answered.
  psa_status_t open(ConstBytes material, std::uint32_t stored_key, psa_key_type_t type, psa_key_usage_t usage,
                    psa_algorithm_t algorithm) {
    reset();
    if (material.empty() && stored_key != 0) {
      key_ = static_cast<psa_key_id_t>(stored_key);
      return PSA_SUCCESS;
    }
    psa_key_attributes_t attributes = psa_key_attributes_init();
    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    const psa_status_t answer = psa_import_key(&attributes, material.data(), material.size(), &key_);
    imported_ = answer == PSA_SUCCESS;
    return answer;
  }

  psa_key_id_t id() const { return key_; }

  void reset() {
    if (imported_) static_cast<void>(psa_destroy_key(key_));
    imported_ = false;
    key_ = 0;
  }

 private:
  psa_key_id_t key_ = 0;
  bool imported_ = false;
};

}  // namespace tmd
