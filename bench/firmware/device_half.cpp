// SPDX-License-Identifier: Apache-2.0
// The whole device half as a product uses it, and nothing else: what this object weighs is the library's
// code. The flash driver and the caller are someone else's, and so stay undefined.
#include "tmd/updater.hpp"

/// A flash driver that is not part of the measurement.
class ExternalFlash {
 public:
  static constexpr std::uint32_t size() { return 512 * 1024; }
  static constexpr std::uint32_t erase_size() { return 4096; }
  static constexpr std::uint32_t program_size() { return 8; }
  tmd::Status read(std::uint32_t address, tmd::MutableBytes out);
  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes);
  tmd::Status erase(std::uint32_t address);
  tmd::Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank);
};

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
