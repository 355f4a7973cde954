// SPDX-License-Identifier: Apache-2.0
// A Linux board that watches a temperature. Readings come line by line on standard input, which may be a fifo; with
// each of them one packet of the patch, if there is one. Killed at any time and started again it goes on where it was.
// usage: anomaly FLASH [PATCH] < READINGS
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "device.hpp"
#include "sensor.hpp"
#include "tmd/port/file_flash.hpp"

namespace {

struct LinuxBoard {
  using Flash = tmd::port::FileFlash;
  static constexpr tmd::Layout kLayout = {{0, 16 * 1024}, {16 * 1024, 16 * 1024}, {32 * 1024, 64 * 1024}};
  static Flash& flash() {
    static Flash flash;
    return flash;
  }
  /// The interpreter wants the model in memory: a copy of both slots, read anew.
  static tmd::ConstBytes memory(const tmd::Region& region) {
    static std::uint8_t slots[kLayout.journal.address];
    const tmd::MutableBytes copy = tmd::MutableBytes(slots).slice(region.address, region.size);
    return flash().read(region.address, copy) == tmd::Status::ok ? copy : tmd::ConstBytes();
  }
};

AnomalyDevice<LinuxBoard> device;

constexpr std::size_t kPacket = 51;  // of the slowest LoRa data rates

/// One packet of the patch. False: the update has failed.
bool take_packet(std::FILE* patch) {
  std::uint8_t packet[kPacket];
  std::fseek(patch, static_cast<long>(device.wanted_offset()), SEEK_SET);
  const std::size_t size = std::fread(packet, 1, sizeof(packet), patch);
  const tmd::Status status = device.take_packet(tmd::ConstBytes(packet, size));
  if (status == tmd::Status::ok) std::printf("updated: the threshold is %u\n", device.detector().threshold());
  if (size == 0 && status == tmd::Status::need_more) return false;
  if (!tmd::is_error(status)) return true;
  std::printf("update: %s\n", tmd::to_string(status));
  return false;
}

bool open_update(const char* path, std::FILE*& patch) {
  patch = std::fopen(path, "rb");
  if (patch == nullptr) {
    std::fprintf(stderr, "anomaly: %s: %s\n", path, std::strerror(errno));
    return false;
  }
  const tmd::Status status = device.open_update();
  if (tmd::is_error(status)) {
    std::fprintf(stderr, "anomaly: update: %s\n", tmd::to_string(status));
    return false;
  }
  std::printf("update: from patch byte %u\n", device.wanted_offset());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::fputs("usage: anomaly FLASH [PATCH] < READINGS\n", stderr);
    return 2;
  }
  if (LinuxBoard::flash().open(arguments[1], {256 * 1024, 4096, 8}) != tmd::Status::ok) {
    std::fprintf(stderr, "anomaly: %s: %s\n", arguments[1], std::strerror(errno));
    return 1;
  }
  const tmd::Status started = device.start();
  if (tmd::is_error(started) && started != tmd::Status::not_found) {
    std::fprintf(stderr, "anomaly: %s\n", tmd::to_string(started));
    return 1;
  }
  std::FILE* patch = nullptr;
  if (count == 3 && !open_update(arguments[2], patch)) return 1;

  ReadingParser sensor;
  bool good = true;
  unsigned window = 0;
  for (int character = std::getchar(); character != EOF; character = std::getchar()) {
    if (!sensor.take(static_cast<char>(character))) continue;
    Detector& detector = device.detector();
    if (detector.take(sensor.hundredths())) {
      std::printf("window %u: %s, %u of %u\n", ++window, detector.is_unusual() ? "UNUSUAL" : "normal",
                  detector.score(), detector.threshold());
      std::fflush(stdout);
    }
    if (good && device.is_updating()) good = take_packet(patch);
  }
  if (device.is_updating()) std::printf("update: unfinished, goes on with the next start\n");
  if (patch != nullptr) std::fclose(patch);
  return good ? 0 : 1;
}
