// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "model_api.h"
#include "psa/client.h"
#include "psa_manifest/sid.h"
#include "semihosting.hpp"

// What every program of the non-secure world needs: its start, psa_call over the monitor's veneer, and the calls of the
// model service. Included by one file, which has `run` and `tick_handler`.

extern "C" {
extern std::uint32_t stack_top[], data_image[], data_start[], data_end[], bss_start[], bss_end[];
psa_status_t tmd_psa_call_veneer(psa_handle_t, std::uint32_t, const psa_invec*, psa_outvec*);
[[noreturn]] void reset_handler();
[[noreturn]] void fault_handler();
void tick_handler();
}
/// The program; what it returns is the emulator's exit code.
int run();

extern "C" psa_status_t psa_call(psa_handle_t handle, std::int32_t type, const psa_invec* in,
                                 std::size_t in_len, psa_outvec* out, std::size_t out_len) {
  if (type < 0 || type > 0x7FFF || in_len > 4 || out_len > 4) return PSA_ERROR_PROGRAMMER_ERROR;
  return tmd_psa_call_veneer(handle, static_cast<std::uint32_t>(type) | in_len << 24 | out_len << 16, in,
                             out);
}

inline constexpr std::size_t kPacket = 20;

inline volatile std::uint32_t& word(std::uintptr_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

inline void say(const char* what, std::int32_t number) {
  semihosting::write(what);
  semihosting::write(number < 0 ? ": -" : ": ");
  semihosting::write(static_cast<std::uint32_t>(number < 0 ? -number : number));
  semihosting::write("\n");
}

/// An update call's status, or the framework's where the call itself was refused.
inline std::int32_t call(std::int32_t type) {
  tmd_model_progress_t progress = {};
  psa_outvec out[] = {{&progress, sizeof(progress)}};
  const psa_status_t status = psa_call(TMD_MODEL_HANDLE, type, nullptr, 0, out, 1);
  return status == PSA_SUCCESS ? static_cast<std::int32_t>(progress.status) : status;
}

inline std::uint32_t resume_offset() {
  tmd_model_progress_t progress = {};
  psa_outvec out[] = {{&progress, sizeof(progress)}};
  static_cast<void>(psa_call(TMD_MODEL_HANDLE, TMD_MODEL_RESUME, nullptr, 0, out, 1));
  return progress.offset;
}

/// Streams `begin` to `end` from an offset on; `flip` is xor-ed into the byte at `at`.
inline std::int32_t stream(const std::uint8_t* begin, std::uint32_t size, std::uint32_t offset,
                           std::uint32_t stop, std::uint32_t at = 0, std::uint8_t flip = 0) {
  tmd_model_progress_t progress = {};
  for (; offset < size && offset < stop; offset += kPacket) {
    std::uint8_t packet[kPacket];
    const std::uint32_t length = size - offset < kPacket ? size - offset : kPacket;
    for (std::uint32_t i = 0; i < length; ++i)
      packet[i] = static_cast<std::uint8_t>(begin[offset + i] ^ (offset + i == at ? flip : 0));
    psa_invec in[] = {{&offset, sizeof(offset)}, {packet, length}};
    psa_outvec out[] = {{&progress, sizeof(progress)}};
    const psa_status_t status = psa_call(TMD_MODEL_HANDLE, TMD_MODEL_FEED, in, 2, out, 1);
    if (status != PSA_SUCCESS) return status;
    if (progress.status >= 16) break;  // tmd::is_error
  }
  return static_cast<std::int32_t>(progress.status);
}

void reset_handler() {
  const std::uint32_t* from = data_image;
  for (std::uint32_t* to = data_start; to != data_end; ++to) *to = *from++;
  for (std::uint32_t* to = bss_start; to != bss_end; ++to) *to = 0;
  semihosting::exit(static_cast<std::uintptr_t>(run()));
}
void fault_handler() {
  semihosting::write("a fault in the non-secure world\n");
  semihosting::exit(71);
}
namespace {
using Handler = void (*)();
struct VectorTable {
  std::uint32_t* stack;
  Handler reset;
  Handler exceptions[14];
};
}  // namespace
extern "C" __attribute__((section(".vectors"), used)) const VectorTable vector_table = {
    stack_top,
    reset_handler,
    {fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
     fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, tick_handler}};
