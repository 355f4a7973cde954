/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the PSA Firmware Framework's service API that the example uses. */
#ifndef PSA_SERVICE_H
#define PSA_SERVICE_H
#include "psa/client.h"
#ifdef __cplusplus
extern "C" {
#endif
typedef struct psa_msg_t {
  int32_t type;
  psa_handle_t handle;
  int32_t client_id;
  void* rhandle;
  size_t in_size[PSA_MAX_IOVEC];
  size_t out_size[PSA_MAX_IOVEC];
} psa_msg_t;
size_t psa_read(psa_handle_t msg_handle, uint32_t invec_idx, void* buffer, size_t num_bytes);
void psa_write(psa_handle_t msg_handle, uint32_t outvec_idx, const void* buffer, size_t num_bytes);
#ifdef __cplusplus
}
#endif
#endif
