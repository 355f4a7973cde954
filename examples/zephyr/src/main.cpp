// SPDX-License-Identifier: Apache-2.0
// Zephyr: a model that is updated over the serial port (the chosen zephyr,console). The slots and the journal lie in
// the partition labelled models_partition; boards/ has one for each board. On the computer:
//
//   tmd diff /dev/null first.tflite -o first.tmd     # brings a model to an empty board
//   stty -F /dev/ttyACM0 115200 raw && cat first.tmd > /dev/ttyACM0
//
// The board says from which byte on it wants the patch; after a reset in the middle: tail -c +$((BYTE + 1)) first.tmd.
#include <zephyr/device.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>
#include <zephyr/storage/flash_map.h>
#include <zephyr/sys/printk.h>

#include <tmd/port/zephyr_flash.hpp>
#include <tmd/tmd.hpp>

namespace {

using Flash = tmd::port::ZephyrFlash<>;
constexpr std::uint32_t kSize = FIXED_PARTITION_SIZE(models_partition);
constexpr std::uint32_t kJournal = 48 * 1024;
constexpr std::uint32_t kSlot = (kSize - kJournal) / 2;
constexpr tmd::Layout kLayout = {{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}};

struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;  // anyone at the cable; a product has keys: docs/security.md
};

Flash flash;
tmd::ModelStore<Config> store;
tmd::Updater<Config> updater;

/// What has come over the serial port, without waiting for it. A product reads from a ring that an interrupt fills.
tmd::ConstBytes receive() {
  static const device* const uart = DEVICE_DT_GET(DT_CHOSEN(zephyr_console));
  static std::uint8_t packet[64];
  std::size_t size = 0;
  unsigned char byte = 0;
  while (size < sizeof(packet) && uart_poll_in(uart, &byte) == 0) packet[size++] = byte;
  return tmd::ConstBytes(packet, size);
}

/// Your own check of a new model: run it on an input whose answer you know.
bool self_test(const tmd::ActiveModel& model) {
  return model.region.size != 0;
}

/// Goes on with an update that a reset interrupted, or waits for a new one.
void listen() {
  tmd::Status status = updater.resume();
  if (status == tmd::Status::not_found) status = updater.begin();
  if (status != tmd::Status::ok) printk("update: %s\n", tmd::to_string(status));
  printk("send the patch from byte %u\n", static_cast<unsigned>(updater.resume_offset()));
}

/// A new model is active: a product restarts here, so that nothing keeps pointers into the old one.
void take_over() {
  if (store.active().state == tmd::ModelState::trial) {
    const tmd::Status status =
        tmd::until_done([] { return self_test(store.active()) ? store.confirm() : store.revert(); });
    printk("self-test: %s\n", tmd::to_string(status));
  }
  const tmd::ActiveModel model = store.active();
  printk("model of %u bytes at 0x%x\n", static_cast<unsigned>(model.region.size),
         static_cast<unsigned>(model.region.address));
}

/// Feeds one packet; one call waits for one erase, or one page, at most.
void update_step() {
  tmd::ConstBytes bytes = receive();
  tmd::FeedResult fed;
  do {
    fed = updater.feed(bytes);
    bytes = bytes.from(fed.consumed);
  } while (fed.status == tmd::Status::would_block);
  if (fed.status == tmd::Status::need_more) return;
  if (fed.status == tmd::Status::ready_to_finish)
    fed.status = tmd::until_done([] { return updater.finish(); });
  printk("update: %s\n", tmd::to_string(fed.status));
  if (fed.status == tmd::Status::ok) take_over();
  listen();
}

}  // namespace

int main() {
  tmd::Status status = flash.open(FIXED_PARTITION_ID(models_partition));
  if (status == tmd::Status::ok) {
    store.attach(flash, kLayout);
    updater.attach(store);
    status = tmd::until_done([] { return store.boot(); });  // not_found: there is no model yet
  }
  printk("boot: %s\n", tmd::to_string(status));
  if (tmd::is_error(status) && status != tmd::Status::not_found) return 1;
  take_over();
  listen();
  for (;;) {
    update_step();
    k_msleep(1);
  }
}
