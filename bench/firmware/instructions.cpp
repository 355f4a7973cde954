// SPDX-License-Identifier: Apache-2.0
// Counts the instructions that decoding takes for each byte of target, for each kind of operation, and those
// of the digests. QEMU must run with `-icount shift=7`. Ends with exit code 0 where the decoder's output was
// right and the counter counts what it says.
#include "cases.hpp"
#include "counter.hpp"
#include "semihosting.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/digest/sha256.hpp"
#include "tmd/internal/codec/decoder.hpp"

namespace {

using semihosting::write;

/// Reads and writes memory, and compares each byte: a decoder that is fast and wrong is not measured.
struct Io {
  const PatchCase& test;
  std::uint32_t produced = 0;
  std::uint32_t wrong = 0;

  tmd::Status read_base(std::uint32_t offset, tmd::MutableBytes out) const {
    tmd::copy_bytes(tmd::ConstBytes(test.base + offset, out.size()), out);
    return tmd::Status::ok;
  }
  tmd::Status read_target(std::uint32_t offset, tmd::MutableBytes out) const {
    tmd::copy_bytes(tmd::ConstBytes(test.target + offset, out.size()), out);
    return tmd::Status::ok;
  }
  std::uint32_t room() const { return test.target_size - produced; }
  void put(std::uint8_t byte) { wrong |= static_cast<std::uint32_t>(byte ^ test.target[produced++]); }
};

tmd::Status decode(const PatchCase& test, Io& io) {
  static tmd::codec::Decoder<tmd::codec::DefaultConfig> decoder;
  const tmd::ConstBytes body(test.body, test.body_size);
  tmd::Status status =
      decoder.begin(static_cast<std::uint8_t>(test.parameters), test.base_size, test.target_size);
  std::size_t taken = 0;
  while (status == tmd::Status::ok || (status == tmd::Status::need_more && taken < body.size())) {
    taken += decoder.sink(body.slice(taken, 20));
    if (taken == body.size()) decoder.end_of_input();
    status = decoder.poll(io);
  }
  return status;
}

void print_row(const char* name, std::uint32_t instructions, std::uint32_t bytes) {
  const std::uint32_t tenths = (instructions * 10 + bytes / 2) / bytes;
  write(name);
  write("\t");
  write(tenths / 10);
  write(".");
  write(tenths % 10);
  write("\n");
}

/// 3 x 500,000 instructions: what the counter must say, but for those around them.
bool calibrated() {
  constexpr std::uint32_t kLoops = 500000;
  const board::InstructionCounter counter;
  std::uint32_t loops = kLoops;
  __asm volatile("1: sub %0, #1\n   cmp %0, #0\n   bne 1b" : "+l"(loops) : : "cc");
  const std::uint32_t counted = counter.instructions();
  const bool right = counted >= 3 * kLoops && counted < 3 * kLoops + 100;
  write("calibration: ");
  write(counted);
  write(right ? " instructions counted of 1500000\n"
              : " instructions counted of 1500000: run with -icount shift=7\n");
  return right;
}

bool measure_decoding(const PatchCase& test) {
  Io io{test};
  const board::InstructionCounter counter;
  const tmd::Status status = decode(test, io);
  print_row(test.name, counter.instructions(), test.target_size);
  const bool right =
      status == tmd::Status::ready_to_finish && io.wrong == 0 && io.produced == test.target_size;
  if (!right) write("decoded wrongly\n");
  return right;
}

/// Keeps the compiler from leaving out what nobody reads.
void use(const std::uint8_t* bytes) {
  __asm volatile("" : : "r"(bytes) : "memory");
}

void measure_digests(const PatchCase& test) {
  const tmd::ConstBytes bytes(test.base, test.base_size);
  std::uint8_t digest[32];
  {
    const board::InstructionCounter counter;
    tmd::store_le32(digest, tmd::Crc32::of(bytes));
    use(digest);
    print_row("CRC-32", counter.instructions(), test.base_size);
  }
  {
    const board::InstructionCounter counter;
    tmd::Sha256 sha;
    sha.update(bytes);
    sha.finish(tmd::MutableBytes(digest));
    use(digest);
    print_row("SHA-256", counter.instructions(), test.base_size);
  }
}

}  // namespace

int main() {
  if (!calibrated()) return 1;
  bool right = true;
  for (std::uint32_t i = 0; i < patch_case_count; ++i) right = measure_decoding(patch_cases[i]) && right;
  measure_digests(patch_cases[0]);
  return right ? 0 : 1;
}
