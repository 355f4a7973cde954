// SPDX-License-Identifier: Apache-2.0
// A Linux board, or the Linux side of a gateway, that takes model updates over UDP or a serial line (docs/transfer.md)
// into flash that is a file. Killed at any time and started again it goes on where it was.
// usage: linux_link FLASH udp PORT | linux_link FLASH serial DEVICE | linux_link FLASH stdio
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <termios.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "linux_device.hpp"
#include "tmd/transfer.hpp"
#include "tmd/transfer/serial_frame.hpp"

namespace {

constexpr std::uint16_t kLargestMessage = 1024;

using Transfer = tmd::TransferDevice<LinuxConfig, 4096>;

/// The link: one message at a time, in and out.
class Link {
 public:
  bool open_udp(std::uint16_t port) {
    in_ = out_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in own = {};
    own.sin_family = AF_INET;
    own.sin_port = htons(port);
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // a product listens where its senders are
    is_udp_ = true;
    return in_ >= 0 && ::bind(in_, reinterpret_cast<const sockaddr*>(&own), sizeof(own)) == 0;
  }
  bool open_serial(const char* device) {
    in_ = out_ = ::open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings = {};
    if (in_ < 0 || ::tcgetattr(in_, &settings) != 0) return false;
    ::cfmakeraw(&settings);
    ::cfsetspeed(&settings, B115200);
    return ::tcsetattr(in_, TCSANOW, &settings) == 0;
  }
  void open_stdio() {
    in_ = STDIN_FILENO;
    out_ = STDOUT_FILENO;
  }

  /// Gives the messages that are there to `take`; waits for one, for so many milliseconds at most. False where the
  /// link has ended.
  template <class Take>
  bool receive(int wait, Take&& take) {
    pollfd wanted = {in_, POLLIN, 0};
    if (::poll(&wanted, 1, wait) <= 0) return true;
    std::uint8_t bytes[kLargestMessage + 2];
    if (is_udp_) {
      socklen_t size = sizeof(peer_);
      const ssize_t got =
          ::recvfrom(in_, bytes, sizeof(bytes), 0, reinterpret_cast<sockaddr*>(&peer_), &size);
      if (got > 0) take(tmd::checked_datagram::open(tmd::ConstBytes(bytes, static_cast<std::size_t>(got))));
      return true;
    }
    const ssize_t got = ::read(in_, bytes, sizeof(bytes));
    for (ssize_t i = 0; i < got; ++i) {
      if (receiver_.take(bytes[i])) take(receiver_.message());
    }
    return got > 0;
  }

  void send(tmd::ConstBytes message) {
    std::uint8_t bytes[tmd::serial_frame::most_bytes(tmd::transfer::kLeastMessage)];
    const tmd::MutableBytes out(bytes);
    if (is_udp_) {
      tmd::copy_bytes(message, out);
      const std::size_t size = tmd::checked_datagram::seal(out, message.size());
      (void)::sendto(out_, bytes, size, 0, reinterpret_cast<const sockaddr*>(&peer_), sizeof(peer_));
      return;
    }
    const std::size_t size = tmd::serial_frame::write(message, out);
    if (::write(out_, bytes, size) < 0) return;  // as if it had been lost: the sender asks again
  }

 private:
  int in_ = -1;
  int out_ = -1;
  bool is_udp_ = false;
  sockaddr_in peer_ = {};
  tmd::SerialReceiver<kLargestMessage> receiver_;
};

bool open_link(Link& link, int count, char** arguments) {
  const char* kind = count > 2 ? arguments[2] : "";
  const std::uint16_t port = count == 4 ? port_in(arguments[3]) : std::uint16_t{0};
  if (std::strcmp(kind, "udp") == 0 && port != 0) return link.open_udp(port);
  if (std::strcmp(kind, "serial") == 0 && count == 4) return link.open_serial(arguments[3]);
  if (std::strcmp(kind, "stdio") == 0 && count == 3) {
    link.open_stdio();
    return true;
  }
  std::fputs("usage: linux_link FLASH udp PORT | serial DEVICE | stdio\n", stderr);
  std::exit(2);
}

LinuxDevice device;
Transfer transfer;

}  // namespace

int main(int count, char** arguments) {
  Link link;
  if (!open_link(link, count, arguments)) {
    std::fputs("linux_link: cannot open ", stderr);
    std::perror(arguments[count - 1]);
    return 1;
  }
  if (!device.start("linux_link", arguments[1])) return 1;
  transfer.attach(device.store(), device.updater(), kLargestMessage);
  tmd::Status status = tmd::Status::would_block;
  for (;;) {
    const int wait = status == tmd::Status::would_block ? 0 : 1000;
    if (!link.receive(wait, [](tmd::ConstBytes message) { transfer.take(message); })) return 0;
    status = transfer.poll();
    std::uint8_t answer[tmd::transfer::kLeastMessage];
    while (const std::size_t size = transfer.answer(tmd::MutableBytes(answer)))
      link.send(tmd::ConstBytes(answer, size));
  }
}
