// SPDX-License-Identifier: Apache-2.0
// A model update on bare metal: a patch arrives in radio packets, the model in flash becomes the one it was
// made for. Prints what it did and what it took, and ends with exit code 0 where all went well.
#include "board.hpp"
#include "counter.hpp"
#include "images.hpp"
#include "semihosting.hpp"
#include "stack.hpp"
#include "tmd/updater.hpp"

namespace {

constexpr std::size_t kPacketSize = 20;  // what one notification of Bluetooth LE carries

struct Config : tmd::DefaultConfig<board::Flash> {
  using Authentication = tmd::AllowUnsigned;  // a first step; bench/firmware/signed has keys
};

tmd::Status receive(tmd::Updater<Config>& updater, tmd::ConstBytes patch) {
  tmd::Status status = updater.begin();
  while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish) {
    // In between the application has its turn: one call waits for one erase, or one page, at most.
    status = updater.feed(patch.slice(updater.resume_offset(), kPacketSize)).status;
  }
  return tmd::is_error(status) ? status : tmd::until_done([&] { return updater.finish(); });
}

/// Boots, takes the patch, boots again as after a restart, and keeps the new model.
tmd::Status update(tmd::ModelStore<Config>& store, tmd::Updater<Config>& updater) {
  tmd::FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(images::base().size());
  factory.digest = images::sha256(images::base_digest);
  tmd::Status status = tmd::until_done([&] { return store.boot(factory); });
  if (status == tmd::Status::ok) status = receive(updater, images::patch());
  if (status == tmd::Status::ok) status = tmd::until_done([&] { return store.confirm(); });
  if (status == tmd::Status::ok) status = store.verify_active();
  return status;
}

void report(const char* name, std::uint32_t number) {
  semihosting::write(name);
  semihosting::write("\t");
  semihosting::write(number);
  semihosting::write("\n");
}

}  // namespace

int main() {
  static tmd::ModelStore<Config> store;
  static tmd::Updater<Config> updater;
  store.attach(board::flash(), board::kLayout);
  updater.attach(store);
  const tmd::Status programmed = board::program_factory_model();

  const StackGauge gauge;
  const board::InstructionCounter counter;
  const tmd::Status status = programmed == tmd::Status::ok ? update(store, updater) : programmed;
  const std::uint32_t instructions = counter.instructions();
  const std::uint32_t deepest = gauge.deepest();

  const bool right = store.active().digest == images::sha256(images::target_digest);
  semihosting::write(board::kName);
  semihosting::write(": ");
  semihosting::write(tmd::to_string(status));
  semihosting::write(right ? ", the target is active\n" : ", the target is NOT active\n");
  report("patch bytes", static_cast<std::uint32_t>(images::patch().size()));
  report("target bytes", store.active().region.size);
  report("sizeof(Updater)", sizeof(updater));
  report("sizeof(ModelStore)", sizeof(store));
  report("deepest stack", deepest);
  report("instructions for each byte of target", instructions / store.active().region.size);
  return status == tmd::Status::ok && right ? 0 : 1;
}
