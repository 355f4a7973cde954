// SPDX-License-Identifier: Apache-2.0
// Raspberry Pi Pico: a model that is updated over the serial port. The slots and the journal lie in the last 192 KB
// of the flash; the program must end before. Build it with the Pico SDK (CMakeLists.txt), then, on the computer:
//
//   tmd diff /dev/null first.tflite -o first.tmd     # brings a model to an empty board
//   stty -F /dev/ttyACM0 115200 raw -echo; cat /dev/ttyACM0 &
//   cat first.tmd > /dev/ttyACM0
//
// The board waits for the first `cat`, and says from which byte on it wants the patch; after a reset in the middle that
// is not the first one: tail -c +$((BYTE + 1)) first.tmd. The port must stay open until the board has answered: the SDK
// gives no bytes of one that is closed, also where they have come. Both cores running: the other one must not touch the
// flash meanwhile (multicore_lockout, docs/platforms).
#include <cstdio>
#include <tmd/port/rp2040_flash.hpp>
#include <tmd/tmd.hpp>

#include "pico/stdlib.h"

namespace {

constexpr std::uint32_t kPart = 192 * 1024;
constexpr std::uint32_t kSlot = 72 * 1024;
using Flash = tmd::port::Rp2040Flash<PICO_FLASH_SIZE_BYTES - kPart, kPart>;
constexpr tmd::Layout kLayout = {{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kPart - 2 * kSlot}};

struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;  // anyone at the cable; a product has keys: docs/security.md
};

Flash flash;
tmd::ModelStore<Config> store;
tmd::Updater<Config> updater;

/// What has come over the serial port, without waiting for it.
tmd::ConstBytes receive() {
  static std::uint8_t packet[64];
  std::size_t size = 0;
  while (size < sizeof(packet)) {
    const int byte = getchar_timeout_us(0);
    if (byte < 0) break;
    packet[size++] = static_cast<std::uint8_t>(byte);
  }
  return tmd::ConstBytes(packet, size);
}

/// Your own check of a new model: run it on an input whose answer you know.
bool self_test(const tmd::ActiveModel& model) {
  return model.region.size != 0;
}

void show_model() {
  const tmd::ActiveModel model = store.active();
  std::printf("model of %lu bytes at 0x%lx\n", static_cast<unsigned long>(model.region.size),
              static_cast<unsigned long>(model.region.address));
}

/// What still comes of a patch that was refused is no new one: until nothing has come for half a second.
void drop_rest() {
  while (getchar_timeout_us(500'000) >= 0) {
  }
}

/// Goes on with an update that a reset interrupted, or waits for a new one.
void listen() {
  tmd::Status status = updater.resume();
  if (status != tmd::Status::ok) status = updater.begin();
  if (status == tmd::Status::ok)
    std::printf("send the patch from byte %lu\n", static_cast<unsigned long>(updater.resume_offset()));
  else
    std::printf("no update until a reset: %s\n", tmd::to_string(status));
}

/// A new model is active: a product restarts here, so that nothing keeps pointers into the old one.
void take_over() {
  if (store.active().state == tmd::ModelState::trial) {
    const tmd::Status status =
        tmd::until_done([] { return self_test(store.active()) ? store.confirm() : store.revert(); });
    std::printf("self-test: %s\n", tmd::to_string(status));
  }
  show_model();
}

/// Feeds one packet. Your application has its turn between two of them: one call waits for one erase (45 ms, at most
/// 400), or one page.
void update_step() {
  if (!updater.is_open()) return;
  tmd::ConstBytes bytes = receive();
  tmd::FeedResult fed;
  do {
    fed = updater.feed(bytes);
    bytes = bytes.from(fed.consumed);
  } while (fed.status == tmd::Status::would_block);
  if (fed.status == tmd::Status::need_more) return;
  if (fed.status == tmd::Status::ready_to_finish)
    fed.status = tmd::until_done([] { return updater.finish(); });
  std::printf("update: %s\n", tmd::to_string(fed.status));
  if (fed.status == tmd::Status::ok)
    take_over();
  else
    drop_rest();
  listen();
}

}  // namespace

int main() {
  stdio_init_all();
  store.attach(flash, kLayout);
  updater.attach(store);
  const tmd::Status status =
      tmd::until_done([] { return store.boot(); });  // not_found: there is no model yet
  std::printf("boot: %s\n", tmd::to_string(status));
  take_over();
  listen();
  for (;;) update_step();
}
