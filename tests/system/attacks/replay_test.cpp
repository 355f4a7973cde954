// SPDX-License-Identifier: Apache-2.0
// The attacker's suite, third part: power goes at every flash operation of an update that raises the counter
// and revokes a key; then the attacker comes with what was good before it.
#include <doctest/doctest.h>

#include <memory>

#include "fleet.hpp"
#include "support/simulated_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kSmallSlot = 4096;
constexpr std::uint32_t kSmallJournal = 16384;
constexpr std::uint32_t kRaised = 20;
constexpr std::uint32_t kDailyRevoked = 1U << 1;

const FlashPart& part() {
  for (const FlashPart& candidate : kFlashParts) {
    if (std::string(candidate.name) == "STM32L4") return candidate;
  }
  FAIL("the part is in the list");
  return kFlashParts[0];
}

/// A device on flash that can be copied, cut and looked into.
class CutDevice {
 public:
  explicit CutDevice(const SimulatedFlash& flash) : flash_(flash) { start(); }

  void start() {
    flash_.reboot();
    store_ = std::make_unique<ModelStore<FleetConfig<SimulatedFlash>>>(
        flash_, Layout{{0, kSmallSlot}, {kSmallSlot, kSmallSlot}, {2 * kSmallSlot, kSmallJournal}});
    FactoryModel factory;
    factory.length = static_cast<std::uint32_t>(story().v1.size());
    factory.digest = digest_of(DigestKind::sha256, view(story().v1));
    REQUIRE(store_->boot(factory) == Status::ok);
    updater_ = std::make_unique<Updater<FleetConfig<SimulatedFlash>>>(*store_);
  }

  Status update(const Bytes& patch) {
    Status status = updater_->begin();
    for (std::size_t at = 0; status == Status::ok || (status == Status::need_more && at < patch.size());) {
      const FeedResult fed = updater_->feed(view(patch).slice(at, 200));
      at += fed.consumed;
      status = fed.status;
    }
    return is_error(status) ? status : updater_->finish();
  }

  Bytes active() {
    const ActiveModel model = store_->active();
    Bytes bytes(model.region.size);
    REQUIRE(flash_.read(model.region.address, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
    return bytes;
  }
  const Snapshot& snapshot() const { return store_->snapshot(); }
  SimulatedFlash& flash() { return flash_; }

 private:
  SimulatedFlash flash_;
  std::unique_ptr<ModelStore<FleetConfig<SimulatedFlash>>> store_;
  std::unique_ptr<Updater<FleetConfig<SimulatedFlash>>> updater_;
};

SimulatedFlash factory_flash() {
  SimulatedFlash flash(part(), 2 * kSmallSlot + kSmallJournal);
  Bytes padded = story().v1;
  padded.resize((padded.size() + part().program_size - 1) / part().program_size * part().program_size, 0xFF);
  flash.install(0, view(padded));
  return flash;
}

/// v1 to v2, counter 20, the daily key revoked; by the offline key.
Bytes raising_patch() {
  Update update = story().up;
  update.parts.entries.push_back({EntryNumber::revoked_keys, true, listed_identifier(fleet().daily)});
  return fleet().offline.sign(update.unsigned_patch());
}

}  // namespace

namespace {

/// The update with a cut in each operation, in every position, each leaving what it tore in one of four ways, or in
/// every `stride`th of these cases.
void check_cuts(std::uint32_t stride) {
  const Bytes raising = raising_patch();
  const Bytes by_daily = fleet().daily.sign(story().onward.unsigned_patch());
  const Bytes back = fleet().release.sign(story().back.unsigned_patch());
  const SimulatedFlash factory = factory_flash();
  CutDevice uncut(factory);
  uncut.flash().reset_operations();
  REQUIRE(uncut.update(raising) == Status::ok);
  const std::uint32_t operations = uncut.flash().operations();
  std::uint32_t committed = 0, kept = 0, cuts = 0;

  for (std::uint32_t operation = 0; operation < operations; ++operation) {
    for (const CutPosition position : {CutPosition::before, CutPosition::half_way, CutPosition::last_unit,
                                       CutPosition::whole_call, CutPosition::after}) {
      for (const Torn torn : {Torn::old, Torn::fresh, Torn::mixture, Torn::unreadable}) {
        if (cuts++ % stride != 0) continue;
        CAPTURE(operation);
        CAPTURE(static_cast<int>(position));
        CAPTURE(static_cast<int>(torn));
        CutDevice device(factory);
        device.flash().reset_operations();
        device.flash().cut_at(operation, Cut{position, torn});
        bool cut = false;
        try {
          (void)device.update(raising);
        } catch (const PowerCut&) {
          cut = true;
        }
        REQUIRE(cut);
        device.start();
        const bool switched = device.active() == story().v2;
        ++(switched ? committed : kept);
        CHECK((switched || device.active() == story().v1));
        CHECK(device.snapshot().security_counter == (switched ? kRaised : 0));
        CHECK(device.snapshot().revoked_keys == (switched ? kDailyRevoked : 0));

        if (!switched) CHECK(device.update(raising) == Status::ok);
        CHECK(device.update(back) == Status::downgrade);
        CHECK(device.update(by_daily) == Status::revoked_key);
        CHECK(device.active() == story().v2);
        CHECK(device.flash().violation().empty());
      }
    }
  }
  CHECK(committed > 0);  // cuts after the commit became durable
  CHECK(kept > 0);
}

}  // namespace

// Three: every operation and position is cut, and goes through the ways from one to the next.
TEST_CASE("wherever power goes, the new model never stands without its counter and its revocations") {
  check_cuts(3);
}
TEST_CASE("the same with every way of tearing at each of these cuts" * doctest::skip()) {
  check_cuts(1);
}
