// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/in_place/admission.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "device/encrypted_slot.hpp"
#include "device/on_trial.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct SmallestDecoder {
  static constexpr unsigned kCounters = codec::kCounterUnit;
};
struct SmallerConfig : EncryptedConfig {
  using Decoder = codec::Decoder<SmallestDecoder>;
};

}  // namespace

TEST_CASE(
    "a patch without a way back is refused where models are tried out, and so is one that is not whole") {
  const InPlacePair pair;
  host::Bytes patch = pair.patch();
  Status expected = Status::needs_way_back;
  SUBCASE("none") {}
  SUBCASE("its last byte cut off") {
    patch = pair.reversible();
    patch.pop_back();
    expected = Status::body_truncated;
  }
  ReversibleSlot device(pair.base, patch);
  stage(device);
  CHECK(device.apply() == expected);
  CHECK(erases_in(device, device.layout().slot_a) == 0);
  CHECK(device.active_bytes() == pair.base);
}

TEST_CASE("a slot that has no room for what the way back needs behind the target is too small") {
  const Bytes base = random_bytes(3000, 1);
  // 4608 bytes of slot; 33 are kept.
  for (const std::size_t length : {4575U, 4576U}) {
    Bytes target = random_bytes(length, 3);
    ReversibleSlot device(base, make_reversible(base, target, kWindow));
    REQUIRE(device.layout().slot_a.size == 4608);
    stage(device);
    CHECK(device.apply() == (length == 4575 ? Status::ok : Status::target_too_large));
  }
}

TEST_CASE("models of any lengths are taken back") {
  const Bytes base = random_bytes(3000, 1);
  for (const std::size_t length : {1U, 255U, 256U, 257U, 768U, 1500U, 4300U}) {
    CAPTURE(length);
    Bytes target = random_bytes(length, 3);
    std::copy(base.begin(), base.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(length, 700)),
              target.begin());
    ReversibleSlot device(base, make_reversible(base, target, kWindow));
    stage(device);
    REQUIRE(device.apply() == Status::ok);
    CHECK(device.active_bytes() == target);
    REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == base);
  }
}

TEST_CASE("a patch that this device could not apply is another patch, and not the end of the way back") {
  const InPlacePair pair;
  OnTrial device(pair);
  const Bytes right = device.patch().bytes;
  const auto send = [&](const Bytes& patch) {
    device.patch().bytes = patch;
    device.patch().plan.patch_length = static_cast<std::uint32_t>(patch.size());
    ++device.patch().plan.identity;
    REQUIRE(patiently([&] { return device.staging().wipe(); }) == Status::ok);
    REQUIRE(device.receive() == Status::ok);
  };
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  Bytes other;
  SUBCASE("for more spare blocks") {
    codec::ReadWindow window = kWindow;
    window.spare = 4;
    other = make_reversible(pair.base, pair.target, window);
  }
  SUBCASE("for two slots") {
    other = make_in_place(pair.base, pair.target, {});
  }
  send(other);
  CHECK(device.apply() == Status::manifest_corrupt);
  CHECK(device.store().is_returning());
  send(right);
  CHECK(device.apply() == Status::ok);
  check_is_back(device, pair);
}

TEST_CASE("where what is kept behind the target rots there is no way back, and the target stays") {
  const InPlacePair pair;
  OnTrial device(pair);
  device.flash().rot(
      Rot{device.layout().slot_a.address + static_cast<std::uint32_t>(pair.target.size()) + 20, 3});
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  CHECK(device.apply() == Status::nothing_to_revert);
  CHECK(device.store().active().state == ModelState::trial);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.store().revert() == Status::nothing_to_revert);
}

TEST_CASE("facts of the base come back with it") {
  const InPlacePair pair;
  const auto note = [](const std::string& text) {
    return host::format::EntryToWrite{EntryNumber::note, false, host::Bytes(text.begin(), text.end())};
  };
  KeepsNotes device(pair.base, make_reversible(pair.base, pair.target, kWindow, nullptr, {note("first")}));
  const auto active_note = [&] {
    const Region place = device.store().active_entry(EntryNumber::note);
    std::string text(place.size, ' ');
    MutableBytes out(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    REQUIRE(device.store().port().read(place.address, out) == Status::ok);
    return text;
  };
  stage(device);
  REQUIRE(device.apply() == Status::ok);
  CHECK(active_note() == "first");
  REQUIRE(patiently([&] { return device.store().confirm(); }) == Status::ok);
  // Longer ones, between other models, from the target on.
  device.patch().bytes =
      make_reversible(pair.target, pair.base, kWindow, nullptr, {note("second, and longer")});
  device.patch().plan.patch_length = static_cast<std::uint32_t>(device.patch().bytes.size());
  REQUIRE(device.receive() == Status::ok);
  REQUIRE(device.apply() == Status::ok);
  CHECK(active_note() == "second, and longer");
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  REQUIRE(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(active_note() == "first");
  REQUIRE(device.boot() == Status::ok);
  CHECK(active_note() == "first");
}

TEST_CASE("firmware of a smaller decoder does not wait for memory to take an encrypted patch's target back") {
  const InPlacePair pair;
  Encrypted device(pair.base, make_encrypted(pair));
  const Status answer = Status::ok;
  REQUIRE(device.boot() == Status::ok);
  Encrypted::TestUpdater::Policies policies;
  policies.cipher.answer = &answer;
  device.updater().attach(device.store(), device.staging(), policies);
  REQUIRE(device.receive() == Status::ok);
  REQUIRE(device.apply() == Status::ok);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);

  ModelStore<SmallerConfig> store(device.flash(), device.layout());
  REQUIRE(patiently([&] { return store.boot(); }) == Status::updating);
  Encrypted::Area staging(store.port(), device.area());
  REQUIRE(patiently([&] { return staging.reopen(); }) == Status::ok);
  Policies<SmallerConfig> smaller;
  smaller.cipher.answer = &answer;
  InPlaceUpdater<SmallerConfig, Encrypted::Area> updater(store, staging, smaller);
  CHECK(patiently([&] { return updater.apply(); }) == Status::nothing_to_revert);
  CHECK(store.active().state == ModelState::trial);
}
