// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "system/faults/workload.hpp"
#include "tmd/staging.hpp"
#include "tmd/updater.hpp"

namespace tmd::faults {

/// The library as an application uses it, from one restart to the next: a store and two updaters, one of which is
/// in use. One of `Build`.
class Device {
 public:
  virtual ~Device() = default;

  virtual Status boot(const FactoryModel& factory) = 0;
  virtual ActiveModel active() const = 0;
  virtual Status verify_active() = 0;
  virtual Status confirm() = 0;
  virtual Status revert() = 0;
  virtual Status reset() = 0;
  virtual Status allow_again() = 0;
  virtual std::uint32_t security_counter() const = 0;

  virtual Status begin() = 0;
  virtual Status resume(std::uint32_t identity) = 0;
  virtual FeedResult feed_at(std::uint32_t offset, ConstBytes bytes) = 0;
  virtual Status finish() = 0;
  virtual Status abort() = 0;
  virtual std::uint32_t resume_offset() const = 0;
  virtual Status open_staging(const FragmentPlan& plan) = 0;
  virtual Status store_fragment(std::uint32_t index, ConstBytes bytes) = 0;
  virtual bool is_missing(std::uint32_t index) = 0;
  /// Gives what is staged to the updater in use.
  virtual Status apply_staged() = 0;
  /// The other updater is the one in use from here on; the first one stays as it is.
  virtual void change_updaters() = 0;
  /// Target bytes in the slot, as the observer of the updater in use heard.
  virtual std::uint32_t written() const = 0;
};

/// What runs after a restart on this flash, with these slots.
std::unique_ptr<Device> start_device(const Workload& work, test::SimulatedFlash& flash, const Layout& layout);

}  // namespace tmd::faults
