// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tmd/bytes.hpp"

namespace tmd::host {

/// A file descriptor that is closed on every way out. Negative: none.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }
  /// Closes this one and takes over the other's.
  void take(Descriptor& other) { std::swap(number_, other.number_); }

 private:
  int number_;
};

/// Writes all of it. False, with the reason in `errno`, where that can't be done.
[[nodiscard]] inline bool write_all(int descriptor, ConstBytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.from(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace tmd::host
