// SPDX-License-Identifier: Apache-2.0
#include "sizing/radio_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tmd::host::sizing {
namespace {

constexpr double kVolts = 3.3;

std::uint32_t packets_for(std::uint32_t bytes, std::uint32_t payload) {
  return (bytes + payload - 1) / payload;
}

double last_payload(std::uint32_t bytes, std::uint32_t payload) {
  return bytes == 0 ? 0 : static_cast<double>((bytes - 1) % payload + 1);
}

/// A device of class A: each downlink answers an uplink, which carries nothing here. Payloads are those of EU868's
/// data rates DR5 to DR0 behind a repeater (LoRaWAN regional parameters RP002, table "maximum payload size"); frames
/// have 13 bytes around them. Currents: SX1262 data sheet, receiving 4.6 mA, sending +14 dBm 45 mA. The gateway may
/// send 10 % of the time in the second receive window's band (869.4 to 869.65 MHz).
RadioCosts lora(unsigned spreading_factor, std::uint32_t bytes) {
  constexpr std::uint32_t kFrame = 13;
  constexpr double kReceiving = 4.6e-3, kSending = 45e-3, kGatewayDuty = 0.1, kDeviceDuty = 0.01;
  RadioCosts costs;
  costs.link = fmt::format("LoRa SF{}", spreading_factor);
  costs.payload = spreading_factor <= 8 ? 222 : spreading_factor == 9 ? 115 : 51;
  costs.packets = packets_for(bytes, costs.payload);
  if (costs.packets != 0) {
    const auto last = static_cast<std::uint32_t>(last_payload(bytes, costs.payload));
    costs.airtime_seconds = (costs.packets - 1) * lora_time_on_air(spreading_factor, kFrame + costs.payload) +
                            lora_time_on_air(spreading_factor, kFrame + last);
  }
  const double uplinks = costs.packets * lora_time_on_air(spreading_factor, kFrame);
  costs.least_seconds = std::max(costs.airtime_seconds / kGatewayDuty, uplinks / kDeviceDuty);
  costs.energy_millijoules = 1e3 * kVolts * (costs.airtime_seconds * kReceiving + uplinks * kSending);
  costs.assumes = "class A, EU868, 125 kHz, CR 4/5; an empty uplink for each packet; SX1262 at 3.3 V";
  return costs;
}

/// In normal coverage, release 13: a downlink block of 680 bits each 26.7 ms is 25.5 kbit/s at the most (3GPP TS
/// 36.213, table 16.4.1.5.1-1), of which half is taken for what is left of it besides acknowledgements and
/// scheduling. Power: 3GPP TR 45.820, annex E: receiving 90 mW, sending 543 mW. CoAP blocks of 512 bytes with 48 of
/// IP, UDP and CoAP.
RadioCosts nb_iot(std::uint32_t bytes) {
  constexpr double kBitsPerSecond = 12.5e3, kReceiving = 90e-3, kSending = 543e-3, kRequest = 25e-3;
  constexpr std::uint32_t kBlock = 512, kOverhead = 48;
  RadioCosts costs;
  costs.link = "NB-IoT";
  costs.payload = kBlock;
  costs.packets = packets_for(bytes, kBlock);
  costs.airtime_seconds = 8.0 * (bytes + costs.packets * double{kOverhead}) / kBitsPerSecond;
  costs.least_seconds = costs.airtime_seconds + costs.packets * kRequest;
  costs.energy_millijoules = 1e3 * (costs.airtime_seconds * kReceiving + costs.packets * kRequest * kSending);
  costs.assumes =
      "normal coverage, 12.5 kbit/s; CoAP blocks of 512 bytes; without attaching, power of TR 45.820";
  return costs;
}

/// Bluetooth Core 5.x, volume 6 part B: 8 µs a byte at 1 Mbit/s; 10 bytes of preamble, address, header and CRC
/// round a link layer payload; 150 µs between packets; an empty answer of 80 µs. 7 bytes of L2CAP and ATT are in the
/// payload.
/// Currents: nRF52840 product specification, receiving 4.6 mA and sending 0 dBm 4.8 mA, DC/DC at 3 V.
RadioCosts ble(std::uint32_t bytes, std::uint32_t payload, const char* name) {
  constexpr double kByte = 8e-6, kSpace = 150e-6, kAnswer = 80e-6;
  constexpr double kReceiving = 3.0 * 4.6e-3, kSending = 3.0 * 4.8e-3;
  constexpr std::uint32_t kAround = 10, kInside = 7;
  RadioCosts costs;
  costs.link = name;
  costs.payload = payload;
  costs.packets = packets_for(bytes, payload);
  costs.airtime_seconds = kByte * (bytes + costs.packets * double{kAround + kInside});
  costs.least_seconds = costs.airtime_seconds + costs.packets * (2 * kSpace + kAnswer);
  costs.energy_millijoules = 1e3 * ((costs.airtime_seconds + costs.packets * 2 * kSpace) * kReceiving +
                                    costs.packets * kAnswer * kSending);
  costs.assumes = "1 Mbit/s, write without response, packets back to back; nRF52840 at 3 V";
  return costs;
}

}  // namespace

double lora_time_on_air(unsigned spreading_factor, std::uint32_t bytes, double bandwidth_hertz) {
  const double symbol = std::pow(2.0, spreading_factor) / bandwidth_hertz;
  const bool is_optimised = symbol > 16e-3;
  constexpr double kPreamble = 8, kCrc = 1, kImplicitHeader = 0, kCodingRate = 1;
  const double bits = 8.0 * bytes - 4.0 * spreading_factor + 28 + 16 * kCrc - 20 * kImplicitHeader;
  const double groups = std::ceil(bits / (4 * (spreading_factor - (is_optimised ? 2.0 : 0.0))));
  const double payload_symbols = 8 + std::max(groups * (kCodingRate + 4), 0.0);
  return (kPreamble + 4.25 + payload_symbols) * symbol;
}

std::vector<RadioCosts> radio_costs(std::uint32_t patch_size) {
  std::vector<RadioCosts> costs;
  for (unsigned spreading_factor = 7; spreading_factor <= 12; ++spreading_factor)
    costs.push_back(lora(spreading_factor, patch_size));
  costs.push_back(nb_iot(patch_size));
  costs.push_back(ble(patch_size, 20, "BLE, 20 bytes"));
  costs.push_back(ble(patch_size, 244, "BLE, 244 bytes"));
  return costs;
}

}  // namespace tmd::host::sizing
