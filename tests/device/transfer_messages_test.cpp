// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <memory>

#include "device/transfer_rig.hpp"
#include "tmd/history.hpp"
#include "tmd/journal/flash_journal.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("an abort in the middle of work ends that, and the sender of the update is told to open again") {
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 51);
  TransferReceiver::End& device = *rig.receiver.transfer;
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
  const TransferPair& pair = transfer_pair();
  const TransferSender::Patch honest = summary(pair.patch);
  for (const bool other_target : {false, true}) {
    CAPTURE(other_target);
    TransferRig rig(pair.base, 51);
    TransferReceiver::End& device = *rig.receiver.transfer;
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
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 51);
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.confirm(pair.base) == Status::wrong_state);
  CHECK(rig.receiver.device.store().active().state == ModelState::trial);
  CHECK(rig.confirm(pair.target, 91) == Status::ok);
  CHECK(rig.confirm(pair.target, 92) == Status::ok);

  TransferRig aborted(pair.base, 51);
  aborted.begin_update(pair.patch);
  aborted.receiver.restart();
  aborted.sender.abort(9, aborted.now);
  aborted.run({});
  CHECK(aborted.sender.status() == Status::ok);
  CHECK(aborted.ask() == Status::ok);
  CHECK(aborted.sender.report().update_identity == 0);
}

TEST_CASE("messages of another session change nothing") {
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 51);
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
  const TransferPair& pair = transfer_pair();
  for (const bool restarts : {false, true}) {
    CAPTURE(restarts);
    TransferRig rig(pair.base, 244);
    rig.begin_update(pair.patch);
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
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 51);
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
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 20);
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
  TransferReceiver receiver(random_bytes(500, 1), 20);
  CHECK_FALSE(receiver.transfer->poll() == Status::wrong_state);
  receiver.transfer->take(view(Bytes{0x01, 9, 0x7F}));
  std::uint8_t answer[20] = {};
  unsigned parts = 0;
  while (receiver.transfer->answer(MutableBytes(answer)) != 0) parts |= 1U << answer[2];
  CHECK(parts == 0x0F);
}
