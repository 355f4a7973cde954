// SPDX-License-Identifier: Apache-2.0
// The device half of a product with one slot, as `device_half.cpp` is that of one with two: what this object weighs is
// the library's code. In it: updates in place out of a staging area, and full models streamed into the slot.
#include "external_flash.hpp"
#include "tmd/in_place.hpp"

struct Config : tmd::DefaultConfig<ExternalFlash> {
  using Authentication = tmd::AllowUnsigned;
  static constexpr bool kOneSlot = true;
  static constexpr bool kAllowGap = true;
  static constexpr std::uint8_t kTrialBoots = 0;
};
using Store = tmd::ModelStore<Config>;
using Area = tmd::Staging<ExternalFlash>;
using Updater = tmd::InPlaceUpdater<Config>;

ExternalFlash flash;
Store store;
Area area;
Updater updater;

void start(const tmd::Layout& layout, const tmd::Region& staging) {
  store.attach(flash, layout);
  area.attach(store.port(), staging);
  updater.attach(store, area);
}
tmd::Status boot(const tmd::FactoryModel& factory) {
  return store.boot(factory);
}
tmd::ActiveModel active() {
  return store.active();
}
tmd::Status verify() {
  return store.verify_active();
}
tmd::Status open(const tmd::FragmentPlan& plan) {
  return area.open(plan);
}
tmd::Status reopen() {
  return area.reopen();
}
tmd::Status keep(std::uint32_t index, tmd::ConstBytes bytes) {
  return area.store(index, bytes);
}
bool next_missing(std::uint32_t from, std::uint32_t& index) {
  return area.next_missing(from, index);
}
tmd::Status apply() {
  return updater.apply();
}
std::uint32_t blocks_left() {
  return updater.blocks_left();
}
#ifndef TMD_ONLY_IN_PLACE
tmd::Status begin() {
  return updater.begin();
}
tmd::Status resume() {
  return updater.resume();
}
tmd::FeedResult feed(tmd::ConstBytes bytes) {
  return updater.feed(bytes);
}
tmd::Status finish() {
  return updater.finish();
}
tmd::Status abort() {
  return updater.abort();
}
#endif
