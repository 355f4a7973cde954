// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace tmd::host::link {

/// The largest message of docs/transfer.md that a link here carries, in bytes, without its framing.
inline constexpr std::uint16_t kLargestMessage = 1024;
/// Milliseconds behind the patience after which bytes that come without end and are no message count as silence.
inline constexpr std::int64_t kLongestFlood = 50;

/// A way to a device that carries messages, or loses them.
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;

  /// Sends a message of at most `kLargestMessage` bytes, which is lost where the line takes none for two seconds.
  /// Throws Error where the link is gone for good.
  virtual void send(ConstBytes message) = 0;
  /// The next whole message; nothing where none came in time. Damaged ones are passed over. Throws Error as above.
  virtual std::optional<Bytes> receive(std::chrono::milliseconds patience) = 0;
};

/// A serial device or pseudo-terminal: eight bits, no parity, one stop bit. Throws Error where it cannot be opened or
/// does not know this speed.
std::unique_ptr<Link> open_serial(const std::filesystem::path& device, std::uint32_t baud);
/// Datagrams to "HOST:PORT" ("[::1]:5000" too), each with its check. Throws Error where there is no such host.
std::unique_ptr<Link> open_udp(const std::string& address);
/// Frames as on a serial line, over standard input and output.
std::unique_ptr<Link> open_stdio();

}  // namespace tmd::host::link
