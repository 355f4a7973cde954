// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "base/error.hpp"
#include "link/link.hpp"
#include "tmd/transfer/serial_frame.hpp"

namespace tmd::host::link {
namespace {

/// Milliseconds that a line may take no byte before what was to be sent is given up: at 9600 baud the largest message
/// takes half of it.
constexpr int kLongestStop = 2000;

/// Frames over two file descriptors, which it closes.
class StreamLink final : public Link {
 public:
  StreamLink(int in, int out, std::string name) : in_(in), out_(out), name_(std::move(name)) {}
  ~StreamLink() override {
    ::close(in_);
    if (out_ != in_) ::close(out_);
  }

  void send(ConstBytes message) override {
    Bytes frame(serial_frame::most_bytes(message.size()));
    frame.resize(serial_frame::write(message, MutableBytes(frame.data(), frame.size())));
    for (ConstBytes rest = view(frame); !rest.empty();) {
      pollfd wanted = {out_, POLLOUT, 0};
      const int ready = ::poll(&wanted, 1, kLongestStop);
      // As if it had been lost on the way: who sends counts the silence, and the next frame begins with a zero.
      if (ready == 0) return;
      if (ready < 0 && errno != EINTR) fail("wait for");
      if (ready < 0) continue;
      const ssize_t written = ::write(out_, rest.data(), rest.size());
      if (written > 0) rest = rest.from(static_cast<std::size_t>(written));
      if (written < 0 && errno != EINTR && errno != EAGAIN) fail("write to");
    }
  }

  std::optional<Bytes> receive(std::chrono::milliseconds patience) override {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
      while (at_ < got_) {
        if (receiver_.take(buffer_[at_++])) return to_bytes(receiver_.message());
      }
      const std::int64_t left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now())
              .count();
      pollfd wanted = {in_, POLLIN, 0};
      const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
      // A line that never falls silent and has no message in it ends the patience all the same.
      if (ready == 0 || left < -kLongestFlood) return std::nullopt;
      if (ready < 0 && errno != EINTR) fail("wait for");
      if (ready > 0) fill();
    }
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(fmt::format("cannot {} {}: {}", what, name_, std::strerror(errno)));
  }

  void fill() {
    at_ = got_ = 0;
    const ssize_t got = ::read(in_, buffer_, sizeof(buffer_));
    if (got == 0) throw Error(fmt::format("{}: the other end has closed it", name_));
    if (got < 0 && errno != EINTR && errno != EAGAIN) fail("read from");
    if (got > 0) got_ = static_cast<std::size_t>(got);
  }

  int in_;
  int out_;
  std::string name_;
  std::uint8_t buffer_[4096] = {};
  std::size_t at_ = 0;
  std::size_t got_ = 0;
  SerialReceiver<kLargestMessage> receiver_;
};

struct Speed {
  std::uint32_t baud;
  speed_t code;
};
constexpr Speed kSpeeds[] = {{9600, B9600},     {19200, B19200},   {38400, B38400},
                             {57600, B57600},   {115200, B115200}, {230400, B230400},
                             {460800, B460800}, {921600, B921600}, {1000000, B1000000}};

speed_t code_of(std::uint32_t baud) {
  for (const Speed& speed : kSpeeds) {
    if (speed.baud == baud) return speed.code;
  }
  throw Error(fmt::format("no speed of {} baud here; there are 9600, 19200, … 115200, … 1000000", baud));
}

const char* advice_on(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "; join the group that owns it (on Debian: sudo adduser $USER dialout, then log in anew)";
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return "; is the board plugged in? ls /dev/tty* shows what there is";
    case EBUSY:
      return "; another program has it open";
    default:
      return "";
  }
}

void set_raw(int line, speed_t speed, const std::filesystem::path& device) {
  termios settings = {};
  if (::tcgetattr(line, &settings) != 0)
    throw Error(fmt::format("{} is no serial device: {}", device.string(), std::strerror(errno)));
  ::cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (::cfsetspeed(&settings, speed) != 0 || ::tcsetattr(line, TCSANOW, &settings) != 0)
    throw Error(fmt::format("cannot set the speed of {}: {}", device.string(), std::strerror(errno)));
}

}  // namespace

std::unique_ptr<Link> open_serial(const std::filesystem::path& device, std::uint32_t baud) {
  const speed_t speed = code_of(baud);
  const int line = ::open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (line < 0)
    throw Error(fmt::format("cannot open {}: {}{}", device.string(), std::strerror(errno), advice_on(errno)));
  auto link = std::make_unique<StreamLink>(line, line, device.string());
  set_raw(line, speed, device);
  return link;
}

std::unique_ptr<Link> open_stdio() {
  // An end that is closed is said like any other error.
  (void)std::signal(SIGPIPE, SIG_IGN);
  // Asked before either is copied: a copy takes the number of one that is closed.
  for (const int end : {STDIN_FILENO, STDOUT_FILENO}) {
    if (::fcntl(end, F_GETFD) < 0)
      throw Error(fmt::format("standard {} is closed", end == STDIN_FILENO ? "input" : "output"));
  }
  return std::make_unique<StreamLink>(::dup(STDIN_FILENO), ::dup(STDOUT_FILENO), "standard input and output");
}

}  // namespace tmd::host::link
