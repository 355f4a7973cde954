// SPDX-License-Identifier: Apache-2.0
#include "report/air_time.hpp"

#include <cmath>

namespace tmd::host::report {
namespace {

/// Kind, tag and an offset of up to two megabytes.
constexpr std::uint32_t kPieceHeader = 5;

struct LinkKind {
  const char* name;
  std::uint32_t message;  ///< Bytes, at most.
  double (*seconds)(std::uint32_t bytes);
  double watts;  ///< Of the receiver while it listens.
  const char* basis;
};

double lora7(std::uint32_t bytes) {
  // LoRaWAN puts 13 bytes of header and integrity code around a message.
  return lora_seconds(7, bytes + 13);
}
double lora12(std::uint32_t bytes) {
  return lora_seconds(12, bytes + 13);
}
double ble(std::uint32_t bytes) {
  // 1 Mbit/s: preamble, address, header, L2CAP, ATT, CRC, and the empty answer with both gaps of 150 us.
  return (8.0 * (bytes + 1 + 4 + 2 + 4 + 3 + 3) + 80 + 300) * 1e-6;
}
double narrow_band(std::uint32_t bytes) {
  return 8.0 * (bytes + 40) / 25000;
}
double uart(std::uint32_t bytes) {
  return 10.0 * (bytes + 6) / 115200;
}

constexpr LinkKind kLinks[] = {
    {"LoRaWAN, SF12, 125 kHz", 51, lora12, 3.3 * 0.0115, "receiver 11.5 mA at 3.3 V; without the duty cycle"},
    {"LoRaWAN, SF7, 125 kHz", 222, lora7, 3.3 * 0.0115, "receiver 11.5 mA at 3.3 V; without the duty cycle"},
    {"Bluetooth LE, 1M, 20-byte messages", 20, ble, 3.0 * 0.0054, "receiver 5.4 mA at 3 V; back to back"},
    {"Bluetooth LE, 1M, 244-byte messages", 244, ble, 3.0 * 0.0054, "receiver 5.4 mA at 3 V; back to back"},
    {"NB-IoT, 25 kbit/s, UDP", 512, narrow_band, 3.6 * 0.046, "receiver 46 mA at 3.6 V; without attaching"},
    {"UART, 115,200 baud", 244, uart, 0, "ten bits a byte"},
};

}  // namespace

double lora_seconds(unsigned spreading_factor, std::uint32_t bytes) {
  const double symbol = std::exp2(spreading_factor) / 125000;
  const int low_rate = spreading_factor >= 11 ? 1 : 0;
  const double bits = 8.0 * bytes - 4.0 * spreading_factor + 28 + 16;
  const double blocks = std::ceil(bits / (4.0 * (static_cast<int>(spreading_factor) - 2 * low_rate)));
  return symbol * (8 + 4.25 + 8 + std::fmax(blocks * 5, 0));
}

std::vector<AirTime> air_times(std::uint64_t patch_bytes) {
  std::vector<AirTime> times;
  for (const LinkKind& kind : kLinks) {
    AirTime time;
    time.link = kind.name;
    time.payload = kind.message - kPieceHeader;
    const std::uint64_t whole = patch_bytes / time.payload;
    const auto rest = static_cast<std::uint32_t>(patch_bytes % time.payload);
    time.messages = whole + (rest != 0 ? 1 : 0);
    time.seconds = static_cast<double>(whole) * kind.seconds(kind.message);
    if (rest != 0) time.seconds += kind.seconds(rest + kPieceHeader);
    time.joules = time.seconds * kind.watts;
    time.basis = kind.basis;
    times.push_back(time);
  }
  return times;
}

}  // namespace tmd::host::report
