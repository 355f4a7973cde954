// SPDX-License-Identifier: Apache-2.0
// Power that comes back for a moment only, many times, during an update of a device with two slots.
#include <doctest/doctest.h>

#include "device/staged_patch.hpp"
#include "support/bytes.hpp"
#include "support/make_patch.hpp"
#include "support/power_cut.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using SmallConfig = UnsignedConfig<WideFlash>;
/// Firmware whose updater keeps more.
struct LaterConfig : SmallConfig {
  static constexpr std::uint32_t kManifestSize = 5000;
};
/// Firmware that takes signed patches only, and has not seen a good signature yet.
struct SignedOnly {
  static constexpr bool kAllowsUnsigned = false;
  void set_revoked(std::uint32_t) {}
  template <class Digests>
  Status verify(const ManifestToVerify&, Digests&) {
    return Status::bad_signature;
  }
  template <class Digests>
  Status revocations(ConstBytes, std::uint32_t&, Digests&) const {
    return Status::ok;
  }
};
struct SignedConfig : SmallConfig {
  using Authentication = SignedOnly;
};
constexpr std::uint32_t kSmallSlot = 8192;
constexpr std::uint32_t kSmallJournal = 24 * 1024;
constexpr Layout kSmallLayout = {{0, kSmallSlot}, {kSmallSlot, kSmallSlot}, {2 * kSmallSlot, kSmallJournal}};
constexpr unsigned kRestarts = 200;

struct Models {
  Bytes base = random_bytes(5000, 1);
  Bytes target = random_bytes(5000, 2);
  Bytes patch = make_patch(base, target);
  FactoryModel factory;

  Models() {
    factory.length = static_cast<std::uint32_t>(base.size());
    factory.digest = digest_of(DigestKind::sha256, view(base));
  }
};

Bytes active_bytes(const ModelStore<SmallConfig>& store, WideFlash& flash) {
  Bytes bytes(store.active().region.size);
  REQUIRE(flash.read(store.active().region.address, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
  return bytes;
}

/// One session, in which all of the patch comes in. There is a model at its beginning, the base or the target.
Status live_on(WideFlash& flash, const Models& models) {
  ModelStore<SmallConfig> store(flash, kSmallLayout);
  Status status = store.boot(models.factory);
  REQUIRE(status == Status::ok);
  const Bytes now = active_bytes(store, flash);
  if (now == models.target) return Status::ok;
  REQUIRE(now == models.base);
  Updater<SmallConfig> updater(store);
  status = updater.resume();
  if (status == Status::not_found) status = updater.begin();
  while (updater.is_open() && !is_error(status) && status != Status::ready_to_finish)
    status = updater.feed(view(models.patch).slice(updater.resume_offset(), 100)).status;
  return is_error(status) ? status : updater.finish();
}

}  // namespace

TEST_CASE(
    "any number of restarts in a row that power cuts during an update leave a model, and room for the next "
    "one") {
  const Models models;
  unsigned cuts = 0;
  for (std::uint32_t operation = 0; operation < 120; operation += 5) {
    CAPTURE(operation);
    WideFlash flash({"small", 256, 8, true, Erased::ones}, kSmallLayout.journal.end());
    flash.install(0, view(models.base));
    Chance chance(operation + 1);
    unsigned unstable = 0;
    for (unsigned restart = 0; restart < kRestarts; ++restart) {
      CAPTURE(restart);
      Cut cut = {static_cast<CutPosition>(chance.below(kCutPositions)),
                 static_cast<Torn>(chance.below(kTornKinds))};
      if (changes_by_itself(cut.torn) && ++unstable > kMostUnstableCuts) cut.torn = Torn::mixture;
      flash.reset_operations();
      flash.cut_at(operation, cut);
      try {
        (void)live_on(flash, models);
      } catch (const PowerCut&) {
        ++cuts;
      }
      flash.reboot();
    }
    flash.reset_operations();
    CHECK(live_on(flash, models) == Status::ok);
    CHECK(live_on(flash, models) == Status::ok);
    CHECK(flash.violation() == "");
  }
  CHECK(cuts > 1000);
}

TEST_CASE(
    "a slot that a commit may have made active is not written on the word of a journal that can't say so") {
  const Models models;
  const auto make_flash = [&] {
    WideFlash flash({"small", 256, 8, true, Erased::ones}, kSmallLayout.journal.end());
    flash.install(0, view(models.base));
    return flash;
  };
  WideFlash uncut = make_flash();
  REQUIRE(live_on(uncut, models) == Status::ok);
  unsigned resumed = 0;
  unsigned committed = 0;
  // The seal of the commit's first copy is among these operations.
  for (std::uint32_t last = 8; last <= 11; ++last) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      CAPTURE(last);
      CAPTURE(seed);
      WideFlash flash = make_flash();
      flash.reseed(seed);
      flash.cut_at(uncut.operations() - last, {CutPosition::last_unit, Torn::unstable});
      CHECK_THROWS_AS((void)live_on(flash, models), PowerCut);
      flash.faults().stop_programs(kSmallLayout.journal);
      for (unsigned boots = 0; boots < 16; ++boots) {
        flash.reboot();
        ModelStore<SmallConfig> store(flash, kSmallLayout);
        (void)store.boot(models.factory);
        const bool is_new = store.active().slot == SlotId::b;
        REQUIRE(active_bytes(store, flash) == (is_new ? models.target : models.base));
        committed += is_new;
        Updater<SmallConfig> updater(store);
        if (updater.resume() != Status::ok) continue;
        ++resumed;
        // Behind what the journal refuses comes the slot's last block.
        flash.reset_operations();
        flash.cut_at(1 + boots % 3, {CutPosition::before, Torn::old});
        try {
          (void)updater.feed(view(models.patch).from(updater.resume_offset()));
        } catch (const PowerCut&) {
        }
      }
    }
  }
  CHECK(resumed > 10);
  CHECK(committed > 10);
}

namespace {

/// A device whose firmware was cut in an update of which the journal has the updater's state.
struct CutShort {
  static constexpr Layout kSmallJournal = {{0, 32768}, {32768, 32768}, {65536, 16384}};
  Bytes base = random_bytes(20000, 1), target = random_bytes(20000, 2);
  Bytes patch = make_patch(base, target, DigestKind::sha256);
  WideFlash flash{{"small", 256, 8, true, Erased::ones}, kSmallJournal.journal.end()};

  CutShort() {
    flash.install(0, view(base));
    FactoryModel factory;
    factory.length = static_cast<std::uint32_t>(base.size());
    factory.digest = digest_of(DigestKind::sha256, view(base));
    ModelStore<SmallConfig> store(flash, kSmallJournal);
    REQUIRE(store.boot(factory) == Status::ok);
    Updater<SmallConfig> updater(store);
    REQUIRE(updater.begin() == Status::ok);
    REQUIRE(updater.feed(view(patch).first(17000)).status == Status::need_more);
  }
};

}  // namespace

TEST_CASE("an update that other firmware can't go on with is begun anew") {
  CutShort device;
  ModelStore<LaterConfig> store(device.flash, CutShort::kSmallJournal);
  REQUIRE(store.boot() == Status::ok);
  REQUIRE(store.snapshot().is_updating());
  Updater<LaterConfig> updater(store);
  CHECK(updater.resume() == Status::not_found);
  CHECK_FALSE(updater.is_open());
  CHECK(updater.begin() == Status::ok);
  CHECK(updater.feed(view(device.patch)).status == Status::ready_to_finish);
  CHECK(updater.finish() == Status::ok);
  CHECK(store.active().length == device.target.size());
}

TEST_CASE(
    "firmware that takes signed patches only does not go on with an unsigned one that older firmware took") {
  CutShort device;
  ModelStore<SignedConfig> store(device.flash, CutShort::kSmallJournal);
  REQUIRE(store.boot() == Status::ok);
  REQUIRE(store.snapshot().is_updating());
  Updater<SignedConfig> updater(store);
  CHECK(updater.resume() == Status::not_found);
  CHECK(updater.begin() == Status::ok);
  CHECK(updater.feed(view(device.patch)).status == Status::unsigned_patch);
  CHECK(store.active().length == device.base.size());
}
