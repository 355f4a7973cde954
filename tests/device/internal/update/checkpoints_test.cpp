// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/update/checkpoints.hpp"

#include <doctest/doctest.h>

#include <new>

#include "device/internal/update/resumable.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using CheckpointDevice = ResumableDevice<>;
using State = UpdateState<ResumableConfig>;
const Bytes kPatch = random_bytes(400, 1);

/// Logs the patch up to `end`, the first 100 bytes as its manifest.
void log_patch(Checkpoints<ResumableConfig>& checkpoints, CheckpointDevice& device, std::size_t end) {
  REQUIRE(checkpoints.log_manifest(*device.store, view(kPatch).first(100)) == Status::ok);
  for (std::size_t at = 100; at + 30 <= end; at += 30) {
    checkpoints.log(view(kPatch).slice(at, 30));
    CHECK(checkpoints.room() == 0);
    REQUIRE(checkpoints.flush(*device.store) == Status::ok);
  }
}

/// One that was cut when it had logged so much, and what it finds of it.
struct CutDevice : CheckpointDevice {
  static constexpr std::uint32_t kLogged = 190;
  Checkpoints<ResumableConfig> checkpoints;

  CutDevice() {
    Checkpoints<ResumableConfig> writer;
    log_patch(writer, *this, kLogged);
    restart();
    REQUIRE(checkpoints.find(*store));
  }
};

std::unique_ptr<State> state_at(std::uint32_t received, std::uint32_t written) {
  auto state = std::make_unique<State>();
  new (&state->plan) UpdatePlan<ResumableConfig>();
  state->plan.received = received;
  state->plan.written = written;
  return state;
}

}  // namespace

TEST_CASE("nothing is found where no update was being written, or nothing was logged") {
  CheckpointDevice idle(false);
  Checkpoints<ResumableConfig> checkpoints;
  CHECK_FALSE(checkpoints.find(*idle.store));
  CheckpointDevice begun;
  CHECK_FALSE(checkpoints.find(*begun.store));
  CHECK(checkpoints.replay_end() == 0);
  // A log that an update left, which is not open any more.
  CheckpointDevice ended;
  Checkpoints<ResumableConfig> writer;
  log_patch(writer, ended, 190);
  REQUIRE(checkpoints.find(*ended.store));
  const auto log = ended.contents.log;
  REQUIRE(ended.store->abandon_update(false) == Status::ok);
  ended.contents.log = log;
  CHECK_FALSE(checkpoints.find(*ended.store));
}

TEST_CASE("what was logged is found after a restart and given back") {
  CutDevice device;
  Checkpoints<ResumableConfig>& checkpoints = device.checkpoints;
  CHECK(checkpoints.replay_end() == 190);
  CHECK_FALSE(checkpoints.has_state());
  std::uint32_t received = 0;
  while (received < 190) {
    const ConstBytes bytes = checkpoints.replay(*device.store, received);
    REQUIRE_FALSE(bytes.empty());
    CHECK(equal_bytes(bytes, view(kPatch).slice(received, bytes.size())));
    received += static_cast<std::uint32_t>(bytes.size());
  }
  CHECK(received == 190);
}

TEST_CASE("a record that is gone ends what is replayed; those behind it are of no use") {
  CheckpointDevice device;
  Checkpoints<ResumableConfig> writer;
  log_patch(writer, device, 220);
  device.contents.log.erase(device.contents.log.begin() + 2);  // 130 to 160
  device.restart();
  Checkpoints<ResumableConfig> checkpoints;
  REQUIRE(checkpoints.find(*device.store));
  CHECK(checkpoints.replay_end() == 130);
  // One that is lost while it is replayed: what was logged behind it is logged again.
  device.contents.log.pop_back();
  device.contents.log.pop_back();
  device.contents.log.pop_back();
  CHECK(checkpoints.replay(*device.store, 100).empty());
  CHECK(checkpoints.replay_end() == 100);
  CHECK(checkpoints.room() == 30);
}

TEST_CASE("blocks that are whole are marked once, and repeated before an update goes on") {
  CheckpointDevice device;
  Checkpoints<ResumableConfig> writer;
  bool is_full = false;
  REQUIRE(writer.log_manifest(*device.store, view(kPatch).first(100)) == Status::ok);
  for (const std::uint32_t durable : {4096U, 4096U, 8192U})
    REQUIRE(writer.end_block(*device.store, durable, 150, 1000, is_full) == Status::ok);
  CHECK(device.contents.log.size() == 3);
  CHECK(writer.durable() == 8192);
  device.restart();
  Checkpoints<ResumableConfig> checkpoints;
  REQUIRE(checkpoints.find(*device.store));
  CHECK(checkpoints.durable() == 8192);
  REQUIRE(checkpoints.repeat_progress(*device.store) == Status::ok);
  CHECK(device.contents.log.back().kind == RecordKind::blocks);
  CHECK(device.contents.log.back().number == 8192);
  CHECK(device.contents.log.size() == 4);
}

TEST_CASE("an update goes on only where the state that it rests on stands for good") {
  CutDevice device;
  Checkpoints<ResumableConfig>& checkpoints = device.checkpoints;
  const std::size_t records = device.contents.log.size();
  for (const Status status : {Status::would_block, Status::program_failed, Status::journal_worn}) {
    device.journal->restored = status;
    CHECK(checkpoints.repeat_progress(*device.store) == status);
    CHECK(device.contents.log.size() == records);
  }
  device.journal->restored = Status::ok;
  CHECK(checkpoints.repeat_progress(*device.store) == Status::ok);
  CHECK(device.contents.log.size() == records + 1);
}

TEST_CASE("a mark that ends a log without room to repeat it does not count") {
  CheckpointDevice device;
  Checkpoints<ResumableConfig> writer;
  log_patch(writer, device, 190);
  bool is_full = false;
  for (const std::uint32_t durable : {4096U, 8192U})
    REQUIRE(writer.end_block(*device.store, durable, 190, 1000, is_full) == Status::ok);
  device.restart();
  Checkpoints<ResumableConfig> checkpoints;
  REQUIRE(checkpoints.find(*device.store));
  CHECK(checkpoints.durable() == 8192);
  device.store->journal().is_full = true;
  REQUIRE(checkpoints.find(*device.store));
  CHECK(checkpoints.durable() == 4096);
  // What was written behind it shows that it was whole.
  writer.log(view(kPatch).slice(190, 30));
  REQUIRE(writer.flush(*device.store) == Status::ok);
  REQUIRE(checkpoints.find(*device.store));
  CHECK(checkpoints.durable() == 8192);
}

TEST_CASE("the decoder's state starts a log, from which an update goes on") {
  CheckpointDevice device;
  Checkpoints<ResumableConfig> writer;
  log_patch(writer, device, 190);
  const auto state = state_at(333, 12288);
  REQUIRE(writer.start_log(*device.store, *state) == Status::ok);
  CHECK(device.contents.log.size() == 1);
  writer.log(view(kPatch).slice(333, 30));
  REQUIRE(writer.flush(*device.store) == Status::ok);
  device.restart();
  Checkpoints<ResumableConfig> checkpoints;
  REQUIRE(checkpoints.find(*device.store));
  CHECK(checkpoints.has_state());
  CHECK(checkpoints.replay_end() == 363);
  const auto loaded = state_at(0, 0);
  REQUIRE(checkpoints.load(*device.store, *loaded) == Status::ok);
  CHECK(loaded->plan.received == 333);
  CHECK(checkpoints.durable() == 12288);
}

TEST_CASE("a state of another size is another firmware's") {
  CheckpointDevice device;
  Checkpoints<ResumableConfig> writer;
  const auto state = state_at(333, 0);
  REQUIRE(writer.start_log(*device.store, *state) == Status::ok);
  device.contents.log[0].payload.pop_back();
  device.restart();
  Checkpoints<ResumableConfig> checkpoints;
  REQUIRE(checkpoints.find(*device.store));
  CHECK(checkpoints.load(*device.store, *state) == Status::not_found);
}

TEST_CASE("the log is full where it will not hold a block like the last one, or what is left") {
  CheckpointDevice device;
  Checkpoints<ResumableConfig> checkpoints;
  checkpoints.clear();
  REQUIRE(checkpoints.log_manifest(*device.store, view(kPatch).first(100)) == Status::ok);
  bool is_full = true;
  checkpoints.start_block(100);
  REQUIRE(checkpoints.end_block(*device.store, 4096, 1000, 5000, is_full) == Status::ok);
  CHECK_FALSE(is_full);
  CHECK(device.journal->asked_records == 900 / 30);
  REQUIRE(checkpoints.end_block(*device.store, 8192, 2000, 60, is_full) == Status::ok);
  CHECK(device.journal->asked_records == 60 / 30);
  device.journal->is_full = true;
  REQUIRE(checkpoints.end_block(*device.store, 12288, 3000, 5000, is_full) == Status::ok);
  CHECK(is_full);
  REQUIRE(checkpoints.end_block(*device.store, 16384, 8000, 0, is_full) == Status::ok);
  CHECK_FALSE(is_full);
}

TEST_CASE("a journal at fault costs checkpoints, not the update; a busy one is asked again") {
  CheckpointDevice device;
  Checkpoints<ResumableConfig> checkpoints;
  checkpoints.clear();
  bool is_full = false;
  device.journal->answer = Status::would_block;
  CHECK(checkpoints.log_manifest(*device.store, view(kPatch).first(100)) == Status::would_block);
  CHECK(checkpoints.end_block(*device.store, 4096, 200, 500, is_full) == Status::would_block);
  CHECK(checkpoints.durable() == 0);
  device.journal->answer = Status::program_failed;
  CHECK(checkpoints.end_block(*device.store, 4096, 200, 500, is_full) == Status::ok);
  CHECK(is_full);
  device.journal->answer = Status::journal_worn;
  const auto state = state_at(200, 4096);
  CHECK(checkpoints.start_log(*device.store, *state) == Status::ok);
  device.journal->answer = Status::ok;
  checkpoints.log(view(kPatch).first(30));
  CHECK(checkpoints.flush(*device.store) == Status::ok);
  CHECK(device.contents.log.empty());
}

TEST_CASE("a configuration without checkpoints logs nothing, and finds nothing") {
  ResumableDevice<WithoutCheckpoints> device;
  Checkpoints<WithoutCheckpoints> checkpoints;
  const unsigned calls = device.journal->calls;
  CHECK(checkpoints.log_manifest(*device.store, view(kPatch).first(100)) == Status::ok);
  CHECK(checkpoints.room() > 1000000);
  checkpoints.log(view(kPatch));
  CHECK(device.journal->calls == calls);
  CHECK_FALSE(checkpoints.find(*device.store));
}
