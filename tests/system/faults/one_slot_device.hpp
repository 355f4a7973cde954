// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "device/one_slot.hpp"

namespace tmd::faults {

/// A device with one slot, of whatever configuration, as its application sees it: from one restart to the next a store,
/// a staging area and an updater. Calls that may answer `would_block` are repeated by the caller, but for `boot` and
/// `receive`.
class AnyOneSlotDevice {
 public:
  using Flash = test::WideFlash;

  virtual ~AnyOneSlotDevice() = default;

  virtual Status boot() = 0;
  virtual ActiveModel active() = 0;
  virtual Status verify_active() = 0;
  virtual Status confirm() = 0;
  virtual Status allow_again() = 0;
  virtual bool is_ready() = 0;
  virtual bool is_being_overwritten() = 0;
  /// There is no model until the updater has gone on.
  virtual bool is_pending_without_model() = 0;
  /// What is staged is needed: a boot found an update, or a trial, that can't go on without it.
  virtual bool needs_staged_patch() = 0;
  virtual std::uint32_t security_counter() = 0;

  virtual Status reopen() = 0;
  virtual Status receive() = 0;
  virtual Status apply() = 0;
  /// The calls of the Updater, for a full model.
  virtual Status begin() = 0;
  virtual FeedResult feed(ConstBytes bytes) = 0;
  virtual Status poll() = 0;
  virtual Status finish() = 0;

  virtual test::Bytes active_bytes() = 0;
  virtual Flash& flash() = 0;
  virtual void put_flash(const Flash& flash) = 0;
  virtual const Layout& layout() const = 0;
  virtual test::StagedPatch& patch() = 0;
};

template <class Device>
class OneSlotDeviceOf : public AnyOneSlotDevice {
 public:
  OneSlotDeviceOf(const test::Bytes& base, const test::Bytes& patch, const test::FlashPart& part,
                  std::uint32_t bank_bytes)
      : device_(base, patch, part, 3, bank_bytes) {}

  Status boot() override { return device_.boot(); }
  ActiveModel active() override { return device_.store().active(); }
  Status verify_active() override { return device_.store().verify_active(); }
  Status confirm() override { return device_.store().confirm(); }
  Status allow_again() override { return device_.store().allow_again(); }
  bool is_ready() override { return device_.store().is_ready(); }
  bool is_being_overwritten() override { return device_.store().is_being_overwritten(); }
  bool is_pending_without_model() override {
    return device_.store().is_being_overwritten() || device_.store().is_returning();
  }
  bool needs_staged_patch() override { return device_.store().needs_staged_patch(); }
  std::uint32_t security_counter() override { return device_.store().snapshot().security_counter; }

  Status reopen() override { return device_.staging().reopen(); }
  Status receive() override { return device_.receive(); }
  Status apply() override { return device_.updater().apply(); }
  Status begin() override { return device_.updater().begin(); }
  FeedResult feed(ConstBytes bytes) override { return device_.updater().feed(bytes); }
  Status poll() override { return device_.updater().poll(); }
  Status finish() override { return device_.updater().finish(); }

  test::Bytes active_bytes() override { return device_.active_bytes(); }
  Flash& flash() override { return device_.flash(); }
  void put_flash(const Flash& flash) override { device_.put_flash(flash); }
  const Layout& layout() const override { return device_.layout(); }
  test::StagedPatch& patch() override { return device_.patch(); }

 private:
  Device device_;
};

}  // namespace tmd::faults
