// SPDX-License-Identifier: Apache-2.0
// The smallest secure monitor that runs one PSA service on Arm's AN505 and AN521: start, memory attribution, one
// veneer, the two functions that a service reads and writes with. It is no replacement for TF-M: it isolates no
// partitions from each other and takes one request at a time.
#include <arm_cmse.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <psa/crypto.h>

#include "call_costs.hpp"
#include "mps2-an386/counter.hpp"
#include "psa/service.h"
#include "psa_manifest/sid.h"
#include "semihosting.hpp"
#include "stack.hpp"

extern "C" {
extern std::uint32_t stack_top[], data_image[], data_start[], data_end[], bss_start[], bss_end[];
extern std::uint32_t veneers_start[], veneers_end[];
using Constructor = void (*)();
extern Constructor constructors_start[], constructors_end[];
psa_status_t tmd_model_init(void);
psa_status_t tmd_model_sfn(const psa_msg_t* msg);
[[noreturn]] void reset_handler();
[[noreturn]] void secure_fault();
[[noreturn]] void other_fault();
}

/// The service only verifies; a product that makes keys connects its generator.
extern "C" psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t*, std::uint8_t*,
                                                        std::size_t, std::size_t*) {
  return PSA_ERROR_INSUFFICIENT_ENTROPY;
}

namespace {

volatile std::uint32_t& word(std::uintptr_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

constexpr std::uintptr_t kNonSecureCode = 0x00200000, kNonSecureRam = 0x28200000, kHalf = 0x00200000;

/// A region of the security attribution unit. The boards' own attribution says "secure" where bit 28 of an address is
/// set; what this adds is non-secure, or callable from there.
void attribute(unsigned region, std::uintptr_t first, std::uintptr_t end, bool callable) {
  constexpr std::uintptr_t kNumber = 0xE000EDD8, kBase = 0xE000EDDC, kLimit = 0xE000EDE0;
  word(kNumber) = region;
  word(kBase) = first;
  word(kLimit) = ((end - 1) & ~std::uintptr_t{31}) | (callable ? 2U : 0U) | 1U;
}

/// Blocks `first` to `end` (offsets) behind a memory protection controller become the non-secure world's.
void open_blocks(std::uintptr_t controller, std::uint32_t first, std::uint32_t end) {
  constexpr std::uint32_t kBusError = 1U << 4, kAutoIncrement = 1U << 8;
  const std::uint32_t size = 32U << (word(controller + 0x14) & 15U);
  word(controller) = (word(controller) | kBusError) & ~kAutoIncrement;
  for (std::uint32_t block = first / size; block < end / size; block += 32) {
    std::uint32_t bits = 0;
    for (std::uint32_t i = 0; i < 32 && block + i < end / size; ++i) bits |= 1U << i;
    word(controller + 0x18) = block / 32;
    word(controller + 0x1C) = bits;
  }
}

void divide_memory() {
  attribute(0, reinterpret_cast<std::uintptr_t>(veneers_start), reinterpret_cast<std::uintptr_t>(veneers_end),
            true);
  attribute(1, kNonSecureCode, kNonSecureCode + kHalf, false);
  attribute(2, kNonSecureRam, kNonSecureRam + kHalf, false);
  attribute(3, 0x40000000, 0x50000000, false);
  word(0xE000EDD0) = 1;                             // the attribution unit is on
  word(0x50080014) = word(0x50080014) | 1;          // code memory may hold veneers
  open_blocks(0x58007000, 0x00200000, 0x00400000);  // upper half of the code memory
  open_blocks(0x58009000, 0x00000000, 0x00200000);  // the non-secure world's RAM
  word(0xE000ED24) = word(0xE000ED24) | 0xF0000U;   // faults have handlers of their own
  __asm volatile("dsb\n isb");
}

/// The request in progress: copies of what the client's vectors said when the call began.
struct Request {
  psa_msg_t msg;
  psa_invec in[PSA_MAX_IOVEC];
  psa_outvec out[PSA_MAX_IOVEC];
  std::size_t written[PSA_MAX_IOVEC];
};
Request request;
volatile bool busy;
CallCosts costs;
constexpr const char* kCalls[CallCosts::kTypes] = {"",        "BEGIN",  "RESUME", "FEED",  "FINISH", "ABORT",
                                                   "CONFIRM", "REVERT", "STATE",  "INFER", "LOG"};

/// The secure alias of a timer of 20 MHz (Arm DAI 0505).
using Instructions = board::TimedInstructions<0x50000000, 50>;
const StackGauge* gauge;

bool may_read(const void* at, std::size_t size) {
  return size == 0 ||
         cmse_check_address_range(const_cast<void*>(at), size, CMSE_NONSECURE | CMSE_MPU_READ) != nullptr;
}
bool may_write(void* at, std::size_t size) {
  return size == 0 || cmse_check_address_range(at, size, CMSE_NONSECURE | CMSE_MPU_READWRITE) != nullptr;
}

psa_status_t serve(psa_handle_t handle, std::uint32_t packed, const psa_invec* in, psa_outvec* out) {
  const std::size_t in_count = packed >> 24 & 7U, out_count = packed >> 16 & 7U;
  if (handle != TMD_MODEL_HANDLE || in_count + out_count > PSA_MAX_IOVEC) return PSA_ERROR_PROGRAMMER_ERROR;
  if (!may_read(in, in_count * sizeof(*in)) || !may_write(out, out_count * sizeof(*out)))
    return PSA_ERROR_PROGRAMMER_ERROR;
  request.msg = psa_msg_t();
  // Copied first, checked then: the client cannot change what was checked.
  for (std::size_t i = 0; i < in_count; ++i) {
    request.in[i] = in[i];
    request.msg.in_size[i] = request.in[i].len;
    if (!may_read(request.in[i].base, request.in[i].len)) return PSA_ERROR_PROGRAMMER_ERROR;
  }
  for (std::size_t i = 0; i < out_count; ++i) {
    request.out[i] = out[i];
    request.msg.out_size[i] = request.out[i].len;
    request.written[i] = 0;
    if (!may_write(request.out[i].base, request.out[i].len)) return PSA_ERROR_PROGRAMMER_ERROR;
  }
  request.msg.type = static_cast<std::int16_t>(packed & 0xFFFFU);
  request.msg.handle = 1;
  request.msg.client_id = -1;
  const psa_status_t status = tmd_model_sfn(&request.msg);
  for (std::size_t i = 0; i < out_count; ++i) out[i].len = request.written[i];
  return status;
}

void write_hex(const char* name, std::uint32_t value) {
  char text[12] = {};
  for (int i = 0; i < 8; ++i) text[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15U];
  text[8] = '\n';
  semihosting::write(name);
  semihosting::write(text);
}

}  // namespace

extern "C" std::size_t psa_read(psa_handle_t, std::uint32_t index, void* buffer, std::size_t size) {
  psa_invec& from = request.in[index];
  if (size > from.len) size = from.len;
  const std::uint8_t* bytes = static_cast<const std::uint8_t*>(from.base);
  for (std::size_t i = 0; i < size; ++i) static_cast<std::uint8_t*>(buffer)[i] = bytes[i];
  from.base = bytes + size;
  from.len -= size;
  return size;
}

extern "C" void psa_write(psa_handle_t, std::uint32_t index, const void* buffer, std::size_t size) {
  const psa_outvec& to = request.out[index];
  if (size > to.len - request.written[index]) other_fault();  // the service's own error
  std::uint8_t* bytes = static_cast<std::uint8_t*>(to.base) + request.written[index];
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<const std::uint8_t*>(buffer)[i];
  request.written[index] += size;
}

/// The entry for the non-secure world. Four arguments, for those travel in registers: the six of psa_call are packed.
extern "C" __attribute__((cmse_nonsecure_entry)) psa_status_t tmd_psa_call_veneer(psa_handle_t handle,
                                                                                  std::uint32_t packed,
                                                                                  const psa_invec* in,
                                                                                  psa_outvec* out) {
  if (busy) return PSA_ERROR_CONNECTION_BUSY;  // a non-secure interrupt came in between
  busy = true;
  const Instructions counter;
  const psa_status_t status = serve(handle, packed, in, out);
  costs.add(packed & 0xFFFFU, counter.instructions());
  busy = false;
  return status;
}

typedef void __attribute__((cmse_nonsecure_call)) NonSecure(void);

void reset_handler() {
  const std::uint32_t* from = data_image;
  for (std::uint32_t* to = data_start; to != data_end; ++to) *to = *from++;
  for (std::uint32_t* to = bss_start; to != bss_end; ++to) *to = 0;
  for (Constructor* constructor = constructors_start; constructor != constructors_end; ++constructor)
    (*constructor)();
  divide_memory();
  const StackGauge whole_stack;
  gauge = &whole_stack;
  static std::uint8_t heap[16 * 1024];
  mbedtls_memory_buffer_alloc_init(heap, sizeof(heap));
  if (psa_crypto_init() != PSA_SUCCESS || tmd_model_init() != PSA_SUCCESS) {
    semihosting::write("the model service does not start\n");
    semihosting::exit(2);
  }
  semihosting::write("secure world: the model service is ready\n");
  const std::uint32_t* const vectors = reinterpret_cast<const std::uint32_t*>(kNonSecureCode);
  word(0xE002ED08) = kNonSecureCode;  // the non-secure world's vector table
  __asm volatile("msr msp_ns, %0" : : "r"(vectors[0]));
  reinterpret_cast<NonSecure*>(cmse_nsfptr_create(vectors[1]))();
  semihosting::exit(3);
}

// The application's last step is a forbidden read: what stops it says so, and run.sh looks for it.
void secure_fault() {
  write_hex("SecureFault, SFSR ", word(0xE000EDE4));
  costs.print(kCalls);
  semihosting::write("cost\tstack\t-\t");
  semihosting::write(gauge->deepest());
  semihosting::write("\n");
  semihosting::exit(0);
}
void other_fault() {
  write_hex("a fault in the secure world, CFSR ", word(0xE000ED28));
  semihosting::exit(70);
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
    {other_fault, other_fault, other_fault, other_fault, other_fault, secure_fault, other_fault, other_fault,
     other_fault, other_fault, other_fault, other_fault, other_fault, other_fault}};
