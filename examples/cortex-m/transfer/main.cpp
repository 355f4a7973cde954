// SPDX-License-Identifier: Apache-2.0
// Firmware that takes model updates over its UART (docs/transfer.md). Without a model it takes a full one; power may go
// at any moment.
#include "kept_flash.hpp"
#include "tmd/transfer.hpp"
#include "tmd/transfer/serial_frame.hpp"
#include "uart.hpp"

namespace {

constexpr std::uint16_t kLargestMessage = 128;

struct Config : tmd::DefaultConfig<KeptFlash> {
  using Authentication = tmd::AllowUnsigned;  // a first step; docs/security.md has keys
};

KeptFlash flash;
tmd::ModelStore<Config> store;
tmd::Updater<Config> updater;
tmd::TransferDevice<Config, 512> transfer;
tmd::SerialReceiver<kLargestMessage> receiver;

void send(Uart& uart, tmd::ConstBytes message) {
  std::uint8_t frame[tmd::serial_frame::most_bytes(tmd::transfer::kLeastMessage)];
  const std::size_t size = tmd::serial_frame::write(message, tmd::MutableBytes(frame));
  for (std::size_t i = 0; i < size; ++i) uart.send(frame[i]);
}

}  // namespace

int main() {
  Uart uart;
  if (!flash.open()) return 1;
  store.attach(flash, board::kLayout);
  const tmd::Status booted = tmd::until_done([] { return store.boot(); });
  if (!store.is_ready()) return static_cast<int>(booted);
  updater.attach(store);
  transfer.attach(store, updater, kLargestMessage);
  for (;;) {
    std::uint8_t byte = 0;
    while (uart.receive(byte)) {
      if (receiver.take(byte)) transfer.take(receiver.message());
    }
    const bool has_more_to_do = transfer.poll() == tmd::Status::would_block;
    std::uint8_t answer[tmd::transfer::kLeastMessage];
    while (const std::size_t size = transfer.answer(tmd::MutableBytes(answer)))
      send(uart, tmd::ConstBytes(answer, size));
    if (!has_more_to_do) uart.sleep();
  }
}
