// SPDX-License-Identifier: Apache-2.0
#include "link/send_patch.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/process.hpp"
#include "transfer_rig.hpp"

using namespace tmd;
using host::link::SendPlan;
using host::link::SendReport;
using test::Bytes;
using test::transfer_pair;
using test::view;

namespace {

/// A device at the other end of the link, in this process; it answers at once.
class DeviceLink final : public host::link::Link {
 public:
  explicit DeviceLink(const Bytes& base) : receiver_(base, 244) {}

  void send(ConstBytes message) override {
    Bytes arrived = host::to_bytes(message);
    const bool is_piece =
        (arrived[0] & ~transfer::kAnswerWanted) == static_cast<std::uint8_t>(transfer::Kind::piece);
    if (is_piece && ++pieces_ == damaged_piece) arrived.back() ^= 0x10;
    const bool is_ask = arrived[0] == static_cast<std::uint8_t>(transfer::Kind::ask);
    if (is_ask && pieces_ != 0 && goes_back) {
      goes_back = false;
      CHECK(until_done([&] { return receiver_.device.store().revert(); }) == Status::ok);
    }
    receiver_.transfer->take(view(arrived));
  }
  std::optional<host::Bytes> receive(std::chrono::milliseconds) override {
    std::uint8_t buffer[256] = {};
    Status status = Status::would_block;
    while (status == Status::would_block) {
      status = receiver_.transfer->poll();
      const std::size_t size = receiver_.transfer->answer(MutableBytes(buffer));
      if (size == 0) continue;
      const bool tells_model = buffer[0] == static_cast<std::uint8_t>(transfer::Kind::have) && buffer[2] == 0;
      if (tells_model) buffer[3] = protocol;
      return host::Bytes(buffer, buffer + size);
    }
    return std::nullopt;
  }

  bool goes_back = false;      ///< To the model before, once the new one was active.
  unsigned damaged_piece = 0;  ///< Counted from one; 0: none.
  std::uint8_t protocol = transfer::kProtocol;

 private:
  test::TransferReceiver receiver_;
  unsigned pieces_ = 0;
};

/// A patch in a file.
struct Sent {
  test::TemporaryFolder folder;
  SendPlan plan;
  Sent() {
    plan.source = folder / "update.tmd";
    host::write_file(plan.source, view(transfer_pair().patch));
  }
};

bool has_target(const transfer::DeviceReport& report) {
  return report.digest == transfer::DigestPrefix(digest_of(DigestKind::sha256, view(transfer_pair().target)));
}

}  // namespace

TEST_CASE("a patch is sent to its end, and the model kept where that is wanted") {
  Sent sent;
  for (const bool confirm : {true, false}) {
    CAPTURE(confirm);
    DeviceLink device(transfer_pair().base);
    sent.plan.confirm = confirm;
    unsigned chosen = 0;
    sent.plan.on_chosen = [&](const auto&, const auto&) { ++chosen; };
    const SendReport report = host::link::send_patch(device, sent.plan);
    CHECK(report.status == Status::ok);
    CHECK(report.confirmed == Status::ok);
    CHECK(chosen == 1);
    CHECK_FALSE(has_target(report.before));
    CHECK(has_target(report.after));
    CHECK(report.after.state == (confirm ? ModelState::confirmed : ModelState::trial));
    CHECK(report.patch_bytes == transfer_pair().patch.size());
    CHECK(report.bytes_sent > report.patch_bytes);
    CHECK(report.resumed_at == 0);
  }
}

TEST_CASE("a patch of which a byte was damaged on the way, unseen, is sent once more") {
  const Sent sent;
  DeviceLink device(transfer_pair().base);
  device.damaged_piece = 5;
  const SendReport report = host::link::send_patch(device, sent.plan);
  CHECK(report.status == Status::ok);
  CHECK(has_target(report.after));
  CHECK(report.after.state == ModelState::confirmed);
}

TEST_CASE("a device that speaks another version of the protocol is sent nothing") {
  const Sent sent;
  DeviceLink device(transfer_pair().base);
  device.protocol = transfer::kProtocol + 1;
  CHECK_THROWS_WITH_AS((void)host::link::send_patch(device, sent.plan),
                       "the device speaks version 2 of the protocol, this program version 1", host::Error);
}

TEST_CASE("a device that went back to its model after the last byte has not been updated") {
  Sent sent;
  for (const bool confirm : {true, false}) {
    CAPTURE(confirm);
    DeviceLink device(transfer_pair().base);
    device.goes_back = true;
    sent.plan.confirm = confirm;
    CHECK_THROWS_WITH_AS((void)host::link::send_patch(device, sent.plan),
                         doctest::Contains("does not have its model now"), host::Error);
    CHECK_FALSE(device.goes_back);
  }
}
