// SPDX-License-Identifier: Apache-2.0
// One bank of the journal goes bad while the model is being overwritten, and there is none to go back to.
#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A device amid an update, one bank of whose journal does not take what is programmed any more, or does not erase.
struct WornBank : OneSlot {
  WornBank(const InPlacePair& pair, unsigned bank, bool erases, unsigned calls)
      : OneSlot(pair.base, pair.patch()) {
    REQUIRE(boot() == Status::ok);
    REQUIRE(receive() == Status::ok);
    overwrite(*this, calls);
    const std::uint32_t size = layout().journal.size / 2;
    const Region half = {layout().journal.address + bank * size, size};
    if (erases) flash().faults().stop_programs(half);
    for (std::uint32_t at = half.address; !erases && at < half.end(); at += flash().erase_size(at))
      flash().wear_out(at, false);
  }
  Status apply_again_and_again() {
    Status status = apply();
    for (int tries = 0; is_flash_error(status) && tries < 5; ++tries) status = apply();
    return status;
  }
};

}  // namespace

TEST_CASE("a journal of which one bank is gone costs neither the update nor the model") {
  const InPlacePair pair;
  for (unsigned kind = 0; kind < 4; ++kind) {
    for (const unsigned calls : {0U, 10U, 40U, 80U}) {
      CAPTURE(kind);
      CAPTURE(calls);
      WornBank device(pair, kind & 1U, kind < 2, calls);
      CHECK(device.apply_again_and_again() == Status::ok);
      CHECK(device.active_bytes() == pair.target);
      CHECK(device.boot() == Status::ok);
      CHECK(device.active_bytes() == pair.target);
      CHECK(device.store().verify_active() == Status::ok);
      CHECK(device.flash().violation() == "");
    }
  }
}

TEST_CASE(
    "power that goes where no state could be kept leaves the update going on, or a full model welcome") {
  const InPlacePair pair;
  unsigned whole = 0;
  unsigned served = 0;
  for (unsigned kind = 0; kind < 4; ++kind) {
    for (unsigned later = 0; later < 120; later += 9) {
      CAPTURE(kind);
      CAPTURE(later);
      WornBank device(pair, kind & 1U, kind < 2, 10);
      Status status = Status::would_block;
      for (unsigned calls = 0; status != Status::ok && calls < later + 60; ++calls)
        status = device.updater().apply();
      const Status booted = device.boot();
      if (status == Status::ok) REQUIRE(booted == Status::ok);
      REQUIRE((booted == Status::ok || booted == Status::updating));
      if (booted == Status::updating) {
        REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
        for (int tries = 0; status != Status::ok && status != Status::model_damaged && tries < 12; ++tries)
          status = device.apply();
      }
      if (status == Status::ok) {
        ++whole;
        CHECK(device.active_bytes() == pair.target);
      } else {
        ++served;
        CHECK_FALSE(device.store().active().present);
        CHECK(stream(device.updater(), pair.full_base()) == Status::ok);
        CHECK(device.active_bytes() == pair.base);
      }
      CHECK(device.boot() == Status::ok);
      CHECK(device.flash().violation() == "");
    }
  }
  CHECK(whole > 0);
  CHECK(served > 0);
}
