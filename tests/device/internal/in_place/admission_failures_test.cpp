// SPDX-License-Identifier: Apache-2.0
// Reads that fail once while a model is updated in place, or taken back.
#include <doctest/doctest.h>

#include <string>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A base with a fact, and a target with another one.
struct NotedPair : InPlacePair {
  Bytes first = make_reversible(target, base, kWindow, nullptr, {note("first")});
  Bytes second = make_reversible(base, target, kWindow, nullptr, {note("second")});

  static host::format::EntryToWrite note(const std::string& text) {
    return {EntryNumber::note, false, host::Bytes(text.begin(), text.end())};
  }
};

void send(KeepsNotes& device, const Bytes& patch, std::uint32_t identity) {
  device.patch().bytes = patch;
  device.patch().plan = {identity, static_cast<std::uint32_t>(patch.size()), 64};
  REQUIRE(device.receive() == Status::ok);
}
std::string note_of(KeepsNotes& device) {
  const Region place = device.store().active_entry(EntryNumber::note);
  std::string text(place.size, ' ');
  MutableBytes out(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  REQUIRE(device.store().port().read(place.address, out) == Status::ok);
  return text;
}
/// One whose second update can begin, from a base with a fact.
KeepsNotes::Flash noted(const NotedPair& pair) {
  KeepsNotes device(pair.target, pair.first);
  stage(device);
  REQUIRE(device.apply() == Status::ok);
  REQUIRE(patiently([&] { return device.store().confirm(); }) == Status::ok);
  REQUIRE(note_of(device) == "first");
  return device.flash();
}

/// Applies while one read, the `number`-th from here on, fails. True where one did.
template <class Device>
bool apply_through(Device& device, std::uint32_t number) {
  device.flash().faults().plan({FaultKind::read_once, device.flash().reads() + number});
  Status status = device.apply();
  for (int tries = 0; is_error(status) && tries < 3; ++tries) {
    if (status == Status::not_found) REQUIRE(device.receive() == Status::ok);
    status = device.apply();
  }
  CHECK(status == Status::ok);
  const bool struck = device.flash().faults().struck();
  device.flash().faults().repair();
  return struck;
}

}  // namespace

TEST_CASE("a read that fails once takes nothing from what is kept for the way back") {
  const NotedPair pair;
  const KeepsNotes::Flash before = noted(pair);
  for (std::uint32_t number = 0; number < 400; number += number < 60 ? 1 : 17) {
    CAPTURE(number);
    KeepsNotes device(pair.target, pair.first);
    device.put_flash(before);
    REQUIRE(device.boot() == Status::ok);
    send(device, pair.second, 8);
    CHECK(apply_through(device, number));
    CHECK(note_of(device) == "second");
    REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.base);
    CHECK(note_of(device) == "first");
  }
}

TEST_CASE("a read that fails once does not cost the way back") {
  const NotedPair pair;
  KeepsNotes first(pair.target, pair.first);
  first.put_flash(noted(pair));
  REQUIRE(first.boot() == Status::ok);
  send(first, pair.second, 8);
  REQUIRE(first.apply() == Status::ok);
  REQUIRE(patiently([&] { return first.store().revert(); }) == Status::updating);
  const KeepsNotes::Flash before = first.flash();
  for (std::uint32_t number = 0; number < 400; number += number < 60 ? 1 : 17) {
    CAPTURE(number);
    KeepsNotes device(pair.target, pair.first);
    device.put_flash(before);
    REQUIRE(device.boot() == Status::updating);
    send(device, pair.second, 8);
    CHECK(apply_through(device, number));
    CHECK(device.active_bytes() == pair.base);
    CHECK(device.store().active().state == ModelState::reverted);
    CHECK(note_of(device) == "first");
  }
}
