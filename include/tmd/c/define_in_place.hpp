// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/c/define.hpp"
#include "tmd/c/in_place.h"
#include "tmd/in_place.hpp"

namespace tmd {
namespace c {

constexpr FragmentPlan to_plan(const tmd_fragment_plan& plan) {
  return FragmentPlan{plan.identity, plan.patch_length, plan.fragment_size};
}
constexpr tmd_fragment_plan from(const FragmentPlan& plan) {
  return tmd_fragment_plan{plan.identity, plan.patch_length, plan.fragment_size};
}

/// What stands behind a tmd_device that has one slot.
template <class Config>
struct OneSlotDevice : DeviceStore<Config> {
  using StagingArea = Staging<typename Config::Flash>;
  StagingArea staging;
  InPlaceUpdater<Config> updater;

  Status attach(const tmd_flash* driver, const tmd_layout& layout) {
    const Status status = this->attach_store(driver, layout);
    if (status == Status::ok) updater.attach(this->store, staging);
    return status;
  }
};

}  // namespace c
}  // namespace tmd

/// Defines the functions of tmd/c/tmd.h and tmd/c/in_place.h for a configuration with one slot, and the object
/// `tmd_default_device`: once in a program, in place of TMD_DEFINE_C_API.
#define TMD_DEFINE_C_API_IN_PLACE(Configuration)                                                        \
  TMD_DEFINE_C_API_OF(tmd::c::OneSlotDevice<Configuration>)                                             \
  extern "C" {                                                                                          \
  void tmd_staging_attach(tmd_device* device, tmd_region region) {                                      \
    device->staging.attach(device->store.port(), tmd::c::to_region(region));                            \
  }                                                                                                     \
  uint64_t tmd_staging_needed(tmd_fragment_plan plan, uint32_t program_size, uint32_t first_block) {    \
    return tmd_device::StagingArea::needed(tmd::c::to_plan(plan), program_size, first_block);           \
  }                                                                                                     \
  tmd_status tmd_staging_open(tmd_device* device, tmd_fragment_plan plan) {                             \
    return tmd::c::from(device->updater.open_staging(tmd::c::to_plan(plan)));                           \
  }                                                                                                     \
  tmd_status tmd_staging_reopen(tmd_device* device) {                                                   \
    return tmd::c::from(device->staging.reopen());                                                      \
  }                                                                                                     \
  tmd_status tmd_staging_store(tmd_device* device, uint32_t index, const uint8_t* bytes, size_t size) { \
    return tmd::c::from(device->staging.store(index, tmd::ConstBytes(bytes, size)));                    \
  }                                                                                                     \
  bool tmd_staging_complete(tmd_device* device) {                                                       \
    return device->staging.complete();                                                                  \
  }                                                                                                     \
  bool tmd_staging_next_missing(tmd_device* device, uint32_t from, uint32_t* index) {                   \
    return device->staging.next_missing(from, *index);                                                  \
  }                                                                                                     \
  tmd_status tmd_staging_view(tmd_device* device, uint32_t patch_offset, const uint8_t** bytes,         \
                              size_t* size) {                                                           \
    tmd::ConstBytes view;                                                                               \
    const tmd::Status status = device->staging.view(patch_offset, view);                                \
    *bytes = view.data();                                                                               \
    *size = view.size();                                                                                \
    return tmd::c::from(status);                                                                        \
  }                                                                                                     \
  tmd_status tmd_staging_read(tmd_device* device, uint32_t patch_offset, uint8_t* bytes, size_t size) { \
    return tmd::c::from(device->staging.read(patch_offset, tmd::MutableBytes(bytes, size)));            \
  }                                                                                                     \
  tmd_status tmd_staging_restart(tmd_device* device) {                                                  \
    return tmd::c::from(device->staging.restart());                                                     \
  }                                                                                                     \
  tmd_status tmd_staging_wipe(tmd_device* device) {                                                     \
    return tmd::c::from(device->staging.wipe());                                                        \
  }                                                                                                     \
  tmd_fragment_plan tmd_staging_plan(const tmd_device* device) {                                        \
    return tmd::c::from(device->staging.plan());                                                        \
  }                                                                                                     \
  bool tmd_staging_is_open(const tmd_device* device) {                                                  \
    return device->staging.is_open();                                                                   \
  }                                                                                                     \
  uint32_t tmd_staging_changes(const tmd_device* device) {                                              \
    return device->staging.changes();                                                                   \
  }                                                                                                     \
  tmd_status tmd_apply(tmd_device* device) {                                                            \
    return tmd::c::from(device->updater.apply());                                                       \
  }                                                                                                     \
  bool tmd_is_pending(const tmd_device* device) {                                                       \
    return device->updater.is_pending();                                                                \
  }                                                                                                     \
  uint32_t tmd_blocks_left(tmd_device* device) {                                                        \
    return device->updater.blocks_left();                                                               \
  }                                                                                                     \
  }
