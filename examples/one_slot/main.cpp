// SPDX-License-Identifier: Apache-2.0
// One start of a device that has room for one model: it boots, names recorded gestures with its model, takes the patch
// that the sender has for it in packets of 20 bytes, and applies it in place. In the middle of that power goes, once;
// the next start goes on without the sender. Ends with exit code 0 where the new model is whole and names most
// gestures.
#include "board.hpp"
#include "factory.hpp"
#include "gestures.hpp"
#include "images.hpp"
#include "semihosting.hpp"
#include "stack.hpp"
#include "tmd/in_place.hpp"

namespace {

struct Config : tmd::DefaultConfig<board::Flash> {
  using Authentication = tmd::AllowUnsigned;  // a first step; docs/security.md has keys
  static constexpr bool kOneSlot = true;
  static constexpr std::uint8_t kTrialBoots = 0;  // there is no way back
};
tmd::ModelStore<Config> store;
tmd::Staging<board::Flash> staging;
tmd::InPlaceUpdater<Config> updater;

void say(const char* text) {
  semihosting::write(text);
}
void say(std::uint32_t number) {
  semihosting::write(number);
}

/// The sender: it has a patch for the model that the device left the factory with, and a link that loses every ninth
/// packet. In a product this is where the packet handler stands.
class Sender {
 public:
  static bool has_patch_for(const tmd::ActiveModel& model) {
    return model.digest == firmware::factory_model().digest;
  }
  static tmd::FragmentPlan plan() {
    constexpr std::uint32_t kPacketSize = 20;  // what one notification of Bluetooth LE carries
    return {1, static_cast<std::uint32_t>(images::patch().size()), kPacketSize};
  }
  /// Asked for packet `index`: false where it was lost on the way.
  bool send(std::uint32_t index, tmd::ConstBytes& packet) {
    packet = images::patch().slice(std::size_t{index} * plan().fragment_size, plan().fragment_size);
    return ++sent_ % 9 != 0;
  }
  std::uint32_t sent() const { return sent_; }

 private:
  std::uint32_t sent_ = 0;
};

/// Collects the patch in the staging area: each packet once, then those that are missing.
tmd::Status receive() {
  Sender sender;
  tmd::Status status = tmd::until_done([] { return staging.open(Sender::plan()); });
  std::uint32_t next = 0;
  while (status == tmd::Status::ok && (staging.next_missing(next, next) || staging.next_missing(0, next))) {
    tmd::ConstBytes packet;
    if (sender.send(next, packet)) status = tmd::until_done([&] { return staging.store(next, packet); });
    ++next;
  }
  say("received: ");
  say(Sender::plan().count());
  say(" packets, sent: ");
  say(sender.sent());
  say("\n");
  return status;
}

/// One call waits for one erase, or 256 bytes of programming, at most: between two of them the application has its
/// turn. From the point of no return on it has no model: `store.active()` says `updating`.
tmd::Status apply() {
  bool is_cut = updater.is_pending();
  for (;;) {
    const tmd::Status status = updater.apply();
    if (status != tmd::Status::would_block) return status;
    if (is_cut || updater.blocks_left() != 12) continue;
    say("power goes: 12 blocks of 4 KB are left to write\n");
    board::flash().cut_soon();
    is_cut = true;
  }
}

/// Names the recorded gestures with the model, where it lies in flash; returns how many of them it names right.
unsigned show(const char* when) {
  return gestures::show(when, board::memory(store.active().region));
}

}  // namespace

int main() {
  const StackGauge stack;
  if (board::erase_as_a_programmer_does() != tmd::Status::ok) return 1;
  store.attach(board::flash(), board::kLayout);
  staging.attach(store.port(), board::kStaging);
  updater.attach(store, staging);

  tmd::Status status = tmd::until_done([] { return store.boot(firmware::factory_model()); });
  say("boot: ");
  say(tmd::to_string(status));
  say("\n");
  if (status == tmd::Status::updating) {
    status = tmd::until_done(
        [] { return staging.reopen(); });  // the patch is there: nobody needs to send anything
  } else if (store.active().present) {
    show("before");
    if (Sender::has_patch_for(store.active())) status = receive();
  }
  if (status == tmd::Status::ok) status = apply();
  say("applied: ");
  say(tmd::to_string(status));
  say("\n");
  const unsigned right = show("after");
  say("deepest stack: ");
  say(stack.deepest());
  say(" bytes\n");
  return status == tmd::Status::ok && right * 2 > gestures::recorded() ? 0 : 1;
}
