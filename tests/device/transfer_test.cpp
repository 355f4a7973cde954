// SPDX-License-Identifier: Apache-2.0
#include "tmd/transfer.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>
#include <string>

#include "support/device.hpp"
#include "support/make_patch.hpp"
#include "support/process.hpp"
#include "tmd/history.hpp"
#include "tmd/journal/flash_journal.hpp"
#include "tmd/transfer/sender.hpp"
#include "transfer/lossy_link.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Calls do a page, or an erase, at most: there is always more to do.
template <class Flash>
struct BusyConfig : DefaultConfig<Flash> {
  using Authentication = AllowUnsigned;
};
using TestDevice = Device<BusyConfig>;
using Config = BusyConfig<TestDevice::Flash>;

struct Pair {
  Bytes base = random_bytes(20000, 1);
  Bytes target = base;
  Bytes patch;
  explicit Pair(std::size_t edited = 3000, host::Effort effort = host::Effort::quick) {
    const Bytes other = random_bytes(edited, 2);
    std::copy(other.begin(), other.end(), target.begin() + 6000);
    patch = make_patch(base, target, DigestKind::sha256, {}, effort);
  }
};

/// Made once: planning takes longer than most cases here.
const Pair& usual_pair() {
  static const Pair pair;
  return pair;
}

/// A device with its end of the link; all of it but the flash is lost in a restart.
struct Receiver {
  TestDevice device;
  std::unique_ptr<TransferDevice<Config, 512>> transfer;
  std::uint16_t largest;

  Receiver(const Bytes& base, std::uint16_t mtu) : device(base), largest(mtu) { restart(); }
  void restart() {
    transfer.reset();
    REQUIRE_FALSE(is_error(device.restart()));
    transfer = std::make_unique<TransferDevice<Config, 512>>();
    transfer->attach(device.store(), device.updater(), largest);
  }
};

TransferSender::Patch summary(const Bytes& patch) {
  Manifest manifest;
  REQUIRE(parse_manifest<false>(view(patch), manifest) == Status::ok);
  return {identity_of(view(patch), manifest), static_cast<std::uint32_t>(patch.size()),
          transfer::DigestPrefix(manifest.target)};
}

/// What Bluetooth LE carries by default, LoRaWAN at its slowest, and Bluetooth LE with long packets.
constexpr std::uint16_t kSizes[] = {20, 51, 244};

/// Both ends and the link between them; a millisecond passes where nothing else happens.
struct Rig {
  Receiver receiver;
  TransferSender sender;
  LossyLink down;
  LossyLink up;
  std::uint16_t largest;
  std::uint32_t now = 0xFFFFFF00;  // the clock wraps on the way
  std::uint32_t restart_every = 0;
  std::uint32_t taken = 0;
  unsigned restarts = 0;

  Rig(const Bytes& base, std::uint16_t mtu, LinkFaults faults = {}, unsigned seed = 1)
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

}  // namespace

TEST_CASE("a patch goes over a link of 20 bytes, and the new model is confirmed by order") {
  const Pair& pair = usual_pair();
  Rig rig(pair.base, 20);
  CHECK(rig.ask() == Status::ok);
  CHECK(rig.sender.report().digest == transfer::DigestPrefix(digest_of(DigestKind::sha256, view(pair.base))));
  CHECK(rig.sender.report().model_bytes == pair.base.size());
  CHECK(rig.sender.report().room == TestDevice::kSlotSize);
  CHECK(rig.sender.report().window == 512);
  CHECK(rig.sender.report().update_identity == 0);
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.receiver.device.store().active().state == ModelState::trial);
  CHECK(rig.receiver.device.active_bytes() == pair.target);
  CHECK(rig.confirm(pair.target) == Status::ok);
  CHECK(rig.receiver.device.store().active().state == ModelState::confirmed);
}

TEST_CASE("a target that is active already costs one message each way") {
  const Pair& pair = usual_pair();
  Rig rig(pair.target, 20);
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.down.messages() == 1);
  CHECK(rig.up.messages() == 1);
}

TEST_CASE("whatever the link does to its messages, the target becomes active") {
  const Pair& pair = usual_pair();
  for (const std::uint16_t mtu : kSizes) {
    for (unsigned seed = 1; seed <= 12; ++seed) {
      CAPTURE(mtu);
      CAPTURE(seed);
      Rig rig(pair.base, mtu, {0.1, 0.1, 0.2}, seed);
      CHECK(rig.ask() == Status::ok);
      CHECK(rig.send(pair.patch) == Status::ok);
      CHECK(rig.receiver.device.active_bytes() == pair.target);
      CHECK(rig.confirm(pair.target) == Status::ok);
    }
  }
}

TEST_CASE("a device that restarts again and again resumes where its journal stands") {
  const Pair& pair = usual_pair();
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Rig rig(pair.base, 51, {0.05, 0.1, 0.2}, seed);
    rig.restart_every = 23 + seed;
    CHECK(rig.send(pair.patch) == Status::ok);
    CHECK(rig.restarts >= 2);
    CHECK(rig.receiver.device.active_bytes() == pair.target);
  }
}

TEST_CASE("an interrupted update is told of, and goes on without what the journal has") {
  const Pair& pair = usual_pair();
  Rig rig(pair.base, 244);
  REQUIRE(rig.receiver.device.updater().begin() == Status::ok);
  REQUIRE(rig.receiver.device.feed(Bytes(pair.patch.begin(), pair.patch.begin() + 2000), pieces_of(100)) ==
          Status::need_more);
  rig.receiver.restart();
  CHECK(rig.ask() == Status::ok);
  const std::uint32_t offset = rig.sender.report().update_offset;
  CHECK(rig.sender.report().update_identity == summary(pair.patch).identity);
  CHECK(offset > 1500);
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.down.bytes() < pair.patch.size() - 1500 + 500);
}

TEST_CASE("another patch than the one that was interrupted starts at its beginning") {
  const Pair& pair = usual_pair();
  Rig rig(pair.base, 244);
  REQUIRE(rig.receiver.device.updater().begin() == Status::ok);
  REQUIRE(rig.receiver.device.feed(Bytes(pair.patch.begin(), pair.patch.begin() + 2000), pieces_of(100)) ==
          Status::need_more);
  rig.receiver.restart();
  Bytes other = pair.target;
  other[7] ^= 1;
  CHECK(rig.send(make_patch(pair.base, other, DigestKind::sha256)) == Status::ok);
  CHECK(rig.receiver.device.active_bytes() == other);
}

TEST_CASE("a refusal reaches the sender as its status, and again when it is asked again") {
  const Pair& pair = usual_pair();
  Rig rig(pair.target, 51);
  Bytes other = pair.base;
  other[7] ^= 1;
  const Bytes patch = make_patch(pair.base, other, DigestKind::sha256);
  CHECK(rig.send(patch) == Status::wrong_base);
  CHECK(rig.send(patch, 60) == Status::wrong_base);
  Bytes damaged = make_patch(pair.target, other, DigestKind::sha256);
  damaged[3000] ^= 4;
  CHECK(is_error(rig.send(damaged, 80)));
  CHECK(rig.receiver.device.active_bytes() == pair.target);
  // The device takes the next patch all the same.
  CHECK(rig.send(make_patch(pair.target, other, DigestKind::sha256), 100) == Status::ok);
}

TEST_CASE("an abort in the middle of work ends that, and the sender of the update is told to open again") {
  const Pair& pair = usual_pair();
  Rig rig(pair.base, 51);
  TransferDevice<Config, 512>& device = *rig.receiver.transfer;
  const auto read = [&](std::uint32_t offset, MutableBytes out) {
    copy_bytes(view(pair.patch).slice(offset, out.size()), out);
  };
  rig.sender.send(summary(pair.patch), 40, rig.now);
  std::uint8_t buffer[256] = {};
  Status status = Status::need_more;
  // Up to the moment at which there is more to do and nothing to be sent.
  for (int step = 0; step < 1000 && device.poll() == Status::need_more; ++step) {
    const std::size_t size = rig.sender.next_message(read, MutableBytes(buffer), rig.now);
    if (size != 0) device.take(ConstBytes(buffer, size));
    const std::size_t answered = device.answer(MutableBytes(buffer));
    if (answered != 0) rig.sender.take(ConstBytes(buffer, answered), rig.now);
  }
  const std::uint8_t abort[] = {0x06, 99};
  device.take(ConstBytes(abort));
  for (int step = 0; step < 1000 && (status = device.poll()) == Status::would_block; ++step) {
  }
  CHECK(status == Status::wrong_state);
  rig.run(pair.patch);
  CHECK(rig.sender.status() == Status::ok);
  CHECK(rig.receiver.device.active_bytes() == pair.target);
}

TEST_CASE("an open that says something else is another one, also under the same tag") {
  const Pair& pair = usual_pair();
  const TransferSender::Patch honest = summary(pair.patch);
  for (const bool other_target : {false, true}) {
    CAPTURE(other_target);
    Rig rig(pair.base, 51);
    TransferDevice<Config, 512>& device = *rig.receiver.transfer;
    const transfer::DigestPrefix active(digest_of(DigestKind::sha256, view(pair.base)));
    transfer::Open strange{honest.identity, honest.target, 7};
    if (other_target) strange = transfer::Open{honest.identity, active, honest.length};
    std::uint8_t message[32] = {};
    device.take(ConstBytes(message, strange.write(MutableBytes(message), 40)));
    (void)until_done([&] { return device.poll(); });
    CHECK(rig.send(pair.patch, 40) == Status::ok);
    CHECK(rig.sender.repeated() == 0);
    CHECK(rig.receiver.device.active_bytes() == pair.target);
  }
}

TEST_CASE("orders: another model is not confirmed; an abort gives the update up") {
  const Pair& pair = usual_pair();
  Rig rig(pair.base, 51);
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.confirm(pair.base) == Status::wrong_state);
  CHECK(rig.receiver.device.store().active().state == ModelState::trial);
  CHECK(rig.confirm(pair.target, 91) == Status::ok);
  CHECK(rig.confirm(pair.target, 92) == Status::ok);

  Rig aborted(pair.base, 51);
  REQUIRE(aborted.receiver.device.updater().begin() == Status::ok);
  REQUIRE(aborted.receiver.device.feed(Bytes(pair.patch.begin(), pair.patch.begin() + 2000),
                                       pieces_of(100)) == Status::need_more);
  aborted.receiver.restart();
  aborted.sender.abort(9, aborted.now);
  aborted.run({});
  CHECK(aborted.sender.status() == Status::ok);
  CHECK(aborted.ask() == Status::ok);
  CHECK(aborted.sender.report().update_identity == 0);
}

TEST_CASE("messages of another session change nothing") {
  const Pair& pair = usual_pair();
  Rig rig(pair.base, 51);
  std::uint8_t buffer[64] = {};
  // A piece that nobody opened for.
  const std::uint8_t piece[] = {0x43, 9, 0, 1, 2, 3};
  rig.receiver.transfer->take(ConstBytes(piece));
  (void)rig.receiver.transfer->poll();
  const std::size_t size = rig.receiver.transfer->answer(MutableBytes(buffer));
  REQUIRE(size == 6);
  CHECK(buffer[0] == 0x82);
  CHECK(buffer[1] == 9);
  CHECK(buffer[2] == static_cast<std::uint8_t>(Status::wrong_state));
  // The same while another session is open.
  const auto read = [&](std::uint32_t offset, MutableBytes out) {
    copy_bytes(view(pair.patch).slice(offset, out.size()), out);
  };
  rig.sender.send(summary(pair.patch), 40, rig.now);
  const std::size_t opening = rig.sender.next_message(read, MutableBytes(buffer), rig.now);
  rig.receiver.transfer->take(ConstBytes(buffer, opening));
  REQUIRE(until_done([&] { return rig.receiver.transfer->poll(); }) == Status::need_more);
  rig.receiver.transfer->take(ConstBytes(piece));
  CHECK(until_done([&] { return rig.receiver.transfer->poll(); }) == Status::need_more);
  rig.run(pair.patch);
  CHECK(rig.sender.status() == Status::ok);
  CHECK(rig.receiver.device.active_bytes() == pair.target);
}

TEST_CASE(
    "a patch that a stranger opens and has no manifest of takes nothing away from the one that was going "
    "on") {
  const Pair& pair = usual_pair();
  for (const bool restarts : {false, true}) {
    CAPTURE(restarts);
    Rig rig(pair.base, 244);
    REQUIRE(rig.receiver.device.updater().begin() == Status::ok);
    REQUIRE(rig.receiver.device.feed(Bytes(pair.patch.begin(), pair.patch.begin() + 2000), pieces_of(100)) ==
            Status::need_more);
    if (restarts) rig.receiver.restart();
    transfer::Open opened;
    opened.identity = summary(pair.patch).identity ^ 1;
    opened.length = 5000;
    std::uint8_t buffer[64] = {};
    rig.receiver.transfer->take(ConstBytes(buffer, opened.write(MutableBytes(buffer), 7)));
    REQUIRE(until_done([&] { return rig.receiver.transfer->poll(); }) == Status::need_more);
    CHECK(rig.send(pair.patch) == Status::ok);
    CHECK(rig.receiver.device.active_bytes() == pair.target);
    CHECK(rig.down.bytes() < pair.patch.size() - 1500 + 500);
  }
}

TEST_CASE("no message makes the device do anything but answer") {
  const Pair& pair = usual_pair();
  Rig rig(pair.base, 51);
  std::mt19937 random(5);
  std::uint8_t buffer[64] = {};
  for (int i = 0; i < 20000; ++i) {
    Bytes message = random_bytes(random() % 40, static_cast<unsigned>(random()));
    if (!message.empty()) message[0] &= 0x47;
    rig.receiver.transfer->take(view(message));
    (void)rig.receiver.transfer->poll();
    CHECK(rig.receiver.transfer->answer(MutableBytes(buffer)) <= transfer::kLeastMessage);
  }
  CHECK(rig.receiver.device.active_bytes() == pair.base);
  rig.receiver.restart();
  CHECK(rig.send(pair.patch) == Status::ok);
}

TEST_CASE(
    "the report tells how the model does and where the audit log stands, where the device keeps a history") {
  const Pair& pair = usual_pair();
  Rig rig(pair.base, 20);
  REQUIRE(rig.send(pair.patch) == Status::ok);
  using Ram = RamFlash<8 * 1024, 1024, 8>;
  const auto ram = std::make_unique<Ram>();
  FlashPort<Ram> port(*ram);
  FlashJournal<Ram> journal(port, Region{0, 8 * 1024});
  const auto history = std::make_unique<History<FlashJournal<Ram>, 4>>();
  REQUIRE(until_done([&] { return history->mount(journal); }) == Status::ok);
  REQUIRE(until_done([&] { return history->observe(rig.receiver.device.store(), 7); }) == Status::ok);
  for (const std::uint8_t score : Bytes{255, 255, 10, 255}) history->monitor().count(score);
  history->monitor().judge(true);
  history->monitor().judge(false);
  history->monitor().judge(true);
  rig.receiver.transfer->set_history(*history);
  REQUIRE(rig.ask_with_history() == Status::ok);
  const transfer::DeviceReport& report = rig.sender.report();
  CHECK(report.monitored_identity == load_le32(rig.receiver.device.store().active().digest.bytes.data()));
  CHECK(report.inferences == 4);
  CHECK(report.good == 2);
  CHECK(report.bad == 1);
  CHECK(report.confidence_share[0] == 0xFFFF / 4);
  CHECK(report.confidence_share[7] == 0xFFFF * 3 / 4);
  CHECK(report.log_number == history->log().size());
  CHECK(report.log_number > 0);
  CHECK(report.log_chain == history->log().last_chain());
}

TEST_CASE("a device without a history answers what it has, and leaves the rest unanswered") {
  Receiver receiver(random_bytes(500, 1), 20);
  CHECK_FALSE(receiver.transfer->poll() == Status::wrong_state);
  receiver.transfer->take(view(Bytes{0x01, 9, 0x7F}));
  std::uint8_t answer[20] = {};
  unsigned parts = 0;
  while (receiver.transfer->answer(MutableBytes(answer)) != 0) parts |= 1U << answer[2];
  CHECK(parts == 0x0F);
}

TEST_CASE("bytes on the air for each byte of patch, both ways, are those of docs/transfer.md") {
  const Pair pair(12000, host::Effort::standard);
  const std::string document = contents_of(TMD_SOURCE_ROOT "/docs/transfer.md");
  for (const std::uint16_t mtu : kSizes) {
    Rig clean(pair.base, mtu);
    CHECK(clean.send(pair.patch) == Status::ok);
    // One seed: what is measured is the same on every machine.
    Rig lossy(pair.base, mtu, {0.1, 0, 0}, 3);
    CHECK(lossy.send(pair.patch) == Status::ok);
    const auto share = [&](const LossyLink& link) {
      return static_cast<double>(link.bytes()) / static_cast<double>(pair.patch.size());
    };
    char row[100];
    std::snprintf(row, sizeof(row), "| %u | %.3f | %.3f | %.3f | %.3f |", unsigned{mtu}, share(clean.down),
                  share(clean.up), share(lossy.down), share(lossy.up));
    CAPTURE(row);
    CHECK(document.find(row) != std::string::npos);
  }
}
