/* SPDX-License-Identifier: Apache-2.0 */
/* The field's first example, behind TrustZone: the model in the secure world is asked for the sine of twenty angles and
   compared with the C library's, before and after a signed patch that improves it. The same source is a Zephyr
   application and, in application/zephyr_sample.cpp, a program for the monitor. */
#include <math.h>
#include <stdint.h>
#include <zephyr/sys/printk.h>

#include "model_api.h"
#include "psa/client.h"
#include "psa_manifest/sid.h"

/* What came by radio, in a product. */
static const uint8_t patch[] = {
#include "patch.inc"
};

enum { kAngles = 20, kPacket = 20 };
/* The models' quantisation: the input is 0 to a turn, the output -1.05 to 1.05, both over 255 steps. */
static const float kTurn = 6.2831853F, kAngleStep = 6.2831853F / 255.0F, kSineStep = 2.1F / 255.0F;
enum { kAngleZero = -128, kSineZero = -1 };

static int rounded(float value) {
  return (int)(value < 0 ? value - 0.5F : value + 0.5F);
}

/* A number of thousandths. */
static void print_column(int thousandths) {
  const int magnitude = thousandths < 0 ? -thousandths : thousandths;
  printk("   %s%d.%03d", thousandths < 0 ? "-" : " ", magnitude / 1000, magnitude % 1000);
}

/* The model's answer in thousandths; far off where the service has none. */
static int ask(float angle) {
  const int8_t stored = (int8_t)(rounded(angle / kAngleStep) + kAngleZero);
  int8_t answer = 0;
  const psa_invec in[] = {{&stored, sizeof(stored)}};
  psa_outvec out[] = {{&answer, sizeof(answer)}};
  if (psa_call(TMD_MODEL_HANDLE, TMD_MODEL_INFER, in, 1, out, 1) != PSA_SUCCESS) return 100000;
  return rounded((float)(answer - kSineZero) * kSineStep * 1000.0F);
}

/* Prints angle, model, library and deviation; returns the sum of the deviations in thousandths. */
static int ask_all(const char* when) {
  int sum = 0;
  printk("%s\n     angle    model  library  deviation\n", when);
  for (int i = 0; i < kAngles; ++i) {
    const float angle = kTurn * ((float)i + 0.5F) / (float)kAngles;
    const int model = ask(angle), library = rounded(sinf(angle) * 1000.0F);
    const int deviation = model < library ? library - model : model - library;
    print_column(rounded(angle * 1000.0F));
    print_column(model);
    print_column(library);
    print_column(deviation);
    printk("\n");
    sum += deviation;
  }
  printk("mean deviation");
  print_column(sum / kAngles);
  printk("\n");
  return sum;
}

/* An update call's status (tmd::Status), or the framework's where the call itself was refused. */
static int32_t call(int32_t type) {
  tmd_model_progress_t progress = {0, 0};
  psa_outvec out[] = {{&progress, sizeof(progress)}};
  const psa_status_t status = psa_call(TMD_MODEL_HANDLE, type, NULL, 0, out, 1);
  return status == PSA_SUCCESS ? (int32_t)progress.status : status;
}

static int32_t feed(uint32_t offset, uint32_t length) {
  tmd_model_progress_t progress = {0, 0};
  const psa_invec in[] = {{&offset, sizeof(offset)}, {patch + offset, length}};
  psa_outvec out[] = {{&progress, sizeof(progress)}};
  const psa_status_t status = psa_call(TMD_MODEL_HANDLE, TMD_MODEL_FEED, in, 2, out, 1);
  return status == PSA_SUCCESS ? (int32_t)progress.status : status;
}

/* Statuses of 16 and more are errors, those below 0 the framework's refusals. */
static int32_t update(void) {
  int32_t status = call(TMD_MODEL_BEGIN);
  for (uint32_t offset = 0; offset < sizeof(patch) && status >= 0 && status < 16; offset += kPacket) {
    const uint32_t left = (uint32_t)sizeof(patch) - offset;
    status = feed(offset, left < kPacket ? left : kPacket);
  }
  printk("patch of %u bytes: status %d\n", (unsigned)sizeof(patch), (int)status);
  if (status < 0 || status >= 16) return status;
  status = call(TMD_MODEL_FINISH);
  return status == 0 ? call(TMD_MODEL_CONFIRM) : status;
}

int main(void) {
  const int before = ask_all("before the patch");
  const int32_t status = update();
  const int after = ask_all("after the patch");
  const int is_better = after * 2 < before;
  printk(is_better ? "the patch halves the deviation, at least\n"
                   : "THE PATCH DOES NOT HALVE THE DEVIATION\n");
  return status == 0 && is_better ? 0 : 1;
}
