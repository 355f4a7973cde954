/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the PSA Firmware Framework's client API that the example uses; the crypto library's header has the type
   of statuses. */
#ifndef PSA_CLIENT_H
#define PSA_CLIENT_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#ifndef PSA_SUCCESS
typedef int32_t psa_status_t;
#define PSA_SUCCESS ((psa_status_t)0)
#endif
typedef int32_t psa_handle_t;
#define PSA_ERROR_PROGRAMMER_ERROR ((psa_status_t)-129)
#define PSA_ERROR_CONNECTION_BUSY ((psa_status_t)-131)
#ifndef PSA_ERROR_GENERIC_ERROR
#define PSA_ERROR_GENERIC_ERROR ((psa_status_t)-132)
#define PSA_ERROR_NOT_SUPPORTED ((psa_status_t)-134)
#define PSA_ERROR_INVALID_ARGUMENT ((psa_status_t)-135)
#define PSA_ERROR_BAD_STATE ((psa_status_t)-137)
#endif
#define PSA_MAX_IOVEC (4u)
typedef struct psa_invec {
  const void* base;
  size_t len;
} psa_invec;
typedef struct psa_outvec {
  void* base;
  size_t len;
} psa_outvec;
psa_status_t psa_call(psa_handle_t handle, int32_t type, const psa_invec* in_vec, size_t in_len,
                      psa_outvec* out_vec, size_t out_len);
#ifdef __cplusplus
}
#endif
#endif
