// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/digests.hpp"
#include "tmd/journal/journal.hpp"
#include "tmd/store/layout.hpp"
#include "tmd/store/snapshot.hpp"

namespace tmd {

/// The model that the product was made with, programmed into slot A before the first boot.
struct FactoryModel {
  std::uint32_t length = 0;  ///< Bytes; 0: there is none.
  Digest digest;             ///< Proves, once, that slot A really holds it.
  ModelVersion version;
};

/// The model to run: where it lies in flash and what is known of it.
struct ActiveModel {
  bool present = false;
  SlotId slot = SlotId::a;
  Region region;  ///< Flash offset of the model's first byte, and its length.
  Digest digest;
  ModelVersion version;
  ModelState state = ModelState::none;
};

/// The digest of `length` bytes of flash at `address`: ok, unsupported_digest, read_failed. Blocks while it
/// reads.
template <class Digests, class Flash>
[[nodiscard]] Status digest_of_flash(Flash& flash, Region region, DigestKind kind, Digest& digest) {
  Digests digests;
  Status status = digests.begin(kind);
  for (std::uint32_t done = 0; status == Status::ok && done < region.size;) {
    std::uint8_t chunk[64] = {};
    std::uint32_t count = region.size - done;
    if (count > sizeof(chunk)) count = sizeof(chunk);
    const MutableBytes part = MutableBytes(chunk).first(count);
    status = flash.read(region.address + done, part);
    digests.update(part);
    done += count;
  }
  if (status == Status::ok) digest = digests.finish();
  return status;
}

/// Two slots and a journal: which model is active, how it got there, and the way back.
///
///     tmd::ModelStore<MyFlash> store(flash, kLayout);
///     while ((status = store.boot(kFactory)) == tmd::Status::would_block) wait();
///     run(store.active().region.address);
///     if (self_test_passed()) store.confirm();
///
/// Every change is one journal record: it has happened when the call returns ok, and not at all where power
/// went before. Calls that answer `would_block` are repeated with the same arguments.
template <class Flash, class Digests = AllDigests>
class ModelStore {
  static_assert(check_flash_policy<Flash>(), "");
  static_assert(check_digests_policy<Digests>(), "");

 public:
  ModelStore(Flash& flash, const Layout& layout)
      : flash_(flash), layout_(layout), journal_(flash, layout.journal) {}

  /// Call once at each start, before anything else. Reads the journal; takes one boot off a trial's account,
  /// and where none is left goes back to the previous model; on a new device proves and takes over the
  /// factory model. ok: `active()` is the model to run. not_found: there is no model yet; an update from an
  /// empty base can bring one. would_block: again. invalid_layout; flash errors: `active()` is still right if
  /// it is present.
  Status boot(const FactoryModel& factory = FactoryModel()) {
    if (!mounted_) {
      const Status status = mount(factory);
      if (status != Status::ok) return status;
    }
    if (boot_record_due_) {
      const Status status = write(next_);
      if (status != Status::ok) return status;
      boot_record_due_ = false;
    }
    return active().present ? Status::ok : Status::not_found;
  }

  ActiveModel active() const {
    const ModelRecord& model = snapshot_.model(snapshot_.active);
    ActiveModel active;
    active.present = model.present && snapshot_.state != ModelState::none;
    if (!active.present) return active;
    active.slot = snapshot_.active;
    active.region = Region{layout_.slot(active.slot).address, model.length};
    active.digest = model.digest;
    active.version = model.version;
    active.state = snapshot_.state;
    return active;
  }

  /// The self-test that came with the model on trial (guard/run_self_test.hpp): flash offset and bytes; size
  /// 0 where there is none.
  Region self_test() const {
    const ActiveModel model = active();
    if (model.state != ModelState::trial) return Region();
    return Region{model.region.address + model.region.size, snapshot_.self_test_size};
  }

  /// Reads the whole active model and compares its digest: ok, target_mismatch, read_failed, not_found.
  Status verify_active() {
    const ActiveModel model = active();
    if (!model.present) return Status::not_found;
    Digest digest;
    const Status status = digest_of_flash<Digests>(flash_, model.region, model.digest.kind, digest);
    if (status != Status::ok) return status;
    return digest == model.digest ? Status::ok : Status::target_mismatch;
  }

  /// The model on trial is good: it stays. ok; wrong_state where none is on trial; would_block; flash errors.
  Status confirm() {
    if (snapshot_.state != ModelState::trial) return Status::wrong_state;
    Snapshot next = snapshot_;
    next.state = ModelState::confirmed;
    next.boots_left = 0;
    return write(next);
  }

  /// Back to the previous model, which an update has not yet overwritten. The model that was active is
  /// forgotten. ok; nothing_to_revert; would_block; flash errors. The security counter stays where it is.
  Status revert() {
    if (!snapshot_.model(other(snapshot_.active)).present) return Status::nothing_to_revert;
    return write(reverted());
  }

  const Snapshot& snapshot() const { return snapshot_; }
  const Layout& layout() const { return layout_; }
  Flash& flash() { return flash_; }
  Journal<Flash>& journal() { return journal_; }
  SlotId inactive_slot() const { return active().present ? other(snapshot_.active) : SlotId::a; }

  // For the updater. Each is one durable step and repeated on would_block.

  /// The inactive slot is about to be overwritten by the patch with this manifest CRC.
  Status begin_update(std::uint32_t identity) {
    if (!mounted_) return Status::wrong_state;
    if (snapshot_.state == ModelState::trial) return Status::trial_pending;
    Snapshot next = snapshot_;
    // A slot whose last writing was cut short has a doubtful place that only erasing removes.
    next.inactive_settled = !snapshot_.updating && snapshot_.inactive_settled;
    next.model(inactive_slot()) = ModelRecord();
    next.updating = true;
    next.continues_state = false;
    next.update_identity = identity;
    return write(next);
  }

  /// The inactive slot holds this model, proven: switch to it. `trial_boots` 0: confirmed at once.
  /// `self_test_size`: bytes of its self-test, which lies behind it.
  Status commit(const ModelRecord& model, std::uint8_t trial_boots, std::uint32_t security_counter,
                std::uint32_t revoked_keys, std::uint16_t self_test_size = 0) {
    Snapshot next = snapshot_;
    next.self_test_size = self_test_size;
    const bool first = !active().present;
    next.active = inactive_slot();
    next.model(next.active) = model;
    next.model(next.active).present = true;
    // The very first model has nothing to fall back to.
    next.state = trial_boots == 0 || first ? ModelState::confirmed : ModelState::trial;
    next.boots_left = next.state == ModelState::trial ? trial_boots : std::uint8_t{0};
    next.updating = false;
    next.inactive_settled = true;
    if (security_counter > next.security_counter) next.security_counter = security_counter;
    next.revoked_keys |= revoked_keys;
    return write(next);
  }

  /// The update that was being written is given up; its progress is forgotten.
  Status abandon_update() {
    if (!snapshot_.updating) return Status::ok;
    Snapshot next = snapshot_;
    next.updating = false;
    next.inactive_settled = false;
    return write(next);
  }

  /// The record just appended to a fresh bank holds the update's state: the snapshot behind it makes the bank
  /// count.
  Status continue_from_state() {
    Snapshot next = snapshot_;
    next.continues_state = true;
    return write(next);
  }

 private:
  Status mount(const FactoryModel& factory) {
    Status status = check_layout(flash_, layout_);
    if (status != Status::ok) return status;
    Record record;
    if (journal_.mount(record) == Status::ok && record.payload_length == sizeof(Snapshot)) {
      status = flash_.read(record.payload_address,
                           MutableBytes(reinterpret_cast<std::uint8_t*>(&snapshot_), sizeof(Snapshot)));
      if (status != Status::ok) return status;
      next_ = snapshot_;
      account_for_boot();
    } else {
      adopt(factory);
    }
    mounted_ = true;
    return Status::ok;
  }

  void account_for_boot() {
    if (snapshot_.state != ModelState::trial) return;
    boot_record_due_ = true;
    if (snapshot_.boots_left == 0) {
      next_ = reverted();
    } else {
      --next_.boots_left;
    }
  }

  void adopt(const FactoryModel& factory) {
    if (factory.length == 0 || factory.length > layout_.slot_a.size) return;
    Digest digest;
    const Region region{layout_.slot_a.address, factory.length};
    if (digest_of_flash<Digests>(flash_, region, factory.digest.kind, digest) != Status::ok) return;
    if (digest != factory.digest) return;
    ModelRecord& model = next_.model(SlotId::a);
    model.present = true;
    model.length = factory.length;
    model.digest = factory.digest;
    model.version = factory.version;
    next_.state = ModelState::confirmed;
    boot_record_due_ = true;
  }

  Snapshot reverted() const {
    Snapshot next = snapshot_;
    next.model(snapshot_.active) = ModelRecord();
    next.active = other(snapshot_.active);
    next.state = ModelState::reverted;
    next.boots_left = 0;
    next.updating = false;
    return next;
  }

  Status write(const Snapshot& next) {
    const ConstBytes bytes(reinterpret_cast<const std::uint8_t*>(&next), sizeof(Snapshot));
    const Status status = journal_.append_snapshot(Payload{{bytes, ConstBytes(), ConstBytes()}});
    if (status == Status::ok) snapshot_ = next;
    return status;
  }

  Flash& flash_;
  Layout layout_;
  Journal<Flash> journal_;
  Snapshot snapshot_;
  Snapshot next_;
  bool mounted_ = false;
  bool boot_record_due_ = false;
};

}  // namespace tmd
