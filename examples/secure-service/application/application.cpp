// SPDX-License-Identifier: Apache-2.0
// The non-secure application: asks for six gestures, streams a signed patch in packets, is reset half-way, goes on,
// asks again, confirms; then it tries what it must not, each with the answer, and asks once more.
#include <cstddef>
#include <cstdint>

#include "client.hpp"

extern "C" {
extern const std::uint8_t patch_image[], patch_image_end[];
extern const std::uint8_t older_image[], older_image_end[];  // signed as well, with a lower security counter
extern const std::uint8_t forged_image[],
    forged_image_end[];  // signed with a key that the device does not know
extern const std::uint8_t windows_image[];
}

namespace {

constexpr std::size_t kInput = 64 * 3, kClasses = 6, kShown = 6;
constexpr const char* kNames[] = {"rest", "wave", "circle", "shake", "lift", "knock"};
constexpr std::uintptr_t kSecureSlot = 0x38100000;
constexpr std::uint32_t kHalfway = 0x544D4402;
__attribute__((section(".noinit"))) std::uint32_t phase;

std::size_t name(const std::uint8_t* samples) {
  std::int8_t scores[kClasses] = {};
  psa_invec in[] = {{samples, kInput}};
  psa_outvec out[] = {{scores, sizeof(scores)}};
  if (psa_call(TMD_MODEL_HANDLE, TMD_MODEL_INFER, in, 1, out, 1) != PSA_SUCCESS) return kClasses;
  std::size_t best = 0;
  for (std::size_t i = 1; i < kClasses; ++i)
    if (scores[i] > scores[best]) best = i;
  return best;
}

void ask(const char* when) {
  semihosting::write(when);
  semihosting::write(":");
  unsigned right = 0;
  for (std::size_t i = 0; i < kShown; ++i) {
    const std::uint8_t* window = windows_image + i * (1 + kInput);
    const std::size_t named = name(window + 1);
    semihosting::write(" ");
    semihosting::write(named < kClasses ? kNames[named] : "-");
    right += named == window[0] ? 1U : 0U;
  }
  say(", right", static_cast<std::int32_t>(right));
}

std::uint32_t patch_size() {
  return static_cast<std::uint32_t>(patch_image_end - patch_image);
}

[[noreturn]] void reset() {
  word(0xE000ED0C) = 0x05FA0004;
  // TF-M keeps that to itself: its platform service is asked.
  constexpr psa_handle_t kPlatformService = 0x40000105;
  constexpr std::int32_t kSystemReset = 1012;
  static_cast<void>(psa_call(kPlatformService, kSystemReset, nullptr, 0, nullptr, 0));
  for (;;) {
  }
}

// An interrupt of the non-secure world in the middle of a call: it calls on its own account, and points the vectors of
// the call that runs at the secure slot.
psa_invec changing_in[1];
psa_outvec changing_out[1];
volatile std::int32_t reentrant = 1;

void interrupted_call() {
  std::int8_t scores[kClasses] = {};
  changing_in[0] = {windows_image + 1, kInput};
  changing_out[0] = {scores, sizeof(scores)};
  word(0xE000E014) = 100000;  // SysTick: once, while the model is being run
  word(0xE000E018) = 0;
  word(0xE000E010) = 7;
  const psa_status_t status = psa_call(TMD_MODEL_HANDLE, TMD_MODEL_INFER, changing_in, 1, changing_out, 1);
  word(0xE000E010) = 0;
  say("call from an interrupt while a call runs", reentrant);
  say("the call whose vectors it changed", status);
  std::int32_t sum = 0;
  for (const std::int8_t score : scores) sum += score + 128;
  semihosting::write(sum > 250 ? "  its answer came to where it was asked for\n"
                               : "  ITS ANSWER IS NOT THERE\n");
}

void attack() {
  std::uint32_t offset = 0;
  tmd_model_progress_t progress = {};
  psa_outvec out[] = {{&progress, sizeof(progress)}};
  psa_invec in_secure[] = {{&offset, sizeof(offset)}, {reinterpret_cast<const void*>(kSecureSlot), 16}};
  say("in-vector in the secure slot", psa_call(TMD_MODEL_HANDLE, TMD_MODEL_FEED, in_secure, 2, out, 1));
  psa_outvec out_secure[] = {{reinterpret_cast<void*>(kSecureSlot), sizeof(tmd_model_state_t)}};
  say("out-vector in the secure slot",
      psa_call(TMD_MODEL_HANDLE, TMD_MODEL_STATE, nullptr, 0, out_secure, 1));
  psa_invec in_wrap[] = {{&offset, sizeof(offset)}, {reinterpret_cast<const void*>(0x283FFFF8), 0xFFFFFFF0}};
  say("in-vector whose length wraps", psa_call(TMD_MODEL_HANDLE, TMD_MODEL_FEED, in_wrap, 2, out, 1));
  psa_outvec out_wrap[] = {{reinterpret_cast<void*>(0x283FFFF8), 0xFFFFFFF0}};
  say("out-vector whose length wraps", psa_call(TMD_MODEL_HANDLE, TMD_MODEL_STATE, nullptr, 0, out_wrap, 1));
  say("vectors themselves in secure memory",
      psa_call(TMD_MODEL_HANDLE, TMD_MODEL_STATE, nullptr, 0, reinterpret_cast<psa_outvec*>(kSecureSlot), 1));
  say("finish without an update", call(TMD_MODEL_FINISH));
  say("confirm with no model on trial", call(TMD_MODEL_CONFIRM));
  say("an operation that is none", call(99));
  say("damaged patch: begin", call(TMD_MODEL_BEGIN));
  say("damaged patch", stream(patch_image, patch_size(), 0, patch_size(), 100, 1));
  say("forged patch: begin", call(TMD_MODEL_BEGIN));
  const std::uint32_t forged_size = static_cast<std::uint32_t>(forged_image_end - forged_image);
  say("forged patch", stream(forged_image, forged_size, 0, forged_size));
  say("replayed older patch: begin", call(TMD_MODEL_BEGIN));
  const std::uint32_t older_size = static_cast<std::uint32_t>(older_image_end - older_image);
  say("replayed older patch", stream(older_image, older_size, 0, older_size));
  interrupted_call();
  ask("after the attacks");
}

void print_log() {
  for (std::uint32_t index = 0;; ++index) {
    tmd_model_log_line_t line = {};
    psa_invec in[] = {{&index, sizeof(index)}};
    psa_outvec out[] = {{&line, sizeof(line)}};
    if (psa_call(TMD_MODEL_HANDLE, TMD_MODEL_LOG, in, 1, out, 1) != PSA_SUCCESS) return;
    semihosting::write("log ");
    semihosting::write(line.number);
    say(", event", line.event);
  }
}

}  // namespace

int run() {
  if (phase != kHalfway) {
    ask("before");
    say("begin", call(TMD_MODEL_BEGIN));
    say("half of the patch", stream(patch_image, patch_size(), 0, patch_size() / 2));
    phase = kHalfway;
    semihosting::write("reset\n");
    reset();
  }
  const std::uint32_t offset = resume_offset();
  say("resumed at", static_cast<std::int32_t>(offset));
  say("of", static_cast<std::int32_t>(patch_size()));
  say("rest of the patch", stream(patch_image, patch_size(), offset, patch_size()));
  say("finish", call(TMD_MODEL_FINISH));
  ask("after");
  say("confirm", call(TMD_MODEL_CONFIRM));
  tmd_model_state_t state = {};
  psa_outvec out[] = {{&state, sizeof(state)}};
  static_cast<void>(psa_call(TMD_MODEL_HANDLE, TMD_MODEL_STATE, nullptr, 0, out, 1));
  say("state", static_cast<std::int32_t>(state.state));
  say("security counter", static_cast<std::int32_t>(state.security_counter));
  attack();
  print_log();
  semihosting::write("the secure slot is read:\n");
  say("IT COULD BE READ", static_cast<std::int32_t>(word(kSecureSlot)));
  return 1;
}

void tick_handler() {
  word(0xE000E010) = 0;
  changing_in[0].base = reinterpret_cast<const void*>(kSecureSlot);
  changing_out[0].base = reinterpret_cast<void*>(kSecureSlot);
  reentrant = call(TMD_MODEL_ABORT);
}
