/* SPDX-License-Identifier: Apache-2.0 */
/* What clients of the model service say: types of psa_call on TMD_MODEL_HANDLE. C, for both worlds. */
#ifndef TMD_MODEL_API_H
#define TMD_MODEL_API_H
#include <stdint.h>

enum {
  TMD_MODEL_BEGIN = 1,   /* -> out0 progress */
  TMD_MODEL_RESUME = 2,  /* -> out0 progress */
  TMD_MODEL_FEED = 3,    /* in0 u32 patch offset, in1 patch bytes -> out0 progress */
  TMD_MODEL_FINISH = 4,  /* -> out0 progress */
  TMD_MODEL_ABORT = 5,   /* -> out0 progress */
  TMD_MODEL_CONFIRM = 6, /* -> out0 progress */
  TMD_MODEL_REVERT = 7,  /* -> out0 progress */
  TMD_MODEL_STATE = 8,   /* -> out0 state */
  TMD_MODEL_INFER = 9,   /* in0 input tensor -> out0 output tensor */
  TMD_MODEL_LOG = 10     /* in0 u32 index, the oldest is 0 -> out0 log line */
};

/* The answer of the update calls. psa_call itself says PSA_SUCCESS wherever the request was well formed. */
typedef struct {
  uint32_t status; /* tmd::Status */
  uint32_t offset; /* the patch offset to go on from */
} tmd_model_progress_t;

typedef struct {
  uint32_t state; /* tmd::ModelState: none, confirmed, trial, reverted */
  uint32_t length;
  uint32_t security_counter;
  uint32_t log_lines; /* that can be read */
  uint32_t inferences;
  uint8_t digest[32];
} tmd_model_state_t;

/* As tmd::LogEntry. */
typedef struct {
  uint32_t number;
  uint32_t time;
  uint32_t identity;
  uint32_t security_counter;
  uint16_t version[3];
  uint8_t event;
  uint8_t status;
  uint32_t chain;
} tmd_model_log_line_t;

#endif
