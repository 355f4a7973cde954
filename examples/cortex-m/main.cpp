// SPDX-License-Identifier: Apache-2.0
// What a firmware does from one start to the next: it boots the active model, decides about one on trial, and takes
// or goes on with an update that arrives in radio packets. The board's own part is in bench/firmware/board: a flash
// driver, the layout of the flash, the startup code. Before the update and after it, recorded gestures are shown to
// the model in the active slot. Ends with exit code 0 where the new model runs, is kept, and names more of them right.
#include <new>

#include "board.hpp"
#include "gestures.hpp"
#include "images.hpp"
#include "semihosting.hpp"
#include "tmd/updater.hpp"

namespace {

constexpr std::size_t kPacketSize = 20;  // what one notification of Bluetooth LE carries

struct Config : tmd::DefaultConfig<board::Flash> {
  using Authentication = tmd::AllowUnsigned;  // a first step; docs/security.md has keys
};
using Store = tmd::ModelStore<Config>;
using Updater = tmd::Updater<Config>;

/// What a device loses with power. A product has one of each, static, and attaches them in `main`; here a new one
/// stands for a restart. Too large for the stack of a small board.
struct Memory {
  Store store;
  Updater updater;
};
Memory& fresh_memory() {
  alignas(Memory) static std::uint8_t place[sizeof(Memory)];
  Memory& memory = *new (place) Memory();
  memory.store.attach(board::flash(), board::kLayout);
  memory.updater.attach(memory.store);
  return memory;
}

/// The radio: the patch from this offset on. In a product this is where the packet handler stands.
tmd::ConstBytes packet_at(std::uint32_t patch_offset) {
  return images::patch().slice(patch_offset, kPacketSize);
}

/// The model's bytes, where they lie in flash.
tmd::ConstBytes bytes_of(const tmd::ActiveModel& model) {
  return board::memory(model.region);
}

/// The application's own check of a new model: does it run, and name gestures it was recorded with?
bool runs(const tmd::ActiveModel& model) {
  return gestures::score(bytes_of(model), gestures::kShown) * 2 > gestures::kShown;
}

/// The model that was programmed on the production line, until the first update.
tmd::FactoryModel factory_model() {
  tmd::FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(images::base().size());
  factory.digest = images::sha256(images::base_digest);
  return factory;
}

/// One start of the device. `stop_at`: power goes when this many bytes of the patch have come; 0: it stays.
tmd::Status start(Memory& memory, std::uint32_t stop_at) {
  Store& store = memory.store;
  tmd::Status status = tmd::until_done([&] { return store.boot(factory_model()); });
  if (tmd::is_error(status)) return status;
  if (store.active().state == tmd::ModelState::trial)
    return tmd::until_done([&] { return runs(store.active()) ? store.confirm() : store.revert(); });

  Updater& updater = memory.updater;
  status = updater.resume();  // power may have gone in the middle of this update
  if (tmd::is_error(status)) status = updater.begin();
  while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish) {
    const std::uint32_t offset = updater.resume_offset();
    if (stop_at != 0 && offset >= stop_at) return tmd::Status::need_more;
    // One call waits for one erase, or one page, at most: between two of them the application has its turn.
    status = updater.feed(packet_at(offset)).status;
  }
  return tmd::is_error(status) ? status : tmd::until_done([&] { return updater.finish(); });
}

/// Shows the recorded gestures to the active model. Returns how many of all of them it names right.
unsigned show(const char* when) {
  Store& store = fresh_memory().store;
  const tmd::Status status = tmd::until_done([&] { return store.boot(factory_model()); });
  if (tmd::is_error(status)) return 0;
  return gestures::show(when, bytes_of(store.active()));
}

}  // namespace

int main() {
  tmd::Status status = board::program_factory_model();
  const unsigned before = status == tmd::Status::ok ? show("before") : 0;
  const auto half = static_cast<std::uint32_t>(images::patch().size() / 2);
  if (status == tmd::Status::ok) status = start(fresh_memory(), half);  // power goes half-way
  if (status == tmd::Status::need_more) status = start(fresh_memory(), 0);
  if (status == tmd::Status::ok) status = start(fresh_memory(), 0);  // the new model is on trial, and is kept

  const unsigned after = show("after");

  Store& store = fresh_memory().store;
  const bool kept = status == tmd::Status::ok &&
                    tmd::until_done([&] { return store.boot(factory_model()); }) == tmd::Status::ok &&
                    store.active().state == tmd::ModelState::confirmed &&
                    store.active().digest == images::sha256(images::target_digest);
  semihosting::write(board::kName);
  semihosting::write(": ");
  semihosting::write(tmd::to_string(status));
  semihosting::write(kept ? ", the new model is kept\n" : ", the new model is NOT kept\n");
  return kept && after > before ? 0 : 1;
}
