// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <utility>

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

}  // namespace tmd::host
