/* SPDX-License-Identifier: Apache-2.0 */
/* What TF-M's manifest tool writes: the service's stateless handle, as the partition's manifest has it. */
#ifndef PSA_MANIFEST_SID_H
#define PSA_MANIFEST_SID_H
#define TMD_MODEL_HANDLE (0x40000110)
#endif
