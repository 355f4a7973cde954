// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>

#include <string>

#include "base/descriptor.hpp"
#include "link/link.hpp"
#include "tmd/transfer/serial_frame.hpp"

using namespace tmd;
using host::link::open_serial;

namespace {

/// A serial line, whose far end is the test's.
class Line {
 public:
  Line() : far_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    REQUIRE(::grantpt(far_.number()) == 0);
    REQUIRE(::unlockpt(far_.number()) == 0);
    name_ = ::ptsname(far_.number());
  }
  const std::string& name() const { return name_; }
  /// As hardware flow control does it, or a device that takes nothing.
  void stop() const { set_flow(TCOOFF); }
  void go_on() const { set_flow(TCOON); }
  /// The last whole message among the bytes that are there.
  host::Bytes take() const {
    SerialReceiver<host::link::kLargestMessage> receiver;
    host::Bytes message;
    for (std::uint8_t byte = 0; ::read(far_.number(), &byte, 1) == 1;) {
      if (receiver.take(byte)) message = host::to_bytes(receiver.message());
    }
    return message;
  }

 private:
  void set_flow(int action) const {
    const host::Descriptor near(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(::tcflow(near.number(), action) == 0);
  }

  host::Descriptor far_;
  std::string name_;
};

}  // namespace

TEST_CASE("a message for a line that takes nothing is lost, and the next one arrives") {
  const Line line;
  const auto link = open_serial(line.name(), 115200);
  const host::Bytes lost = {1, 2, 3};
  const host::Bytes message = {4, 0, 5};
  line.stop();
  link->send(host::view(lost));
  line.go_on();
  link->send(host::view(message));
  CHECK(line.take() == message);
}
