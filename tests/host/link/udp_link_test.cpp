// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "link/link.hpp"
#include "tmd/transfer/serial_frame.hpp"

using namespace tmd;
using host::link::open_udp;

namespace {

/// A device's end: a port of this machine.
class Port {
 public:
  Port() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any = {};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)) == 0);
  }
  std::string address() const {
    sockaddr_in own = {};
    socklen_t size = sizeof(own);
    REQUIRE(::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&own), &size) == 0);
    return "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
  }
  host::Bytes take() {
    host::Bytes datagram(2000);
    socklen_t size = sizeof(peer_);
    const ssize_t got = ::recvfrom(socket_.number(), datagram.data(), datagram.size(), 0,
                                   reinterpret_cast<sockaddr*>(&peer_), &size);
    REQUIRE(got > 0);
    datagram.resize(static_cast<std::size_t>(got));
    return datagram;
  }
  void answer(const host::Bytes& datagram) const {
    REQUIRE(::sendto(socket_.number(), datagram.data(), datagram.size(), 0,
                     reinterpret_cast<const sockaddr*>(&peer_), sizeof(peer_)) > 0);
  }

 private:
  host::Descriptor socket_;
  sockaddr_in peer_ = {};
};

}  // namespace

TEST_CASE("a message comes as it was sent, with its check; a damaged one is passed over") {
  Port device;
  const auto link = open_udp(device.address());
  const host::Bytes message = {1, 2, 3, 4, 5};
  link->send(host::view(message));
  const host::Bytes datagram = device.take();
  CHECK(datagram.size() == message.size() + checked_datagram::kOverhead);
  CHECK(equal_bytes(checked_datagram::open(host::view(datagram)), host::view(message)));
  host::Bytes damaged = datagram;
  damaged[2] ^= 1;
  device.answer(damaged);
  device.answer(datagram);
  const auto received = link->receive(std::chrono::seconds(60));
  REQUIRE(received.has_value());
  CHECK(*received == message);
  CHECK_FALSE(link->receive(std::chrono::milliseconds(0)).has_value());
}

TEST_CASE("an address without a host or a port is refused, saying how it is written") {
  for (const char* address : {"", "device", ":5700", "device:"}) {
    CAPTURE(address);
    CHECK_THROWS_WITH_AS((void)open_udp(address), doctest::Contains("is no HOST:PORT"), host::Error);
  }
  for (const char* port : {"0", "65536", "-1", "57x", "5700 "}) {
    CAPTURE(port);
    CHECK_THROWS_WITH_AS((void)open_udp("127.0.0.1:" + std::string(port)),
                         doctest::Contains("is no port: give a number from 1 to 65535"), host::Error);
  }
  CHECK_NOTHROW((void)open_udp("127.0.0.1:65535"));
}

TEST_CASE("an address in brackets is one of IPv6, without them") {
  CHECK_NOTHROW((void)open_udp("[127.0.0.1]:5700"));
}
