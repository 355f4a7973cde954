// SPDX-License-Identifier: Apache-2.0
// The field's first example, behind TrustZone: the model in the secure world is asked for the sine of twenty angles and
// compared with the C library's, before and after a signed patch that improves it. Exit code 0 where it does.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "client.hpp"

extern "C" {
extern const std::uint8_t patch_image[], patch_image_end[];
}

namespace {

constexpr int kAngles = 20;
// The quantisation of the models: input 0 to a turn, output -1.05 to 1.05, both over 255 steps.
constexpr float kTurn = 6.2831853F, kAngleStep = kTurn / 255.0F, kSineStep = 2.1F / 255.0F;
constexpr int kAngleZero = -128, kSineZero = -1;

int rounded(float value) {
  return static_cast<int>(value < 0 ? value - 0.5F : value + 0.5F);
}

/// In thousandths, as a column.
void column(int thousandths) {
  const bool negative = thousandths < 0;
  const auto magnitude = static_cast<std::uint32_t>(negative ? -thousandths : thousandths);
  const std::uint32_t rest = magnitude % 1000;
  semihosting::write(negative ? "  -" : "   ");
  semihosting::write(magnitude / 1000);
  semihosting::write(rest < 10 ? ".00" : rest < 100 ? ".0" : ".");
  semihosting::write(rest);
}

/// Thousandths; far off where the service has no answer.
int ask(float angle) {
  const std::int8_t stored = static_cast<std::int8_t>(rounded(angle / kAngleStep) + kAngleZero);
  std::int8_t answer = 0;
  psa_invec in[] = {{&stored, 1}};
  psa_outvec out[] = {{&answer, 1}};
  if (psa_call(TMD_MODEL_HANDLE, TMD_MODEL_INFER, in, 1, out, 1) != PSA_SUCCESS) return 100000;
  return rounded(static_cast<float>(answer - kSineZero) * kSineStep * 1000.0F);
}

/// Prints angle, model, library and deviation; returns the sum of the deviations in thousandths.
int ask_all(const char* when) {
  semihosting::write(when);
  semihosting::write("\n   angle   model   library   deviation\n");
  int sum = 0;
  for (int i = 0; i < kAngles; ++i) {
    const float angle = kTurn * (static_cast<float>(i) + 0.5F) / kAngles;
    const int model = ask(angle);
    const int library = rounded(std::sin(angle) * 1000.0F);
    const int off = model < library ? library - model : model - library;
    column(rounded(angle * 1000.0F));
    column(model);
    column(library);
    column(off);
    semihosting::write("\n");
    sum += off;
  }
  semihosting::write("mean deviation");
  column(sum / kAngles);
  semihosting::write("\n");
  return sum;
}

}  // namespace

int run() {
  const int before = ask_all("before the patch");
  const auto size = static_cast<std::uint32_t>(patch_image_end - patch_image);
  say("begin", call(TMD_MODEL_BEGIN));
  say("patch", stream(patch_image, size, 0, size));
  say("finish", call(TMD_MODEL_FINISH));
  const int after = ask_all("after the patch");
  say("confirm", call(TMD_MODEL_CONFIRM));
  const bool better = after * 2 < before;
  semihosting::write(better ? "the patch halves the deviation, at least\n"
                            : "THE PATCH DOES NOT HALVE THE DEVIATION\n");
  return better ? 0 : 1;
}

void tick_handler() {}
