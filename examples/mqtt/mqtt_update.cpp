// SPDX-License-Identifier: Apache-2.0
// A Linux board, or a gateway, that takes an update by MQTT. A retained message announces the patch for its bucket and
// base (docs/publish.md). The device asks for the pieces that it lacks, a few at a time, and takes those that come;
// each says where it belongs: lost, repeated and late ones do no harm, and devices with the same patch share them.
// Killed at any time, or without its broker for a while, it goes on where it was. One run does one update and keeps the
// model of the run before; exit status 0 also where nothing is announced.
// usage: mqtt_update FLASH HOST PORT CHANNEL DEVICE
#include <mosquitto.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "../linux_link/linux_device.hpp"
#include "../linux_link/published_tree.hpp"

namespace {

constexpr std::uint32_t kWindow = 2048;      ///< Bytes that are asked for at once.
constexpr std::int64_t kPatience = 1000;     ///< Milliseconds without a piece until it asks again.
constexpr std::int64_t kLongestWait = 5000;  ///< Milliseconds with the broker until nothing is announced.
constexpr std::int64_t kGivesUp = 60000;     ///< Milliseconds without any progress until the run ends.

LinuxDevice device;

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
  const std::uint32_t offset = device.updater().resume_offset();
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

void take_announcement(mosquitto* broker, const std::string& text) {
  Pointer pointer;
  if (!read_pointer(text, pointer) || pointer.object == download.object) return;
  const tmd::Status status = device.open_update(pointer.identity);
  if (status != tmd::Status::ok) {
    download.status = status;
    return;
  }
  if (!download.object.empty()) (void)mosquitto_unsubscribe(broker, nullptr, piece_topic().c_str());
  download.object = pointer.object;
  download.last_news = now();
  std::printf("from patch byte %u\n", static_cast<unsigned>(device.updater().resume_offset()));
  std::fflush(stdout);
  (void)mosquitto_subscribe(broker, nullptr, piece_topic().c_str(), 0);
  ask(broker);
}

void take_piece(mosquitto* broker, tmd::ConstBytes piece) {
  if (piece.size() < 4 || download.status != tmd::Status::need_more) return;
  const std::uint32_t before = device.updater().resume_offset();
  download.status = device.feed(tmd::load_le32(piece.data()), piece.from(4));
  // One before it is missing: it is asked for again when nothing more comes.
  if (download.status == tmd::Status::offset_gap) download.status = tmd::Status::need_more;
  const std::uint32_t offset = device.updater().resume_offset();
  if (offset > before) download.last_progress = download.last_news = now();
  if (download.status == tmd::Status::need_more && offset >= download.asked_to) ask(broker);
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
  if (download.status == tmd::Status::ready_to_finish) download.status = device.finish();
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  const std::uint16_t port = count == 6 ? port_in(arguments[3]) : std::uint16_t{0};
  if (port == 0) {
    std::fputs("usage: mqtt_update FLASH HOST PORT CHANNEL DEVICE\n", stderr);
    return 2;
  }
  if (!device.start("mqtt_update", arguments[1])) return 3;
  const tmd::Status kept = device.keep_model();
  if (kept != tmd::Status::ok) {
    std::fprintf(stderr, "mqtt_update: %s\n", tmd::to_string(kept));
    return 3;
  }
  download.announcement = "tmd/p/" + pointer_place(arguments[4], arguments[5], device.store().active());
  mosquitto_lib_init();
  mosquitto* broker = mosquitto_new(nullptr, true, nullptr);
  mosquitto_connect_callback_set(broker, on_connect);
  mosquitto_message_callback_set(broker, on_message);
  const bool is_connected = mosquitto_connect(broker, arguments[2], port, 10) == MOSQ_ERR_SUCCESS;
  const bool has_ended = run(broker, is_connected);
  (void)mosquitto_disconnect(broker);
  mosquitto_destroy(broker);
  mosquitto_lib_cleanup();
  if (!has_ended) {
    std::fprintf(stderr, "mqtt_update: nothing has come from the broker at %s port %u for a minute\n",
                 arguments[2], static_cast<unsigned>(port));
    return 3;
  }
  if (download.object.empty()) {
    std::puts("nothing to do");
    return 0;
  }
  std::printf("update: %s, asked %u times\n", tmd::to_string(download.status), download.requests);
  return download.status == tmd::Status::ok ? 0 : 3;
}
