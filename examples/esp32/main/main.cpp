// SPDX-License-Identifier: Apache-2.0
// ESP32: a model that is updated over the console's serial port, on the target linux from standard input. The slots and
// the journal lie in the data partition "models" of partitions.csv, encrypted or not. On the computer:
//
//   tmd diff /dev/null first.tflite -o first.tmd     # brings a model to an empty board
//   stty -F /dev/ttyUSB0 115200 raw -echo; cat /dev/ttyUSB0 &     # what the board says
//   cat first.tmd > /dev/ttyUSB0
//
// The board says from which byte on it wants the patch; after a reset in the middle: tail -c +$((BYTE + 1)) first.tmd.
#include <cstdio>
#include <tmd/port/esp_partition_flash.hpp>
#include <tmd/tmd.hpp>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"
#if CONFIG_ESP_CONSOLE_UART && !CONFIG_IDF_TARGET_LINUX
#include "driver/uart.h"
#endif

namespace {

using Flash = tmd::port::EspPartitionFlash;
// 192 KB: two slots of 72 KB, a journal of 48 KB.
constexpr tmd::Layout kLayout = {{0, 0x12000}, {0x12000, 0x12000}, {0x24000, 0xC000}};

struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;  // anyone at the cable; a product has keys: docs/security.md
};

Flash flash;
tmd::ModelStore<Config> store;
tmd::Updater<Config> updater;

#if CONFIG_ESP_CONSOLE_UART && !CONFIG_IDF_TARGET_LINUX
constexpr uart_port_t kConsole = static_cast<uart_port_t>(CONFIG_ESP_CONSOLE_UART_NUM);

/// The port's FIFO holds 128 bytes; an erase of 400 ms at 115,200 baud asks for 4.6 KB, and for a handler in RAM
/// (sdkconfig.defaults): the flash cannot be read meanwhile.
bool open_link() {
  return uart_driver_install(kConsole, 8192, 0, 0, nullptr, ESP_INTR_FLAG_IRAM) == ESP_OK;
}

/// What has come, without waiting for it; as it came, which standard input would not leave it. A product reads from a
/// socket or a radio here.
tmd::ConstBytes receive() {
  static std::uint8_t packet[64];
  const int size = uart_read_bytes(kConsole, packet, sizeof(packet), 0);
  return tmd::ConstBytes(packet, size > 0 ? static_cast<std::size_t>(size) : 0);
}
#else
bool open_link() {
  return true;
}

tmd::ConstBytes receive() {
  static std::uint8_t packet[64];
  std::size_t size = 0;
  while (size < sizeof(packet)) {
    const int byte = std::getchar();
    if (byte == EOF) break;
    packet[size++] = static_cast<std::uint8_t>(byte);
  }
  std::clearerr(stdin);
  return tmd::ConstBytes(packet, size);
}
#endif

/// Your own check of a new model: run it on an input whose answer you know.
bool self_test(const tmd::ActiveModel& model) {
  return model.region.size != 0;
}

/// What still comes of a patch that was refused is no new one: until nothing has come for half a second.
void drop_rest() {
  for (TickType_t quiet = 0; quiet < pdMS_TO_TICKS(500); ++quiet) {
    vTaskDelay(1);
    while (!receive().empty()) quiet = 0;
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
  const tmd::ActiveModel model = store.active();
  std::printf("model of %lu bytes at 0x%lx\n", static_cast<unsigned long>(model.region.size),
              static_cast<unsigned long>(model.region.address));
}

/// Feeds one packet; one call waits for one erase (45 ms, at most 400), or one page.
void update_step() {
  tmd::ConstBytes bytes = receive();
  // Not between packets: a tick is longer than 64 bytes take.
  if (bytes.empty() || !updater.is_open()) vTaskDelay(1);
  if (!updater.is_open()) return;
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

extern "C" void app_main() {
  tmd::Status status = flash.open("models");
  if (status == tmd::Status::ok) {
    store.attach(flash, kLayout);
    updater.attach(store);
    status = tmd::until_done([] { return store.boot(); });  // not_found: there is no model yet
  }
  std::printf("boot: %s\n", tmd::to_string(status));
  if (!store.is_ready()) return;
  if (!open_link()) {
    std::printf("no serial port\n");
    return;
  }
  take_over();
  listen();
  for (;;) update_step();
}
