// SPDX-License-Identifier: Apache-2.0
// The device's end of a transfer over a UART, to be weighed: tests/system/firmware/transfer_size.sh. Store and updater
// are somebody else's, and so is the UART.
#include "tmd/transfer.hpp"

#include "external_flash.hpp"
#include "tmd/transfer/serial_frame.hpp"

struct Config : tmd::DefaultConfig<ExternalFlash> {
  using Authentication = tmd::AllowUnsigned;
};

extern "C" {
tmd::TransferDevice<Config, 512> the_transfer;
tmd::SerialReceiver<244> the_receiver;
}

void attach(tmd::ModelStore<Config>& store, tmd::Updater<Config>& updater) {
  the_transfer.attach(store, updater, 244);
}
void take_message(tmd::ConstBytes message) {
  the_transfer.take(message);
}
tmd::Status poll_transfer() {
  return the_transfer.poll();
}
std::size_t next_answer(tmd::MutableBytes out) {
  return the_transfer.answer(out);
}
bool take_byte(std::uint8_t byte) {
  return the_receiver.take(byte);
}
std::size_t write_frame(tmd::ConstBytes message, tmd::MutableBytes out) {
  return tmd::serial_frame::write(message, out);
}
