// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "support/power_cut.hpp"

namespace tmd::test {

/// The side of a driver that works between its calls, as one with a DMA unit does. It keeps a copy of the bytes
/// that it was given and compares: they must stay where they are, and what they are, until it has answered
/// something other than would_block; and nothing else may be asked for before that.
class BusyDriver {
 public:
  enum class Phase : std::uint8_t { idle, waiting, running, done };

  /// One call in `rarity` (0: none) answers would_block.
  void be_busy(std::uint32_t rarity) { rarity_ = rarity; }
  bool is_pending() const { return pending_.has_value(); }
  /// It has been begun, so that power may go in its middle.
  bool is_running() const { return pending_ && phase_ == Phase::running; }
  bool is_done() const { return pending_ && phase_ == Phase::done; }
  const FlashOperation& operation() const { return pending_->operation; }
  Status result() const { return result_; }

  /// What is wrong with asking for this now; empty: nothing.
  std::string breach(const FlashOperation& asked) const {
    if (!pending_) return "";
    const FlashOperation& now = pending_->operation;
    if (asked.kind != now.kind || asked.address != now.address)
      return "another operation while one is running";
    if (asked.bytes.data() != now.bytes.data() || asked.bytes.size() != now.bytes.size())
      return "other bytes are given to an operation that is running";
    return breach();
  }
  /// What is wrong with the bytes that were given; may be asked at any time.
  std::string breach() const {
    if (!pending_ || pending_->copy.empty()) return "";
    // Looked at with each read: fast.
    if (std::memcmp(pending_->copy.data(), pending_->operation.bytes.data(), pending_->copy.size()) == 0)
      return "";
    return "the bytes of an operation changed while it was running";
  }

  /// Whether this call answers would_block.
  bool puts_off(const FlashOperation& asked, Chance& chance) {
    if (rarity_ == 0 || chance.below(rarity_) != 0) return false;
    if (!pending_) {
      pending_ = {asked, {asked.bytes.data(), asked.bytes.data() + asked.bytes.size()}};
      phase_ = chance.below(2) == 0 ? Phase::waiting : Phase::running;
    } else if (phase_ == Phase::waiting && chance.below(2) == 0) {
      phase_ = Phase::running;
    }
    return true;
  }
  /// The operation is over, its answer not yet given.
  void end(Status result) {
    phase_ = Phase::done;
    result_ = result;
  }
  void forget() {
    pending_.reset();
    phase_ = Phase::idle;
  }

 private:
  struct Pending {
    FlashOperation operation;
    std::vector<std::uint8_t> copy;
  };

  std::uint32_t rarity_ = 0;
  std::optional<Pending> pending_;
  Phase phase_ = Phase::idle;
  Status result_ = Status::ok;
};

}  // namespace tmd::test
