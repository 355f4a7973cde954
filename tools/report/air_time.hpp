// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tmd::host::report {

/// What sending so many bytes over a link takes.
struct AirTime {
  std::string link;
  std::uint32_t payload = 0;  ///< Patch bytes in a message.
  std::uint64_t messages = 0;
  double seconds = 0;  ///< On the air, or on the wire; without pauses between messages.
  double joules = 0;   ///< That the receiver takes while it listens to them; 0: a wire.
  std::string basis;   ///< What the figures rest on, for people.
};

/// Seconds that a LoRa packet of so many bytes is on the air at 125 kHz, coding rate 4/5, explicit header, CRC, eight
/// symbols of preamble (Semtech SX1276 datasheet, section 4.1.1.7).
double lora_seconds(unsigned spreading_factor, std::uint32_t bytes);

/// For a patch of so many bytes, the links that devices of this kind have, in messages of docs/transfer.md.
std::vector<AirTime> air_times(std::uint64_t patch_bytes);

}  // namespace tmd::host::report
