// SPDX-License-Identifier: Apache-2.0
// tmd/port/nrf52_nvmc_flash.hpp on the controller of QEMU's microbit, with the power cut in operation after operation:
// a cut operation is done half, then everything in RAM is forgotten. Ends with exit code 0 where each life went on to
// the target.
#include <new>

#include "images.hpp"
#include "semihosting.hpp"
#include "tmd/port/nrf52_nvmc_flash.hpp"
#include "tmd/updater.hpp"

namespace {

using Nvmc = tmd::port::Nrf52NvmcFlash<256 * 1024, 1024>;  // an nRF51822: pages of 1 KB
constexpr tmd::Layout kLayout = {{0x1C000, 72 * 1024}, {0x2E000, 72 * 1024}, {0x18000, 16 * 1024}};

/// The real driver, until the power goes: from then on nothing more happens to the flash.
class CutNvmc {
 public:
  static constexpr std::uint32_t size() { return Nvmc::size(); }
  static constexpr std::uint32_t erase_size() { return Nvmc::erase_size(); }
  static constexpr std::uint32_t program_size() { return Nvmc::program_size(); }

  void cut_after(std::uint32_t operations) {
    left_ = operations;
    is_dead_ = false;
  }
  bool is_dead() const { return is_dead_; }
  Nvmc& driver() { return nvmc_; }

  tmd::Status read(std::uint32_t address, tmd::MutableBytes out) { return nvmc_.read(address, out); }
  tmd::Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return nvmc_.is_blank(address, length, blank);
  }
  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes) {
    if (goes_on()) return nvmc_.program(address, bytes);
    if (!was_dead_) (void)nvmc_.program(address, bytes.first(bytes.size() / 8 * 4));
    return tmd::Status::program_failed;
  }
  tmd::Status erase(std::uint32_t address) {
    if (goes_on()) return nvmc_.erase(address);
    const std::uint8_t torn[8] = {0x5A, 0, 0xA5, 0x12, 0, 0, 1, 0};
    if (!was_dead_ && nvmc_.erase(address) == tmd::Status::ok)
      (void)nvmc_.program(address + 64, tmd::ConstBytes(torn));
    return tmd::Status::erase_failed;
  }

 private:
  bool goes_on() {
    was_dead_ = is_dead_;
    if (!is_dead_ && left_ != 0) {
      --left_;
      return true;
    }
    is_dead_ = true;
    return false;
  }

  Nvmc nvmc_;
  std::uint32_t left_ = 0xFFFFFFFF;
  bool is_dead_ = false;
  bool was_dead_ = false;
};

struct Config : tmd::DefaultConfig<CutNvmc> {
  using Authentication = tmd::AllowUnsigned;
  static constexpr std::uint32_t kPageSize = 1024;
};
struct Memory {
  tmd::ModelStore<Config> store;
  tmd::Updater<Config> updater;
};

CutNvmc flash;

/// What a device has after a start: nothing of the one before.
Memory& fresh_memory() {
  alignas(Memory) static std::uint8_t place[sizeof(Memory)];
  Memory& memory = *new (place) Memory();
  memory.store.attach(flash, kLayout);
  memory.updater.attach(memory.store);
  return memory;
}

/// One life of the device: true where it ends with the target confirmed.
bool live() {
  Memory& memory = fresh_memory();
  tmd::FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(images::base().size());
  factory.digest = images::sha256(images::base_digest);
  tmd::Status status = tmd::until_done([&] { return memory.store.boot(factory); });
  if (tmd::is_error(status)) return false;
  if (!(memory.store.active().digest == images::sha256(images::target_digest))) {
    status = memory.updater.resume();
    if (status == tmd::Status::not_found) status = memory.updater.begin();
    while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish)
      status = memory.updater.feed(images::patch().slice(memory.updater.resume_offset(), 200)).status;
    if (!tmd::is_error(status)) status = tmd::until_done([&] { return memory.updater.finish(); });
  }
  if (status == tmd::Status::ok && memory.store.active().state == tmd::ModelState::trial)
    status = tmd::until_done([&] { return memory.store.confirm(); });
  return status == tmd::Status::ok && memory.store.active().digest == images::sha256(images::target_digest);
}

}  // namespace

int main() {
  // A programmer leaves the journal erased; the emulator fills the chip with zeros.
  for (std::uint32_t at = kLayout.journal.address; at < kLayout.journal.end(); at += Nvmc::erase_size()) {
    if (flash.driver().erase(at) != tmd::Status::ok) return 2;
  }
  // One update whose power goes again and again, each time one operation later: a life in which a bank of the journal
  // cannot even be erased gets nowhere.
  std::uint32_t cuts = 0;
  bool done = false;
  while (!done && cuts < 1000) {
    flash.cut_after(cuts + 1);
    done = live();
    if (flash.is_dead()) ++cuts;
    if (done && flash.is_dead()) return 3;
  }
  flash.cut_after(0xFFFFFFFF);
  Memory& memory = fresh_memory();
  const bool whole = done && tmd::until_done([&] { return memory.store.boot(); }) == tmd::Status::ok &&
                     memory.store.verify_active() == tmd::Status::ok &&
                     memory.store.active().digest == images::sha256(images::target_digest);
  semihosting::write(cuts);
  semihosting::write(whole ? " power cuts, and the target is whole\n" : " power cuts, and NO whole target\n");
  return whole && cuts > 20 ? 0 : 1;
}
