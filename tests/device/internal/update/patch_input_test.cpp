// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/update/patch_input.hpp"

#include <doctest/doctest.h>

#include <new>

#include "device/internal/update/resumable.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using InputDevice = ResumableDevice<>;
const Bytes kInputPatch = random_bytes(400, 1);

/// A manifest of 100 bytes, and a body of 80 behind it.
struct Input {
  std::unique_ptr<UpdateState<ResumableConfig>> state = std::make_unique<UpdateState<ResumableConfig>>();
  PatchInput<ResumableConfig> input;
  NoCipher cipher;

  Input() {
    new (&state->plan) UpdatePlan<ResumableConfig>();
    state->plan.manifest.version = kFormat2;
    state->plan.manifest.body_offset = 100;
    state->plan.manifest.body_length = 80;
    state->plan.manifest.target_length = 1000;
    input.checkpoints().clear();
    input.start(0);
  }
  void start_body() { REQUIRE(state->body.start(state->plan.manifest) == Status::ok); }
  Status take_manifest(InputDevice& device, ConstBytes& given) {
    return input.take_manifest(*device.store, *state, given);
  }
  Status take_body(InputDevice& device, ConstBytes& given) {
    return input.take_body(*device.store, *state, cipher, given);
  }
};

}  // namespace

TEST_CASE("a manifest takes just its own bytes, in pieces of any size") {
  InputDevice device;
  Input input;
  ConstBytes given = view(kInputPatch).first(60);
  CHECK(input.take_manifest(device, given) == Status::ok);
  CHECK(given.empty());
  CHECK(input.take_manifest(device, given) == Status::need_more);
  given = view(kInputPatch).from(60);
  CHECK(input.take_manifest(device, given) == Status::ok);
  CHECK(input.input.received() == 100);
  CHECK(given.size() == 300);
  CHECK(equal_bytes(input.state->body.manifest().first(100), view(kInputPatch).first(100)));
}

TEST_CASE("a body takes no byte behind its end, and asks for a flush where the log has no room") {
  InputDevice device;
  Input input;
  input.input.start(100);
  REQUIRE(input.input.checkpoints().log_manifest(*device.store, view(kInputPatch).first(100)) == Status::ok);
  input.start_body();
  ConstBytes given = view(kInputPatch).from(100);
  Status status = Status::ok;
  while (!input.input.must_flush() && status == Status::ok) {
    input.start_body();  // its queue is empty again
    status = input.take_body(device, given);
  }
  CHECK(status == Status::ok);
  CHECK(input.input.received() == 130);
  CHECK(input.take_body(device, given) == Status::need_more);
  for (int flushes = 0; flushes < 9 && input.input.received() < 180; ++flushes) {
    REQUIRE(input.input.checkpoints().flush(*device.store) == Status::ok);
    input.start_body();
    CHECK(input.take_body(device, given) == Status::ok);
  }
  CHECK(input.input.received() == 180);
  CHECK(given.size() == 220);
  input.start_body();
  CHECK(input.take_body(device, given) == Status::need_more);
}

TEST_CASE("a body that comes faster than its decoder wants it is malformed") {
  // The decoder says what it wants by polling; whoever offers more to a full queue has a body that is too long.
  InputDevice device;
  Input input;
  input.state->plan.manifest.body_length = 300;
  input.input.start(100);
  input.start_body();
  Status status = Status::ok;
  ConstBytes given = view(kInputPatch).from(100);
  for (int i = 0; i < 20 && status == Status::ok; ++i) {
    status = input.take_body(device, given);
    if (input.input.must_flush()) REQUIRE(input.input.checkpoints().flush(*device.store) == Status::ok);
  }
  CHECK(status == Status::body_malformed);
}

TEST_CASE("what the journal has comes first, and need not be sent again") {
  InputDevice device;
  {
    Input writer;
    REQUIRE(writer.input.checkpoints().log_manifest(*device.store, view(kInputPatch).first(100)) ==
            Status::ok);
    writer.input.checkpoints().log(view(kInputPatch).slice(100, 30));
    REQUIRE(writer.input.checkpoints().flush(*device.store) == Status::ok);
  }
  device.restart();
  Input input;
  REQUIRE(input.input.checkpoints().find(*device.store));
  CHECK(input.input.is_replaying());
  CHECK(input.input.resume_offset() == 130);
  ConstBytes nothing;
  while (input.input.received() < 100) REQUIRE(input.take_manifest(device, nothing) == Status::ok);
  CHECK(equal_bytes(input.state->body.manifest().first(100), view(kInputPatch).first(100)));
  while (input.input.is_replaying()) {
    input.start_body();
    REQUIRE(input.take_body(device, nothing) == Status::ok);
    CHECK_FALSE(input.input.must_flush());
  }
  CHECK(input.input.received() == 130);
  CHECK(input.input.resume_offset() == 130);
  CHECK(device.contents.log.size() == 2);  // nothing is logged a second time
}

TEST_CASE("a log that has less than it had asks for the bytes that are gone") {
  InputDevice device;
  Input writer;
  REQUIRE(writer.input.checkpoints().log_manifest(*device.store, view(kInputPatch).first(100)) == Status::ok);
  Input input;
  REQUIRE(input.input.checkpoints().find(*device.store));
  device.contents.log.clear();
  ConstBytes given = view(kInputPatch).from(100);  // belongs behind what is missing
  CHECK(input.take_manifest(device, given) == Status::offset_gap);
  CHECK(given.size() == 300);
  CHECK(input.input.resume_offset() == 0);
}
