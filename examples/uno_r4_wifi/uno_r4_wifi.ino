// SPDX-License-Identifier: Apache-2.0
// Arduino UNO R4 WiFi and Minima: a model that is updated over the serial port.
//
// The board says which byte of the patch it wants first. On the computer:
//
//   tmd diff /dev/null first.tflite -o first.tmd --ram 1520      # brings a model to an empty board
//   tmd diff first.tflite second.tflite -o second.tmd --ram 1520
//   stty -F /dev/ttyACM0 115200 raw -echo; cat /dev/ttyACM0 &     # what the board says
//   cat first.tmd > /dev/ttyACM0
//
// After a reset in the middle it goes on: send from the byte that it names, tail -c +$((BYTE + 1)) first.tmd.
//
// As it stands the slots lie in RAM, for models of 4 KB at most, and are empty after each reset, so that trying it
// risks nothing. With TMD_USE_CODE_FLASH they lie in the code flash behind the sketch: read docs/platforms/uno-r4.md
// of the source repository before, that driver was not run on hardware.
#include <TinyMLDelta.h>

#ifdef TMD_USE_CODE_FLASH
#include <tmd/port/ra4m1_flash.hpp>
using Flash = tmd::port::Ra4m1Flash<24>;  // the core sets FCLK to 24 MHz
// The last 96 KB of 256: slots of 40 KB, a journal of 16 KB. The sketch must end before.
constexpr tmd::Layout kLayout = {{0x28000, 40 * 1024}, {0x32000, 40 * 1024}, {0x3C000, 16 * 1024}};
#else
using Flash = tmd::RamFlash<12 * 1024, 1024, 8>;
constexpr tmd::Layout kLayout = {{0, 4 * 1024}, {4 * 1024, 4 * 1024}, {8 * 1024, 4 * 1024}};
#endif

struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;  // anyone at the cable; a product has keys
  using Decoder = tmd::codec::Decoder<tmd::codec::SmallConfig>;  // 2.5 KB less RAM
};

static Flash models;
static tmd::ModelStore<Config> store;
static tmd::Updater<Config> updater;

static void say(const char* what, tmd::Status status) {
  Serial.print(what);
  Serial.print(": ");
  Serial.println(tmd::to_string(status));
}

// Your own check of a new model: run it on an input whose answer you know.
static bool self_test(const tmd::ActiveModel& model) {
  return model.region.size != 0;
}

// What still comes of a patch that was refused is no new one: until nothing has come for half a second.
static void drop_rest() {
  for (unsigned long last = millis(); millis() - last < 500;)
    if (Serial.read() >= 0) last = millis();
}

// Goes on with an update that a reset interrupted, or waits for a new one.
static void listen() {
  tmd::Status status = updater.resume();
  if (status != tmd::Status::ok) status = updater.begin();
  if (status != tmd::Status::ok) return say("no update until a reset", status);
  Serial.print("send the patch from byte ");
  Serial.println(static_cast<unsigned long>(updater.resume_offset()));
}

// The new model is active: a product restarts here, so that nothing keeps pointers into the old one.
static void take_over() {
  const tmd::ActiveModel model = store.active();
  if (model.state == tmd::ModelState::trial)
    say("self-test", tmd::until_done([&] { return self_test(model) ? store.confirm() : store.revert(); }));
  Serial.print("model of ");
  Serial.print(static_cast<unsigned long>(store.active().region.size));
  Serial.println(" bytes");
}

void setup() {
  Serial.begin(115200);
  store.attach(models, kLayout);
  updater.attach(store);
  say("boot", tmd::until_done([] { return store.boot(); }));  // not_found: there is no model yet
  take_over();
  listen();
}

void loop() {
  // Your application runs here; one call below waits for one erase, or one page, at most.
  if (!updater.is_open()) return;
  std::uint8_t packet[64];
  std::size_t size = 0;
  while (size < sizeof(packet) && Serial.available() > 0)
    packet[size++] = static_cast<std::uint8_t>(Serial.read());

  tmd::ConstBytes bytes(packet, size);
  tmd::FeedResult fed;
  do {
    fed = updater.feed(bytes);
    bytes = bytes.from(fed.consumed);
  } while (fed.status == tmd::Status::would_block);
  if (fed.status == tmd::Status::need_more) return;

  if (fed.status == tmd::Status::ready_to_finish)
    fed.status = tmd::until_done([] { return updater.finish(); });
  say("update", fed.status);
  if (fed.status == tmd::Status::ok)
    take_over();
  else
    drop_rest();
  listen();
}
