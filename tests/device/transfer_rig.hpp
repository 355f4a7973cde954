// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <memory>

#include "support/device.hpp"
#include "support/make_patch.hpp"
#include "tmd/transfer.hpp"
#include "tmd/transfer/sender.hpp"
#include "transfer/lossy_link.hpp"

namespace tmd::test {

/// Calls do a page, or an erase, at most: there is always more to do.
template <class Flash>
struct TransferConfig : DefaultConfig<Flash> {
  using Authentication = AllowUnsigned;
};

struct TransferPair {
  Bytes base = random_bytes(20000, 1);
  Bytes target = base;
  Bytes patch;
  explicit TransferPair(std::size_t edited = 3000, host::Effort effort = host::Effort::quick) {
    const Bytes other = random_bytes(edited, 2);
    std::copy(other.begin(), other.end(), target.begin() + 6000);
    patch = make_patch(base, target, DigestKind::sha256, {}, effort);
  }
};

/// Made once: planning takes longer than most cases here.
inline const TransferPair& transfer_pair() {
  static const TransferPair pair;
  return pair;
}

/// A device with its end of the link; all of it but the flash is lost in a restart.
struct TransferReceiver {
  using Owner = Device<TransferConfig>;
  using End = TransferDevice<TransferConfig<Owner::Flash>, 512>;

  Owner device;
  std::unique_ptr<End> transfer;
  std::uint16_t largest;

  TransferReceiver(const Bytes& base, std::uint16_t mtu) : device(base), largest(mtu) { restart(); }
  void restart() {
    transfer.reset();
    REQUIRE_FALSE(is_error(device.restart()));
    transfer = std::make_unique<End>();
    transfer->attach(device.store(), device.updater(), largest);
  }
};

inline TransferSender::Patch summary(const Bytes& patch) {
  Manifest manifest;
  REQUIRE(parse_manifest<false>(view(patch), manifest) == Status::ok);
  return {identity_of(view(patch), manifest), static_cast<std::uint32_t>(patch.size()),
          transfer::DigestPrefix(manifest.target)};
}

/// Both ends and the link between them; a millisecond passes where nothing else happens.
struct TransferRig {
  TransferReceiver receiver;
  TransferSender sender;
  LossyLink down;
  LossyLink up;
  std::uint16_t largest;
  std::uint32_t now = 0xFFFFFF00;  // the clock wraps on the way
  std::uint32_t restart_every = 0;
  std::uint32_t taken = 0;
  unsigned restarts = 0;

  TransferRig(const Bytes& base, std::uint16_t mtu, LinkFaults faults = {}, unsigned seed = 1)
      : receiver(base, mtu), sender(mtu, 50), down(faults, seed), up(faults, seed + 1), largest(mtu) {}

  void run(const Bytes& patch) {
    const auto read = [&](std::uint32_t offset, MutableBytes out) {
      copy_bytes(view(patch).slice(offset, out.size()), out);
    };
    std::uint8_t buffer[256] = {};
    for (int step = 0; sender.is_running(); ++step) {
      REQUIRE(step < 2000000);
      if (const std::size_t size = sender.next_message(read, MutableBytes(buffer), now); size != 0) {
        REQUIRE(size <= largest);
        down.send(ConstBytes(buffer, size));
        continue;
      }
      if (const auto message = down.receive()) {
        receiver.transfer->take(view(*message));
        ++taken;
        if (restart_every != 0 && taken % restart_every == 0) {
          receiver.restart();
          ++restarts;
        }
      }
      const Status status = receiver.transfer->poll();
      const std::size_t size = receiver.transfer->answer(MutableBytes(buffer));
      REQUIRE(size <= transfer::kLeastMessage);
      if (size != 0) up.send(ConstBytes(buffer, size));
      if (const auto message = up.receive())
        sender.take(view(*message), now);
      else if (status != Status::would_block)
        ++now;
    }
  }
  /// An update is open on the device, 2000 bytes of it received, that no session of this sender began.
  void begin_update(const Bytes& patch) {
    REQUIRE(receiver.device.updater().begin() == Status::ok);
    REQUIRE(receiver.device.feed(Bytes(patch.begin(), patch.begin() + 2000), pieces_of(100)) ==
            Status::need_more);
  }
  Status ask(std::uint8_t tag = 1) {
    sender.ask(tag, now);
    run({});
    return sender.status();
  }
  Status ask_with_history(std::uint8_t tag = 2) {
    sender.ask(tag, now, true);
    run({});
    return sender.status();
  }
  Status send(const Bytes& patch, std::uint8_t tag = 40) {
    sender.send(summary(patch), tag, now);
    run(patch);
    return sender.status();
  }
  Status confirm(const Bytes& target, std::uint8_t tag = 90) {
    sender.confirm(transfer::DigestPrefix(digest_of(DigestKind::sha256, view(target))), tag, now);
    run({});
    return sender.status();
  }
};

}  // namespace tmd::test
