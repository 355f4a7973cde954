// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tmd::host::sizing {

/// What it takes a device to receive some bytes over a radio link that loses nothing.
struct RadioCosts {
  std::string link;           ///< "LoRa SF7", "NB-IoT", …
  std::uint32_t payload = 0;  ///< Bytes of patch in a packet.
  std::uint32_t packets = 0;
  double airtime_seconds = 0;     ///< Of all packets, downlink.
  double least_seconds = 0;       ///< With what the link itself waits for: duty cycle, answers.
  double energy_millijoules = 0;  ///< Of the device.
  std::string assumes;            ///< In a few words.
};

/// Time on air of one LoRa packet in seconds: Semtech AN1200.13 (SX1272/3 LoRa modem designer's guide), section 4.
/// Explicit header, CRC, coding rate 4/5, preamble of 8 symbols; low data rate optimisation where a symbol takes more
/// than 16 ms. `bytes`: of the physical payload.
double lora_time_on_air(unsigned spreading_factor, std::uint32_t bytes, double bandwidth_hertz = 125e3);

/// LoRaWAN 1.0.x at SF7 to SF12, NB-IoT, and Bluetooth LE with and without the data length extension.
std::vector<RadioCosts> radio_costs(std::uint32_t patch_size);

}  // namespace tmd::host::sizing
