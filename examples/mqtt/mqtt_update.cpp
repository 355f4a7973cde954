// SPDX-License-Identifier: Apache-2.0
// A Linux board, or a gateway, that takes an update by MQTT. A retained message announces the patch for its bucket and
// base (docs/publish.md); the device asks for the pieces that it lacks, a few at a time, and takes those that come: each
// says where it belongs, so that lost, repeated and late ones do no harm, and devices with the same patch share them.
// Killed at any time, or without its broker for a while, it goes on where it was. One run does one update and keeps the
// model of the run before; exit status 0 also where nothing is announced.
// usage: mqtt_update FLASH HOST PORT CHANNEL DEVICE
#include <mosquitto.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "../linux_link/file_flash.hpp"
#include "../linux_link/published_tree.hpp"
#include "tmd/updater.hpp"

namespace {

constexpr tmd::Layout kLayout = {{0, 96 * 1024}, {96 * 1024, 96 * 1024}, {192 * 1024, 64 * 1024}};
constexpr std::uint32_t kWindow = 2048;      ///< Bytes that are asked for at once.
constexpr std::int64_t kPatience = 1000;     ///< Milliseconds without a piece until it asks again.
constexpr std::int64_t kLongestWait = 5000;  ///< Milliseconds with the broker until nothing is announced.
constexpr std::int64_t kGivesUp = 60000;     ///< Milliseconds without any progress until the run ends.

struct Config : tmd::DefaultConfig<FileFlash> {
  using Authentication = tmd::AllowUnsigned;  // a first step; docs/security.md has keys
};

FileFlash flash;
tmd::ModelStore<Config> store;
tmd::Updater<Config> updater;

std::int64_t now() {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1000000;
}

/// The update as it goes.
struct Download {
  std::string announcement;  ///< Topic of the pointer.
  std::string object;        ///< SHA-256 of the patch; empty: nothing is announced yet.
  tmd::Status status = tmd::Status::need_more;
  std::uint32_t asked_to = 0;      ///< Pieces up to here were asked for.
  std::int64_t last_progress = 0;  ///< Time of the last piece that was taken, or of the last request.
  std::int64_t last_news = 0;      ///< The same without requests.
  unsigned requests = 0;
};
Download download;

std::string piece_topic() {
  return "tmd/o/" + download.object;
}

/// Four bytes of offset, two of length, little-endian.
void ask(mosquitto* broker) {
  const std::uint32_t offset = updater.resume_offset();
  std::uint8_t bytes[6];
  tmd::store_le32(bytes, offset);
  tmd::store_le16(bytes + 4, static_cast<std::uint16_t>(kWindow));
  download.asked_to = offset + kWindow;
  download.last_progress = now();
  ++download.requests;
  // One that is lost is asked again: no quality of service is needed.
  (void)mosquitto_publish(broker, nullptr, ("tmd/ask/" + download.object).c_str(), sizeof(bytes), bytes, 0,
                          false);
}

void take_announcement(mosquitto* broker, const std::string& pointer) {
  const std::string object = pointer_field(pointer, "o");
  if (object.empty() || object == download.object) return;
  const auto identity =
      static_cast<std::uint32_t>(std::strtoul(pointer_field(pointer, "i").c_str(), nullptr, 16));
  tmd::Status status = tmd::until_done([&] { return updater.resume(identity); });
  if (status == tmd::Status::not_found) status = tmd::until_done([] { return updater.begin(); });
  if (status != tmd::Status::ok) {
    download.status = status;
    return;
  }
  if (!download.object.empty()) (void)mosquitto_unsubscribe(broker, nullptr, piece_topic().c_str());
  download.object = object;
  download.last_news = now();
  std::printf("from patch byte %u\n", static_cast<unsigned>(updater.resume_offset()));
  std::fflush(stdout);
  (void)mosquitto_subscribe(broker, nullptr, piece_topic().c_str(), 0);
  ask(broker);
}

void take_piece(mosquitto* broker, tmd::ConstBytes piece) {
  if (piece.size() < 4 || download.status != tmd::Status::need_more) return;
  std::uint32_t offset = tmd::load_le32(piece.data());
  const std::uint32_t before = updater.resume_offset();
  tmd::ConstBytes rest = piece.from(4);
  do {
    const tmd::FeedResult fed = updater.feed_at(offset, rest);
    download.status = fed.status;
    offset += static_cast<std::uint32_t>(fed.consumed);
    rest = rest.from(fed.consumed);
  } while (download.status == tmd::Status::would_block ||
           (download.status == tmd::Status::need_more && !rest.empty()));
  // One before it is missing: it is asked for again when nothing more comes.
  if (download.status == tmd::Status::offset_gap) download.status = tmd::Status::need_more;
  if (updater.resume_offset() > before) download.last_progress = download.last_news = now();
  if (download.status == tmd::Status::need_more && updater.resume_offset() >= download.asked_to) ask(broker);
}

void on_connect(mosquitto* broker, void*, int result) {
  if (result != 0) return;
  (void)mosquitto_subscribe(broker, nullptr, download.announcement.c_str(), 1);
  download.last_news = now();
  if (download.object.empty()) return;
  // The broker knows nothing of us any more.
  (void)mosquitto_subscribe(broker, nullptr, piece_topic().c_str(), 0);
  ask(broker);
}

void on_message(mosquitto* broker, void*, const mosquitto_message* message) {
  const auto* bytes = static_cast<const std::uint8_t*>(message->payload);
  const std::size_t size = static_cast<std::size_t>(message->payloadlen);
  if (download.announcement == message->topic)
    take_announcement(broker, std::string(reinterpret_cast<const char*>(bytes), size));
  else if (!download.object.empty() && piece_topic() == message->topic)
    take_piece(broker, tmd::ConstBytes(bytes, size));
}

/// Until the patch is there, nothing is announced, or nothing has come for a long time.
bool run(mosquitto* broker, bool is_connected) {
  download.last_news = now();
  while (download.status == tmd::Status::need_more) {
    if (!is_connected) ::usleep(100 * 1000);
    const int result = is_connected ? mosquitto_loop(broker, 100, 1) : mosquitto_reconnect(broker);
    is_connected = result == MOSQ_ERR_SUCCESS;
    const std::int64_t silence = now() - download.last_news;
    if (silence > kGivesUp) return false;
    if (!is_connected) continue;
    if (download.object.empty() && silence > kLongestWait) return true;
    if (!download.object.empty() && now() - download.last_progress > kPatience) ask(broker);
  }
  if (download.status == tmd::Status::ready_to_finish)
    download.status = tmd::until_done([] { return updater.finish(); });
  return true;
}

/// Boots and keeps a model that is on trial.
tmd::Status start() {
  store.attach(flash, kLayout);
  tmd::Status status = tmd::until_done([] { return store.boot(); });
  // A product runs its self-test here.
  if (store.active().state == tmd::ModelState::trial)
    status = tmd::until_done([] { return store.confirm(); });
  updater.attach(store);
  return status == tmd::Status::not_found ? tmd::Status::ok : status;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::fputs("usage: mqtt_update FLASH HOST PORT CHANNEL DEVICE\n", stderr);
    return 2;
  }
  if (!flash.open(arguments[1])) {
    std::perror(arguments[1]);
    return 3;
  }
  const tmd::Status started = start();
  if (tmd::is_error(started)) {
    std::fprintf(stderr, "mqtt_update: %s\n", tmd::to_string(started));
    return 3;
  }
  download.announcement = "tmd/p/" + pointer_place(arguments[4], arguments[5], store.active());
  mosquitto_lib_init();
  mosquitto* broker = mosquitto_new(nullptr, true, nullptr);
  mosquitto_connect_callback_set(broker, on_connect);
  mosquitto_message_callback_set(broker, on_message);
  const bool is_connected =
      mosquitto_connect(broker, arguments[2], std::atoi(arguments[3]), 10) == MOSQ_ERR_SUCCESS;
  const bool has_ended = run(broker, is_connected);
  (void)mosquitto_disconnect(broker);
  mosquitto_destroy(broker);
  mosquitto_lib_cleanup();
  if (!has_ended) {
    std::fputs("mqtt_update: nothing has come from the broker for a minute\n", stderr);
    return 3;
  }
  if (download.object.empty()) {
    std::puts("nothing to do");
    return 0;
  }
  std::printf("update: %s, asked %u times\n", tmd::to_string(download.status), download.requests);
  return download.status == tmd::Status::ok ? 0 : 3;
}
