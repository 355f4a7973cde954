// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/psa/psa_status.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace tmd;

TEST_CASE("what does not lie in the data is told by its own status, and nothing but success is ok") {
  for (const Status otherwise : {Status::bad_signature, Status::cipher_failure}) {
    CHECK(from_psa(PSA_SUCCESS, otherwise) == Status::ok);
    CHECK(from_psa(PSA_ERROR_BAD_STATE, otherwise) == Status::wrong_state);
    CHECK(from_psa(PSA_ERROR_INSUFFICIENT_MEMORY, otherwise) == Status::out_of_memory);
    CHECK(from_psa(PSA_ERROR_NOT_SUPPORTED, otherwise) == Status::unsupported_algorithm);
    for (const psa_status_t answer : {PSA_ERROR_INVALID_SIGNATURE, PSA_ERROR_INVALID_ARGUMENT,
                                      PSA_ERROR_INVALID_HANDLE, PSA_ERROR_GENERIC_ERROR})
      CHECK(from_psa(answer, otherwise) == otherwise);
  }
}

TEST_CASE("a key that the store does not hold is no bad signature") {
  for (const psa_status_t answer : {PSA_ERROR_INVALID_HANDLE, PSA_ERROR_DOES_NOT_EXIST})
    CHECK(from_psa_verify(answer) == Status::unknown_key);
  for (const psa_status_t answer : {PSA_ERROR_INVALID_SIGNATURE, PSA_ERROR_INVALID_ARGUMENT})
    CHECK(from_psa_verify(answer) == Status::bad_signature);
  CHECK(from_psa_verify(PSA_SUCCESS) == Status::ok);
  CHECK(from_psa_verify(PSA_ERROR_BAD_STATE) == Status::wrong_state);
}
