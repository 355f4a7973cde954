// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "link/link.hpp"
#include "tmd/transfer/serial_frame.hpp"

namespace tmd::host::link {
namespace {

class UdpLink final : public Link {
 public:
  explicit UdpLink(int socket) : socket_(socket) {}

  void send(ConstBytes message) override {
    std::uint8_t datagram[kLargestMessage + checked_datagram::kOverhead] = {};
    copy_bytes(message, MutableBytes(datagram));
    const std::size_t size = checked_datagram::seal(MutableBytes(datagram), message.size());
    // A device that is restarting refuses, a full queue loses: both are as if the message had been lost on the way.
    (void)::send(socket_.number(), datagram, size, 0);
  }

  std::optional<Bytes> receive(std::chrono::milliseconds patience) override {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
      const std::int64_t left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now())
              .count();
      pollfd wanted = {socket_.number(), POLLIN, 0};
      const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
      // Datagrams without end that are no messages end the patience all the same.
      if (ready == 0 || left < -kLongestFlood) return std::nullopt;
      std::uint8_t datagram[kLargestMessage + checked_datagram::kOverhead] = {};
      const ssize_t got = ::recv(socket_.number(), datagram, sizeof(datagram), MSG_DONTWAIT);
      if (got <= 0) continue;
      const ConstBytes message = checked_datagram::open(ConstBytes(datagram, static_cast<std::size_t>(got)));
      if (!message.empty()) return to_bytes(message);
    }
  }

 private:
  Descriptor socket_;
};

bool is_port(const std::string& text) {
  std::uint32_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && rest == end && port >= 1 && port <= 65535;
}

/// "HOST:PORT" in two.
std::pair<std::string, std::string> split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size())
    throw Error(
        fmt::format("'{}' is no HOST:PORT; write it like sensor7.local:5700 or [fe80::1]:5700", address));
  if (!is_port(address.substr(colon + 1)))
    throw Error(fmt::format("'{}' in {} is no port: give a number from 1 to 65535", address.substr(colon + 1),
                            address));
  std::string host = address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return {host, address.substr(colon + 1)};
}

}  // namespace

std::unique_ptr<Link> open_udp(const std::string& address) {
  const auto [host, port] = split(address);
  addrinfo wanted = {};
  wanted.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found);
  if (error != 0)
    throw Error(fmt::format("cannot find the host of {}: {}; is the name right, and the network up?", address,
                            ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int socket = ::socket(one->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) continue;
    auto link = std::make_unique<UdpLink>(socket);
    if (::connect(socket, one->ai_addr, one->ai_addrlen) == 0) return link;
  }
  throw Error(fmt::format("cannot reach {}: {}; is the address right, and the network up?", address,
                          std::strerror(errno)));
}

}  // namespace tmd::host::link
