/* SPDX-License-Identifier: Apache-2.0 */
/* What the C programs on the host share: checks that end the program, calls that are repeated, files. */
#ifndef TESTS_SYSTEM_C_C_TEST_H
#define TESTS_SYSTEM_C_C_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "tmd/c/tmd.h"

#define CHECK(condition)                                             \
  do {                                                               \
    if (!(condition)) {                                              \
      printf("FAILED: %s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                       \
    }                                                                \
  } while (0)
#define UNTIL_DONE(status, call) \
  do {                           \
    (status) = (call);           \
  } while ((status) == TMD_WOULD_BLOCK)

typedef struct {
  uint8_t bytes[1 << 20];
  size_t size;
} File;

static void load(const char* path, File* file) {
  FILE* stream = fopen(path, "rb");
  CHECK(stream != NULL);
  file->size = fread(file->bytes, 1, sizeof(file->bytes), stream);
  fclose(stream);
}

#endif
