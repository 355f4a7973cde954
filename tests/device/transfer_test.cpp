// SPDX-License-Identifier: Apache-2.0
#include "tmd/transfer.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include "device/transfer_rig.hpp"
#include "support/process.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// What Bluetooth LE carries by default, LoRaWAN at its slowest, and Bluetooth LE with long packets.
constexpr std::uint16_t kSizes[] = {20, 51, 244};

/// Flips a bit in the last record of patch bytes that the journal has of an update: its first byte in the patch.
std::uint32_t damage_last_record(TransferReceiver::Owner& device, const Bytes& patch) {
  JournalRecord record;
  JournalRecord last;
  for (bool more = device.store().journal().first(record); more;
       more = device.store().journal().next(record)) {
    if (record.kind == RecordKind::patch) last = record;
  }
  const Region journal = TransferReceiver::Owner::layout().journal;
  // The memory is the device's, which is no constant.
  std::uint8_t* const memory = const_cast<std::uint8_t*>(device.ram().data());
  for (std::uint32_t at = journal.address; at < journal.end(); at += 16) {
    if (!equal_bytes(ConstBytes(memory + at + 1, 15), view(patch).slice(last.number, 15))) continue;
    memory[at + 5] ^= 8;
    return last.number;
  }
  FAIL("the journal has no such record");
  return 0;
}

}  // namespace

TEST_CASE("a patch goes over a link of 20 bytes, and the new model is confirmed by order") {
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 20);
  CHECK(rig.ask() == Status::ok);
  CHECK(rig.sender.report().digest == transfer::DigestPrefix(digest_of(DigestKind::sha256, view(pair.base))));
  CHECK(rig.sender.report().model_bytes == pair.base.size());
  CHECK(rig.sender.report().room == TransferReceiver::Owner::kSlotSize);
  CHECK(rig.sender.report().window == 512);
  CHECK(rig.sender.report().update_identity == 0);
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.receiver.device.store().active().state == ModelState::trial);
  CHECK(rig.receiver.device.active_bytes() == pair.target);
  CHECK(rig.confirm(pair.target) == Status::ok);
  CHECK(rig.receiver.device.store().active().state == ModelState::confirmed);
}

TEST_CASE("a target that is active already costs one message each way") {
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.target, 20);
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.down.messages() == 1);
  CHECK(rig.up.messages() == 1);
}

TEST_CASE("whatever the link does to its messages, the target becomes active") {
  const TransferPair& pair = transfer_pair();
  for (const std::uint16_t mtu : kSizes) {
    for (unsigned seed = 1; seed <= 12; ++seed) {
      CAPTURE(mtu);
      CAPTURE(seed);
      TransferRig rig(pair.base, mtu, {0.1, 0.1, 0.2}, seed);
      CHECK(rig.ask() == Status::ok);
      CHECK(rig.send(pair.patch) == Status::ok);
      CHECK(rig.receiver.device.active_bytes() == pair.target);
      CHECK(rig.confirm(pair.target) == Status::ok);
    }
  }
}

TEST_CASE("a device that restarts again and again resumes where its journal stands") {
  const TransferPair& pair = transfer_pair();
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    TransferRig rig(pair.base, 51, {0.05, 0.1, 0.2}, seed);
    rig.restart_every = 23 + seed;
    CHECK(rig.send(pair.patch) == Status::ok);
    CHECK(rig.restarts >= 2);
    CHECK(rig.receiver.device.active_bytes() == pair.target);
  }
}

TEST_CASE("an interrupted update is told of, and goes on without what the journal has") {
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 244);
  rig.begin_update(pair.patch);
  rig.receiver.restart();
  CHECK(rig.ask() == Status::ok);
  const std::uint32_t offset = rig.sender.report().update_offset;
  CHECK(rig.sender.report().update_identity == summary(pair.patch).identity);
  CHECK(offset > 1500);
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.down.bytes() < pair.patch.size() - 1500 + 500);
}

TEST_CASE(
    "logged bytes that are gone once their update is resumed are asked for again, in the same session") {
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 244);
  rig.begin_update(pair.patch);
  rig.receiver.restart();
  REQUIRE(rig.ask() == Status::ok);
  const std::uint32_t begin = damage_last_record(rig.receiver.device, pair.patch);
  REQUIRE(begin < rig.sender.report().update_offset);
  const std::uint64_t told = rig.down.bytes();
  CHECK(rig.send(pair.patch) == Status::ok);
  CHECK(rig.sender.repeated() == 0);
  CHECK(rig.down.bytes() - told < pair.patch.size() - begin + 500);
  CHECK(rig.receiver.device.active_bytes() == pair.target);
}

TEST_CASE("another patch than the one that was interrupted starts at its beginning") {
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.base, 244);
  rig.begin_update(pair.patch);
  rig.receiver.restart();
  Bytes other = pair.target;
  other[7] ^= 1;
  CHECK(rig.send(make_patch(pair.base, other, DigestKind::sha256)) == Status::ok);
  CHECK(rig.receiver.device.active_bytes() == other);
}

TEST_CASE("a refusal reaches the sender as its status, and again when it is asked again") {
  const TransferPair& pair = transfer_pair();
  TransferRig rig(pair.target, 51);
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

TEST_CASE("bytes on the air for each byte of patch, both ways, are those of docs/transfer.md") {
  const TransferPair pair(12000, host::Effort::standard);
  const std::string document = contents_of(TMD_SOURCE_ROOT "/docs/transfer.md");
  for (const std::uint16_t mtu : kSizes) {
    TransferRig clean(pair.base, mtu);
    CHECK(clean.send(pair.patch) == Status::ok);
    // One seed: what is measured is the same on every machine.
    TransferRig lossy(pair.base, mtu, {0.1, 0, 0}, 3);
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
