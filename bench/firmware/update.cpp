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

using Config = tmd::DefaultConfig<board::Flash>;

tmd::Status receive(tmd::Updater<Config>& updater, tmd::ConstBytes patch) {
  tmd::Status status = updater.begin();
  for (std::size_t offset = 0; offset < patch.size() && !tmd::is_error(status);) {
    const tmd::FeedResult fed = updater.feed(patch.slice(offset, kPacketSize));
    offset += fed.consumed;
    status = fed.status;
  }
  return tmd::is_error(status) ? status : updater.finish();
}

/// Boots, takes the patch, boots again as after a restart, and keeps the new model.
tmd::Status update(tmd::ModelStore<board::Flash>& store, tmd::Updater<Config>& updater) {
  tmd::FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(images::base().size());
  factory.digest = images::sha256(images::base_digest);
  tmd::Status status = store.boot(factory);
  if (status == tmd::Status::ok) status = receive(updater, images::patch());
  if (status == tmd::Status::ok) status = store.confirm();
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
  static tmd::ModelStore<board::Flash> store(board::flash(), board::kLayout);
  static tmd::Updater<Config> updater(store);
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
