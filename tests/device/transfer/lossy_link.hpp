// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "support/bytes.hpp"
#include "tmd/bytes.hpp"

namespace tmd::test {

/// How bad a link is: shares of its messages.
struct LinkFaults {
  double lost = 0;
  double repeated = 0;
  double late = 0;  ///< They come behind messages that were sent after them.
};

/// One direction of a link that carries messages. Time is counted in messages: what the faults do depends on nothing
/// but the seed. Counts the bytes that go on the air.
class LossyLink {
 public:
  LossyLink(LinkFaults faults, unsigned seed) : faults_(faults), random_(seed) {}

  void send(ConstBytes message) {
    bytes_ += message.size();
    ++messages_;
    const Bytes bytes(message.begin(), message.end());
    if (happens(faults_.lost)) return;
    const int copies = happens(faults_.repeated) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const std::uint64_t delay = happens(faults_.late) ? 1 + random_() % 6 : 0;
      queue_.emplace(messages_ + delay, bytes);
    }
  }

  /// The next message, or nothing; a late one comes when those before it have come.
  std::optional<Bytes> receive() {
    if (queue_.empty()) return std::nullopt;
    Bytes bytes = std::move(queue_.begin()->second);
    queue_.erase(queue_.begin());
    return bytes;
  }

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t messages() const { return messages_; }

 private:
  bool happens(double share) { return share > 0 && std::uniform_real_distribution<>(0, 1)(random_) < share; }

  LinkFaults faults_;
  std::mt19937 random_;
  std::multimap<std::uint64_t, Bytes> queue_;  ///< By when they come.
  std::uint64_t bytes_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace tmd::test
