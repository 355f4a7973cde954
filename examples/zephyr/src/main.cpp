// SPDX-License-Identifier: Apache-2.0
// Zephyr: a model that is updated over the serial port (the chosen zephyr,console). The slots and the journal lie in
// the partition labelled models_partition; boards/ has one for each board. On the computer:
//
//   tmd diff /dev/null first.tflite -o first.tmd     # brings a model to an empty board
//   stty -F /dev/ttyACM0 115200 raw -echo; cat /dev/ttyACM0 &     # what the board says
//   cat first.tmd > /dev/ttyACM0
//
// The board says from which byte on it wants the patch; after a reset in the middle: tail -c +$((BYTE + 1)) first.tmd.
#include <zephyr/device.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>
#include <zephyr/storage/flash_map.h>
#include <zephyr/sys/printk.h>

#include <tmd/feed_queue.hpp>
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

const device* const uart = DEVICE_DT_GET(DT_CHOSEN(zephyr_console));
/// What has come over the serial port: an erase of 90 ms at 115,200 baud asks for 1 KB.
tmd::FeedQueue<2048> queue;
/// Where the driver has interrupts; else the loop asks for each byte, which loses some on a real port.
bool by_interrupt = false;

/// Puts what the port has into the queue. What finds no room stays in the port: where RTS is wired, the sender waits.
void on_receive(const device* port, void* /*unused*/) {
  std::uint8_t byte = 0;
  while (uart_irq_update(port) > 0 && uart_irq_rx_ready(port) > 0) {
    if (queue.room() == 0) return uart_irq_rx_disable(port);
    if (uart_fifo_read(port, &byte, 1) == 1) (void)queue.put(tmd::ConstBytes(&byte, 1));
  }
}

void receive() {
  if (queue.room() == 0) return;
  if (by_interrupt) return uart_irq_rx_enable(uart);
  unsigned char byte = 0;
  while (queue.room() != 0 && uart_poll_in(uart, &byte) == 0) (void)queue.put(tmd::ConstBytes(&byte, 1));
}

/// Your own check of a new model: run it on an input whose answer you know.
bool self_test(const tmd::ActiveModel& model) {
  return model.region.size != 0;
}

/// What still comes of a patch that was refused is no new one: until nothing has come for half a second.
void drop_rest() {
  for (int quiet = 0; quiet < 500; ++quiet) {
    for (; !queue.empty(); queue.drop(queue.front().size())) quiet = 0;
    receive();
    k_msleep(1);
  }
}

/// Goes on with an update that a reset interrupted, or waits for a new one.
void listen() {
  tmd::Status status = updater.resume();
  if (status != tmd::Status::ok) status = updater.begin();
  if (by_interrupt) uart_irq_rx_disable(uart);
  queue.restart(updater.resume_offset());
  if (status == tmd::Status::ok)
    printk("send the patch from byte %u\n", static_cast<unsigned>(updater.resume_offset()));
  else
    printk("no update until a reset: %s\n", tmd::to_string(status));
}

/// A new model is active: a product restarts here, so that nothing keeps pointers into the old one.
void take_over() {
  if (store.active().state == tmd::ModelState::trial) {
    const tmd::Status status =
        tmd::until_done([] { return self_test(store.active()) ? store.confirm() : store.revert(); });
    printk("self-test: %s\n", tmd::to_string(status));
  }
  const tmd::ActiveModel model = store.active();
  if (model.region.size == 0)
    printk("no model yet\n");
  else
    printk("model of %u bytes at 0x%x\n", static_cast<unsigned>(model.region.size),
           static_cast<unsigned>(model.region.address));
}

/// Feeds what has come, once; the call waits for one erase, or one page, at most.
void update_step() {
  if (!updater.is_open()) {
    k_msleep(1);
    return;
  }
  receive();
  tmd::Status status = tmd::feed_from(queue, updater);
  if (status == tmd::Status::need_more) k_msleep(1);
  if (status == tmd::Status::need_more || status == tmd::Status::would_block) return;
  if (status == tmd::Status::ready_to_finish) status = tmd::until_done([] { return updater.finish(); });
  printk("update: %s\n", tmd::to_string(status));
  if (status == tmd::Status::ok)
    take_over();
  else
    drop_rest();
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
  if (!store.is_ready()) return 1;
  take_over();
  by_interrupt = uart_irq_callback_set(uart, on_receive) == 0;
  listen();
  for (;;) update_step();
}
