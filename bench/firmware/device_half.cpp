// SPDX-License-Identifier: Apache-2.0
// The whole device half as a product uses it, and nothing else: what this object weighs is the library's
// code. The flash driver and the caller are someone else's, and so stay undefined.
#include "external_flash.hpp"
#include "tmd/updater.hpp"

struct Config : tmd::DefaultConfig<ExternalFlash> {
  using Authentication = tmd::AllowUnsigned;
};
using Store = tmd::ModelStore<Config>;
using Updater = tmd::Updater<Config>;

/// Both objects, as a firmware would have them.
struct Device {
  ExternalFlash flash;
  Store store;
  Updater updater;
};

Device& start(const tmd::Layout& layout) {
  static Device device;
  device.store.attach(device.flash, layout);
  device.updater.attach(device.store);
  return device;
}
tmd::Status boot(Device& device, const tmd::FactoryModel& factory) {
  return device.store.boot(factory);
}
tmd::Status confirm(Device& device) {
  return device.store.confirm();
}
tmd::Status revert(Device& device) {
  return device.store.revert();
}
tmd::Status verify(Device& device) {
  return device.store.verify_active();
}
tmd::ActiveModel active(const Device& device) {
  return device.store.active();
}
tmd::Status begin(Device& device) {
  return device.updater.begin();
}
tmd::Status resume(Device& device) {
  return device.updater.resume();
}
std::uint32_t resume_offset(const Device& device) {
  return device.updater.resume_offset();
}
tmd::FeedResult feed(Device& device, tmd::ConstBytes bytes) {
  return device.updater.feed(bytes);
}
tmd::FeedResult feed_at(Device& device, std::uint32_t offset, tmd::ConstBytes bytes) {
  return device.updater.feed_at(offset, bytes);
}
tmd::Status finish(Device& device) {
  return device.updater.finish();
}
tmd::Status abort(Device& device) {
  return device.updater.abort();
}
