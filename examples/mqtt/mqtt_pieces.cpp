// SPDX-License-Identifier: Apache-2.0
// The other end of mqtt_update: puts a channel of a tree of `tmd publish` on a broker, and the pieces that devices ask
// for. Announcements are retained messages, one for each pointer of the channel; they follow the tree while this runs,
// and those of pointers that are gone are taken back. It keeps no state of devices.
// usage: mqtt_pieces TREE HOST PORT CHANNEL PIECE
//   PIECE  bytes of the patch in a message
#include <mosquitto.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "../linux_link/linux_device.hpp"
#include "../linux_link/published_tree.hpp"
#include "../linux_link/tree_file.hpp"

namespace {

namespace fs = std::filesystem;

constexpr const char* kAnnouncements = "tmd/p/";
constexpr int kScan = 10;  ///< Every so many rounds of 100 ms the tree is looked at.

fs::path tree;
std::string channel;
std::uint32_t piece_size = 512;
std::map<std::string, std::string> announced;  ///< By topic.

void announce(mosquitto* broker, const std::string& topic, const std::string& text) {
  (void)mosquitto_publish(broker, nullptr, topic.c_str(), static_cast<int>(text.size()), text.data(), 1,
                          true);
}

/// Announces what is new or has changed, and takes back what is gone.
void follow_tree(mosquitto* broker) {
  std::map<std::string, std::string> there;
  std::error_code error;
  const fs::path folder = tree / "c" / channel;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string text = TreeFile(entry->path().string()).read();
    Pointer pointer;
    if (read_pointer(text, pointer))
      there[kAnnouncements + channel + "/" + entry->path().lexically_relative(folder).generic_string()] =
          std::move(text);
  }
  for (const auto& [topic, text] : there) {
    const auto known = announced.find(topic);
    if (known == announced.end() || known->second != text) announce(broker, topic, text);
  }
  for (const auto& [topic, text] : announced) {
    if (there.count(topic) == 0) announce(broker, topic, "");
  }
  announced.swap(there);
}

bool is_object(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// A request is four bytes of offset and two of length, little-endian; a piece is four bytes of offset and its bytes.
void answer(mosquitto* broker, const std::string& object, tmd::ConstBytes request) {
  if (!is_object(object) || request.size() != 6) return;
  const TreeFile patch((tree / "o" / object).string());
  std::size_t at = tmd::load_le32(request.data());
  const std::size_t end = at + tmd::load_le16(request.data() + 4);
  const std::string topic = "tmd/o/" + object;
  for (; at < end && at < patch.size(); at += piece_size) {
    std::uint8_t offset[4];
    tmd::store_le32(offset, static_cast<std::uint32_t>(at));
    const std::string message = std::string(offset, offset + 4) + patch.read(at, piece_size);
    (void)mosquitto_publish(broker, nullptr, topic.c_str(), static_cast<int>(message.size()), message.data(),
                            0, false);
  }
}

void on_connect(mosquitto* broker, void*, int result) {
  if (result != 0) return;
  announced.clear();  // the broker may have lost what it had
  (void)mosquitto_subscribe(broker, nullptr, "tmd/ask/+", 0);
  (void)mosquitto_subscribe(broker, nullptr, (kAnnouncements + channel + "/#").c_str(), 1);
  follow_tree(broker);
}

void on_message(mosquitto* broker, void*, const mosquitto_message* message) {
  const std::string topic = message->topic;
  if (topic.rfind("tmd/ask/", 0) == 0)
    return answer(broker, topic.substr(8),
                  tmd::ConstBytes(static_cast<const std::uint8_t*>(message->payload),
                                  static_cast<std::size_t>(message->payloadlen)));
  // An announcement from before this program was started, whose pointer is gone.
  if (message->payloadlen != 0 && announced.count(topic) == 0) announce(broker, topic, "");
}

}  // namespace

int main(int count, char** arguments) {
  const std::uint16_t port = count == 6 ? port_in(arguments[3]) : std::uint16_t{0};
  const int piece = count == 6 ? std::atoi(arguments[5]) : 0;
  if (port == 0 || piece < 1 || piece > 65536) {
    std::fputs("usage: mqtt_pieces TREE HOST PORT CHANNEL PIECE\n", stderr);
    return 2;
  }
  tree = arguments[1];
  channel = arguments[4];
  piece_size = static_cast<std::uint32_t>(piece);
  if (!fs::is_directory(tree / "c")) {
    std::fprintf(stderr, "mqtt_pieces: %s is no tree of tmd publish: it has no c/\n", arguments[1]);
    return 3;
  }
  mosquitto_lib_init();
  mosquitto* broker = mosquitto_new(nullptr, true, nullptr);
  mosquitto_connect_callback_set(broker, on_connect);
  mosquitto_message_callback_set(broker, on_message);
  bool is_connected = mosquitto_connect(broker, arguments[2], port, 10) == MOSQ_ERR_SUCCESS;
  if (!is_connected)
    std::fprintf(stderr, "mqtt_pieces: no broker at %s port %u yet; trying on\n", arguments[2],
                 static_cast<unsigned>(port));
  for (int round = 1;; ++round) {
    if (!is_connected) ::usleep(100 * 1000);
    const int result = is_connected ? mosquitto_loop(broker, 100, 1) : mosquitto_reconnect(broker);
    is_connected = result == MOSQ_ERR_SUCCESS;
    if (is_connected && round % kScan == 0) follow_tree(broker);
  }
}
