// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tmd/c/convert.hpp"
#include "tmd/c/tmd.h"
#include "tmd/updater.hpp"

/// Defines the functions of tmd/c/tmd.h for a configuration, and the object `tmd_default_device`: once in a program,
/// at namespace scope of a C++ file that includes what the configuration needs. See tmd/c/tmd.h.
/// For devices with one slot: TMD_DEFINE_C_API_IN_PLACE, of tmd/c/define_in_place.hpp.
#define TMD_DEFINE_C_API(Configuration) TMD_DEFINE_C_API_OF(tmd::c::Device<Configuration>)

/// The same for a type of device that has `flash`, `store`, `updater` and `attach`. For the macros of this folder.
#define TMD_DEFINE_C_API_OF(Type)                                                               \
  struct tmd_device : Type {};                                                                  \
  TMD_DEFINE_C_DEVICE(tmd_default_device)                                                       \
  extern "C" {                                                                                  \
  tmd_status tmd_attach(tmd_device* device, const tmd_flash* flash, const tmd_layout* layout) { \
    return tmd::c::from(device->attach(flash, *layout));                                        \
  }                                                                                             \
  size_t tmd_device_size(void) {                                                                \
    return sizeof(tmd_device);                                                                  \
  }                                                                                             \
  tmd_status tmd_boot(tmd_device* device, const tmd_factory_model* factory) {                   \
    return tmd::c::from(device->store.boot(tmd::c::to_factory(factory)));                       \
  }                                                                                             \
  tmd_active_model tmd_active(const tmd_device* device) {                                       \
    return tmd::c::from(device->store.active());                                                \
  }                                                                                             \
  tmd_region tmd_self_test(const tmd_device* device) {                                          \
    return tmd::c::from(device->store.self_test());                                             \
  }                                                                                             \
  tmd_status tmd_verify_self_test(tmd_device* device) {                                         \
    return tmd::c::from(device->store.verify_self_test());                                      \
  }                                                                                             \
  tmd_region tmd_active_entry(tmd_device* device, uint8_t number) {                             \
    return tmd::c::from(device->store.active_entry(static_cast<tmd::EntryNumber>(number)));     \
  }                                                                                             \
  tmd_companion_data tmd_companion(tmd_device* device) {                                        \
    return tmd::c::from(device->store.companion());                                             \
  }                                                                                             \
  tmd_status tmd_verify_active(tmd_device* device) {                                            \
    return tmd::c::from(device->store.verify_active());                                         \
  }                                                                                             \
  tmd_status tmd_confirm(tmd_device* device) {                                                  \
    return tmd::c::from(device->store.confirm());                                               \
  }                                                                                             \
  tmd_status tmd_revert(tmd_device* device) {                                                   \
    return tmd::c::from(device->store.revert());                                                \
  }                                                                                             \
  tmd_status tmd_erase_previous(tmd_device* device) {                                           \
    return tmd::c::from(device->store.erase_previous());                                        \
  }                                                                                             \
  tmd_status tmd_wipe(tmd_device* device) {                                                     \
    return tmd::c::from(device->store.wipe());                                                  \
  }                                                                                             \
  tmd_status tmd_reset(tmd_device* device, uint32_t least_counter) {                            \
    return tmd::c::from(device->store.reset(least_counter));                                    \
  }                                                                                             \
  tmd_status tmd_allow_again(tmd_device* device) {                                              \
    return tmd::c::from(device->store.allow_again());                                           \
  }                                                                                             \
  tmd_region tmd_slot(const tmd_device* device, tmd_slot_id slot) {                             \
    return tmd::c::from(device->store.slot(static_cast<tmd::SlotId>(slot)));                    \
  }                                                                                             \
  tmd_region tmd_active_region(const tmd_device* device) {                                      \
    return tmd::c::from(device->store.active_region());                                         \
  }                                                                                             \
  tmd_slot_id tmd_inactive_slot(const tmd_device* device) {                                     \
    return static_cast<tmd_slot_id>(device->store.inactive_slot());                             \
  }                                                                                             \
  bool tmd_has_model(const tmd_device* device) {                                                \
    return device->store.has_model();                                                           \
  }                                                                                             \
  bool tmd_is_ready(const tmd_device* device) {                                                 \
    return device->store.is_ready();                                                            \
  }                                                                                             \
  tmd_status tmd_begin(tmd_device* device) {                                                    \
    return tmd::c::from(device->updater.begin());                                               \
  }                                                                                             \
  tmd_status tmd_resume(tmd_device* device) {                                                   \
    return tmd::c::from(device->updater.resume());                                              \
  }                                                                                             \
  tmd_status tmd_resume_patch(tmd_device* device, uint32_t identity) {                          \
    return tmd::c::from(device->updater.resume(identity));                                      \
  }                                                                                             \
  uint32_t tmd_resume_offset(const tmd_device* device) {                                        \
    return device->updater.resume_offset();                                                     \
  }                                                                                             \
  tmd_feed_result tmd_feed(tmd_device* device, const uint8_t* bytes, size_t size) {             \
    return tmd::c::from(device->updater.feed(tmd::ConstBytes(bytes, size)));                    \
  }                                                                                             \
  tmd_feed_result tmd_feed_at(tmd_device* device, uint32_t patch_offset, const uint8_t* bytes,  \
                              size_t size) {                                                    \
    return tmd::c::from(device->updater.feed_at(patch_offset, tmd::ConstBytes(bytes, size)));   \
  }                                                                                             \
  tmd_status tmd_poll(tmd_device* device) {                                                     \
    return tmd::c::from(device->updater.poll());                                                \
  }                                                                                             \
  tmd_status tmd_finish(tmd_device* device) {                                                   \
    return tmd::c::from(device->updater.finish());                                              \
  }                                                                                             \
  tmd_status tmd_abort(tmd_device* device) {                                                    \
    return tmd::c::from(device->updater.abort());                                               \
  }                                                                                             \
  bool tmd_is_open(const tmd_device* device) {                                                  \
    return device->updater.is_open();                                                           \
  }                                                                                             \
  const char* tmd_status_text(tmd_status status) {                                              \
    return tmd::to_string(tmd::c::to_status(status));                                           \
  }                                                                                             \
  bool tmd_is_error(tmd_status status) {                                                        \
    return tmd::is_error(tmd::c::to_status(status));                                            \
  }                                                                                             \
  bool tmd_is_flash_error(tmd_status status) {                                                  \
    return tmd::is_flash_error(tmd::c::to_status(status));                                      \
  }                                                                                             \
  bool tmd_status_is_open(tmd_status status) {                                                  \
    return tmd::is_open(tmd::c::to_status(status));                                             \
  }                                                                                             \
  }                                                                                             \
  static_assert(std::is_trivially_destructible<tmd_device>::value, "a device needs no C++ library");

/// One more device: `extern tmd_device NAME;` in C.
#define TMD_DEFINE_C_DEVICE(name) \
  extern "C" {                    \
  extern tmd_device name;         \
  tmd_device name;                \
  }

namespace tmd {
namespace c {

/// A flash and the store in it. All zero until `attach_store`: needs no start-up code.
template <class Config>
struct DeviceStore {
  typename Config::Flash flash;
  ModelStore<Config> store;

 protected:
  Status attach_store(const tmd_flash* driver, const tmd_layout& layout) {
    if (!give(flash, driver)) return Status::wrong_state;
    store.attach(flash, to_layout(layout));
    return Status::ok;
  }

 private:
  template <std::uint32_t kLargestUnit>
  static bool give(BasicCallbackFlash<kLargestUnit>& flash, const tmd_flash* driver) {
    if (driver != nullptr) flash.attach(*driver);
    return driver != nullptr;
  }
  template <class Driver>
  static bool give(Driver&, const tmd_flash* driver) {
    return driver == nullptr;
  }
};

/// What stands behind a tmd_device.
template <class Config>
struct Device : DeviceStore<Config> {
  Updater<Config> updater;

  Status attach(const tmd_flash* driver, const tmd_layout& layout) {
    const Status status = this->attach_store(driver, layout);
    if (status == Status::ok) updater.attach(this->store);
    return status;
  }
};

}  // namespace c
}  // namespace tmd
