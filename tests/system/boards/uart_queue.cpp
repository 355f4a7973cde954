// SPDX-License-Identifier: Apache-2.0
// tmd/feed_queue.hpp between a UART's receive interrupt and an update, on QEMU's mps2-an386: the patch comes in at the
// rate at which the UART takes it while every flash operation stalls the main loop. Ends with exit code 0 where the
// target is active, interrupts came during stalls, and the full queue held the sender back.
#include "board.hpp"
#include "images.hpp"
#include "registers.hpp"
#include "semihosting.hpp"
#include "tmd/feed_queue.hpp"
#include "tmd/updater.hpp"

namespace {

// CMSDK APB UART 0 (Arm DDI 0479, chapter 4.3); its receive interrupt is number 0 on this board.
constexpr std::uintptr_t kData = 0x40004000;
constexpr std::uintptr_t kState = 0x40004004;
constexpr std::uintptr_t kControl = 0x40004008;
constexpr std::uintptr_t kInterrupts = 0x4000400C;
constexpr std::uintptr_t kDivider = 0x40004010;
constexpr std::uintptr_t kEnableInterrupts = 0xE000E100;
constexpr std::uintptr_t kSetPending = 0xE000E200;
constexpr std::uintptr_t kVectorTable = 0xE000ED08;
constexpr std::uint32_t kReceive = 2, kReceiveInterrupt = 8, kFull = 2, kOverrun = 8;

tmd::FeedQueue<256> queue;
volatile bool is_stalled = false;
volatile std::uint32_t during_stalls = 0;
volatile std::uint32_t held_back = 0;
volatile std::uint32_t overruns = 0;

/// The interrupt takes what is there; where the queue is full it leaves the byte in the UART and keeps quiet, which is
/// what holds the sender back, as RTS does on a real line.
void on_receive() {
  board::word(kInterrupts) = kReceive;
  if ((board::word(kState) & kOverrun) != 0) overruns = overruns + 1;
  while ((board::word(kState) & kFull) != 0) {
    if (queue.room() == 0) {
      board::word(kControl) = kReceive;
      held_back = held_back + 1;
      return;
    }
    const std::uint8_t byte = static_cast<std::uint8_t>(board::word(kData));
    if (!queue.put(tmd::ConstBytes(&byte, 1))) overruns = overruns + 1;
    if (is_stalled) during_stalls = during_stalls + 1;
  }
}

/// The board's flash, whose operations take their time, with interrupts on.
class StallingFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = board::Flash::kLargestProgramUnit;
  static constexpr std::uint32_t size() { return board::Flash::size(); }
  static constexpr std::uint32_t erase_size() { return board::Flash::erase_size(); }
  static constexpr std::uint32_t program_size() { return board::Flash::program_size(); }
  tmd::Status read(std::uint32_t address, tmd::MutableBytes out) { return board::flash().read(address, out); }
  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes) {
    stall(300000);
    return board::flash().program(address, bytes);
  }
  tmd::Status erase(std::uint32_t address) {
    stall(4000000);
    return board::flash().erase(address);
  }
  tmd::Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return board::flash().is_blank(address, length, blank);
  }

 private:
  static void stall(unsigned turns) {
    is_stalled = true;
    for (unsigned i = 0; i < turns; ++i) __asm volatile("nop");
    is_stalled = false;
  }
};

struct Config : tmd::DefaultConfig<StallingFlash> {
  using Authentication = tmd::AllowUnsigned;
};

void start_uart() {
  using Handler = void (*)();
  alignas(512) static Handler vectors[16 + 32];
  const auto* boot_vectors = reinterpret_cast<Handler const volatile*>(board::word(kVectorTable));
  for (unsigned i = 0; i < 16; ++i) vectors[i] = boot_vectors[i];
  vectors[16] = on_receive;
  board::word(kVectorTable) = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(vectors));
  board::word(kDivider) = 16;
  board::word(kEnableInterrupts) = 1;
  board::word(kControl) = kReceive | kReceiveInterrupt;
}

/// The main loop: feeds, and lets the sender go on once half of the queue is free.
tmd::Status receive(tmd::Updater<Config>& updater) {
  tmd::Status status = tmd::Status::need_more;
  while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish) {
    status = tmd::feed_from(queue, updater);
    if (queue.room() >= 128 && (board::word(kControl) & kReceiveInterrupt) == 0) {
      board::word(kControl) = kReceive | kReceiveInterrupt;
      board::word(kSetPending) = 1;  // for the byte that waited
    }
  }
  return status;
}

}  // namespace

int main() {
  static StallingFlash flash;
  static tmd::ModelStore<Config> store;
  static tmd::Updater<Config> updater;
  store.attach(flash, board::kLayout);
  updater.attach(store);
  tmd::Status status = board::program_factory_model();
  tmd::FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(images::base().size());
  factory.digest = images::sha256(images::base_digest);
  if (status == tmd::Status::ok) status = tmd::until_done([&] { return store.boot(factory); });
  if (status == tmd::Status::ok) status = updater.begin();
  start_uart();
  if (status == tmd::Status::ok) status = receive(updater);
  if (status == tmd::Status::ready_to_finish) status = tmd::until_done([&] { return updater.finish(); });
  const bool right =
      status == tmd::Status::ok && store.active().digest == images::sha256(images::target_digest);
  semihosting::write(tmd::to_string(status));
  semihosting::write("; bytes taken during stalls: ");
  semihosting::write(during_stalls);
  semihosting::write("; times the sender was held back: ");
  semihosting::write(held_back);
  semihosting::write(overruns == 0 ? "; nothing was lost\n" : "; bytes WERE lost\n");
  return right && during_stalls > 100 && held_back > 0 && overruns == 0 ? 0 : 1;
}
