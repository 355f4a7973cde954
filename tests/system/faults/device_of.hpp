// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include "support/flash_window.hpp"
#include "system/faults/builds.hpp"
#include "system/faults/device.hpp"
#include "tmd/apply_staged.hpp"
#include "tmd/digest/sha256.hpp"

namespace tmd::faults {

/// Hears how many target bytes are in the slot.
struct WrittenObserver {
  std::uint32_t* written = nullptr;

  void on_progress(std::uint32_t bytes, std::uint32_t /*total*/) { *written = bytes; }
  void on_end(Status /*status*/) {}
};

/// SHA-256 over a secret and the manifest: what nobody makes who does not have the secret.
inline void sign(ConstBytes manifest, std::uint8_t (&out)[32]) {
  constexpr std::uint8_t kSecret[] = {'o', 'u', 'r', ' ', 's', 'e', 'c', 'r', 'e', 't'};
  Sha256 hash;
  hash.update(ConstBytes(kSecret));
  hash.update(manifest);
  hash.finish(MutableBytes(out));
}

/// The Authentication policy of the builds that take signed patches only.
struct SecretAuthentication {
  static constexpr bool kAllowsUnsigned = false;

  void set_revoked(std::uint32_t) {}
  template <class Digests>
  Status verify(const ManifestToVerify& manifest, Digests&) {
    std::uint8_t expected[32];
    sign(manifest.signed_bytes, expected);
    return equal_bytes(manifest.block, ConstBytes(expected)) ? Status::ok : Status::bad_signature;
  }
  template <class Digests>
  Status revocations(ConstBytes, std::uint32_t& keys, Digests&) const {
    keys = 0;
    return Status::ok;
  }
};

/// What all builds have in common.
struct CommonConfig : DefaultConfig<test::SimulatedFlash> {
  using Decoder = codec::Decoder<codec::SmallConfig>;
  using Authentication = AllowUnsigned;
  using Observer = WrittenObserver;
  static constexpr bool kFormat1 = true;
  static constexpr std::uint32_t kPageSize = faults::kPageSize;
  static constexpr std::uint32_t kWorkPerCall = faults::kPageSize;
  static constexpr std::uint32_t kCheckpointInterval = faults::kCheckpointInterval;
  static constexpr std::uint8_t kTrialBoots = faults::kTrialBoots;
  static constexpr std::uint8_t kMostAttempts = faults::kMostAttempts;
};

/// Where a device keeps its journal. The general case: in the slots' flash, in the layout's third region.
template <class Config>
struct JournalGear {
  JournalGear(const Workload&, test::SimulatedFlash&) {}
  void attach(ModelStore<Config>& store, test::SimulatedFlash& flash, const Layout& layout) {
    store.attach(flash, layout);
  }
};

template <class Config>
class DeviceOf : public Device {
 public:
  DeviceOf(const Workload& work, test::SimulatedFlash& flash, const Layout& layout) : journal_(work, flash) {
    journal_.attach(store_, flash, layout);
    staging_.attach(store_.port(), work.staging);
    for (unsigned i = 0; i < 2; ++i) {
      tmd::Policies<Config> policies{};
      policies.observer.written = &written_[i];
      updaters_[i].attach(store_, policies);
    }
  }

  Status boot(const FactoryModel& factory) override { return store_.boot(factory); }
  ActiveModel active() const override { return store_.active(); }
  Status verify_active() override { return store_.verify_active(); }
  Status confirm() override { return store_.confirm(); }
  Status revert() override { return store_.revert(); }
  Status reset() override { return store_.reset(); }
  Status allow_again() override { return store_.allow_again(); }
  std::uint32_t security_counter() const override { return store_.snapshot().security_counter; }

  Status begin() override {
    written_[in_use_] = 0;
    return updater().begin();
  }
  Status resume(std::uint32_t identity) override {
    written_[in_use_] = 0;
    return updater().resume(identity);
  }
  FeedResult feed_at(std::uint32_t offset, ConstBytes bytes) override {
    return updater().feed_at(offset, bytes);
  }
  Status finish() override { return updater().finish(); }
  Status abort() override { return updater().abort(); }
  std::uint32_t resume_offset() const override { return updaters_[in_use_].resume_offset(); }
  Status open_staging(const FragmentPlan& plan) override { return staging_.open(plan); }
  Status store_fragment(std::uint32_t index, ConstBytes bytes) override {
    return staging_.store(index, bytes);
  }
  bool is_missing(std::uint32_t index) override {
    std::uint32_t missing = 0;
    return staging_.next_missing(index, missing) && missing == index;
  }
  Status apply_staged() override { return tmd::apply_staged(staging_, updater()); }
  void change_updaters() override { in_use_ ^= 1U; }
  std::uint32_t written() const override { return written_[in_use_]; }

 private:
  Updater<Config>& updater() { return updaters_[in_use_]; }

  JournalGear<Config> journal_;
  ModelStore<Config> store_;
  Updater<Config> updaters_[2];
  Staging<test::SimulatedFlash> staging_;
  std::uint32_t written_[2] = {};
  unsigned in_use_ = 0;
};

}  // namespace tmd::faults
