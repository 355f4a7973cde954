// SPDX-License-Identifier: Apache-2.0
// Particle Gen 3 and Photon 2: a model that is updated over USB serial. The slots and the journal lie in one file of
// Device OS's file system, /usr/models.bin. Compiled against Device OS 6.2.0, not run on hardware.
#include <TinyMLDelta.h>

#include <tmd/port/file_flash.hpp>

#include "Particle.h"

namespace {

using Flash = tmd::port::FileFlash;
constexpr std::uint32_t kSize = 192 * 1024;
constexpr std::uint32_t kSlot = 72 * 1024;
constexpr tmd::Layout kLayout = {{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kSize - 2 * kSlot}};

struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;  // anyone at the cable; a product has keys: docs/security.md
};

Flash flash;
tmd::ModelStore<Config> store;
tmd::Updater<Config> updater;

/// What still comes of a patch that was refused is no new one: until nothing has come for half a second.
void drop_rest() {
  for (unsigned long last = millis(); millis() - last < 500;)
    if (Serial.read() >= 0) last = millis();
}

/// Goes on with an update that a reset interrupted, or waits for a new one.
void listen() {
  tmd::Status status = updater.resume();
  if (status != tmd::Status::ok) status = updater.begin();
  if (status == tmd::Status::ok)
    Serial.printlnf("send the patch from byte %lu", static_cast<unsigned long>(updater.resume_offset()));
  else
    Serial.printlnf("no update until a reset: %s", tmd::to_string(status));
}

}  // namespace

void setup() {
  Serial.begin(115200);
  if (flash.open("/usr/models.bin", {kSize, 4096, 16}) != tmd::Status::ok) return;
  store.attach(flash, kLayout);
  updater.attach(store);
  Serial.println(tmd::to_string(tmd::until_done([] { return store.boot(); })));
  if (store.active().state == tmd::ModelState::trial) (void)tmd::until_done([] { return store.confirm(); });
  listen();
}

void loop() {
  if (!updater.is_open()) return;
  std::uint8_t packet[64];
  std::size_t size = 0;
  while (size < sizeof(packet) && Serial.available() > 0)
    packet[size++] = static_cast<std::uint8_t>(Serial.read());
  tmd::FeedResult fed = updater.feed(tmd::ConstBytes(packet, size));
  for (std::size_t done = fed.consumed; fed.status == tmd::Status::would_block; done += fed.consumed)
    fed = updater.feed(tmd::ConstBytes(packet, size).from(done));
  if (fed.status == tmd::Status::need_more) return;
  if (fed.status == tmd::Status::ready_to_finish)
    fed.status = tmd::until_done([] { return updater.finish(); });
  Serial.println(tmd::to_string(fed.status));
  if (fed.status != tmd::Status::ok) drop_rest();
  listen();
}
