// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/digests.hpp"
#include "tmd/internal/store/layout.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/journal/journal.hpp"

namespace tmd {

/// The model that the product was made with, programmed into slot A before the first boot. Its digest proves,
/// once, that slot A really holds it. Length 0: there is none.
using FactoryModel = ModelRecord;

/// The model to run: where it lies in flash and what is known of it.
struct ActiveModel : ModelRecord {
  SlotId slot = SlotId::a;
  Region region;  ///< Flash offset of the model's first byte, and its length.
  ModelState state = ModelState::none;
};

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
  using Journal = tmd::Journal<Flash, sizeof(Snapshot)>;

  ModelStore(Flash& flash, const Layout& layout)
      : flash_(flash), regions_{layout.slot_a, layout.slot_b, layout.journal}, journal_(flash) {}

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
      const Status status = write();
      if (status != Status::ok) return status;
    }
    return has_model() ? Status::ok : Status::not_found;
  }

  ActiveModel active() const {
    ActiveModel active;
    if (!has_model()) return active;
    static_cast<ModelRecord&>(active) = snapshot_.model(snapshot_.active);
    active.slot = snapshot_.active;
    active.region = active_region();
    active.state = snapshot_.state;
    return active;
  }

  /// The self-test that came with the model on trial (tmd/self_test.hpp): flash offset and bytes; size
  /// 0 where there is none.
  Region self_test() const {
    const Region model = active_region();
    if (snapshot_.state != ModelState::trial) return Region();
    return Region{model.address + model.size, snapshot_.self_test_size};
  }

  /// Reads the whole active model and compares its digest: ok, target_mismatch, read_failed, not_found.
  Status verify_active() {
    if (!has_model()) return Status::not_found;
    return check(snapshot_.active, snapshot_.model(snapshot_.active));
  }

  /// The model on trial is good: it stays. ok; wrong_state where none is on trial; would_block; flash errors.
  Status confirm() {
    if (snapshot_.state != ModelState::trial) return Status::wrong_state;
    Snapshot& next = change();
    next.state = ModelState::confirmed;
    next.boots_left = 0;
    return write();
  }

  /// Back to the previous model, which an update has not yet overwritten. The model that was active is
  /// forgotten. ok; nothing_to_revert; target_mismatch, read_failed: the previous model is damaged and nothing
  /// has changed; would_block; flash errors. The security counter stays where it is. Reads the previous model.
  Status revert() {
    const SlotId previous = other(snapshot_.active);
    const ModelRecord& model = snapshot_.model(previous);
    if (!model.present) return Status::nothing_to_revert;
    const Status status = check(previous, model);
    if (status != Status::ok) return status;
    go_back(change());
    return write();
  }

  const Snapshot& snapshot() const { return snapshot_; }
  const Region& slot(SlotId id) const { return regions_[static_cast<unsigned>(id)]; }
  Flash& flash() { return flash_; }
  Journal& journal() { return journal_; }
  bool has_model() const { return snapshot_.state != ModelState::none; }
  /// Where the active model lies; empty where there is none.
  Region active_region() const {
    return Region{slot(snapshot_.active).address, snapshot_.model(snapshot_.active).length};
  }
  SlotId inactive_slot() const { return has_model() ? other(snapshot_.active) : SlotId::a; }

  /// Lets `digests` go through the first `length` bytes of a slot: ok, unsupported_digest, read_failed. Blocks
  /// while it reads.
  [[nodiscard]] Status digest_slot(SlotId id, std::uint32_t length, DigestKind kind, Digests& digests) {
    Status status = digests.begin(kind);
    for (std::uint32_t done = 0; status == Status::ok && done < length;) {
      std::uint8_t chunk[64];
      const MutableBytes part = MutableBytes(chunk).first(length - done);
      status = flash_.read(slot(id).address + done, part);
      if (status == Status::ok) digests.update(part);
      done += sizeof(chunk);
    }
    return status;
  }
  /// Holds the first `length` bytes of a slot against their digest: ok, target_mismatch; else as digest_slot.
  [[nodiscard]] Status check(SlotId id, std::uint32_t length, const Digest& expected) {
    Digests digests;
    const Status status = digest_slot(id, length, expected.kind, digests);
    return status != Status::ok || digests.finish() == expected ? status : Status::target_mismatch;
  }

  // For the updater. Each is one durable step and repeated on would_block.

  /// The inactive slot is about to be overwritten by the patch with this manifest CRC.
  Status begin_update(std::uint32_t identity) {
    if (!mounted_) return Status::wrong_state;
    Snapshot& next = change();
    // A slot whose last writing was cut short has a doubtful place that only erasing removes.
    if (next.updating) next.inactive_torn = true;
    next.model(inactive_slot()).present = false;
    next.updating = true;
    next.continues_state = false;
    next.update_identity = identity;
    return write();
  }

  /// What the store shall know of the model that the inactive slot holds, proven; to be filled in before
  /// `commit`. `trial_boots` 0: it is confirmed at once. `self_test_size`: bytes of its self-test, which lies
  /// behind it.
  ModelRecord& successor(std::uint8_t trial_boots, std::uint32_t security_counter, std::uint32_t revoked_keys,
                         std::uint16_t self_test_size) {
    Snapshot& next = change();
    next.active = inactive_slot();
    next.self_test_size = self_test_size;
    // The very first model has nothing to fall back to.
    next.boots_left = has_model() ? trial_boots : std::uint8_t{0};
    next.state = next.boots_left == 0 ? ModelState::confirmed : ModelState::trial;
    next.updating = false;
    next.inactive_torn = false;
    if (security_counter > next.security_counter) next.security_counter = security_counter;
    next.revoked_keys |= revoked_keys;
    ModelRecord& model = next.model(next.active);
    model.present = true;
    return model;
  }
  /// Switches to the successor.
  Status commit() { return write(); }

  /// The update that was being written is given up; its progress is forgotten.
  Status abandon_update() {
    if (!snapshot_.updating) return Status::ok;
    Snapshot& next = change();
    next.updating = false;
    next.inactive_torn = true;
    return write();
  }

  /// The record just appended to a fresh bank holds the update's state: the snapshot behind it makes the bank
  /// count.
  Status continue_from_state() {
    change().continues_state = true;
    return write();
  }

 private:
  Status check(SlotId id, const ModelRecord& model) { return check(id, model.length, model.digest); }

  Status mount(const FactoryModel& factory) {
    Status status = check_layout(flash_, regions_);
    if (status != Status::ok) return status;
    Record record{};
    if (journal_.mount(regions_[2], record) == Status::ok && record.payload_length == sizeof(Snapshot)) {
      status = journal_.read(record, 0, memory_of(snapshot_));
      if (status != Status::ok) return status;
      account_for_boot();
    } else {
      // A slot that can't be read is reported once; an update can still fill it.
      status = adopt(factory);
    }
    mounted_ = true;
    return status;
  }

  void account_for_boot() {
    if (snapshot_.state != ModelState::trial) return;
    boot_record_due_ = true;
    Snapshot& next = change();
    if (next.boots_left == 0) {
      go_back(next);
    } else {
      --next.boots_left;
    }
  }

  Status adopt(const FactoryModel& factory) {
    if (factory.length == 0 || factory.length > regions_[0].size) return Status::ok;
    const Status status = check(SlotId::a, factory);
    if (status != Status::ok) return status == Status::read_failed ? status : Status::ok;
    next_.model(SlotId::a) = factory;
    next_.model(SlotId::a).present = true;
    next_.state = ModelState::confirmed;
    boot_record_due_ = true;
    return Status::ok;
  }

  static void go_back(Snapshot& next) {
    next.model(next.active).present = false;
    next.active = other(next.active);
    next.state = ModelState::reverted;
    next.boots_left = 0;
    next.updating = false;
  }

  /// What the store shall know next, to be changed and then written.
  [[gnu::noinline]] Snapshot& change() {
    next_ = snapshot_;
    return next_;
  }

  /// Makes `next_` the truth.
  Status write() {
    const Status status = journal_.append_snapshot(memory_of(next_));
    if (status != Status::ok) return status;
    snapshot_ = next_;
    boot_record_due_ = false;
    return Status::ok;
  }

  Flash& flash_;
  bool mounted_ = false;
  bool boot_record_due_ = false;
  Snapshot snapshot_{};
  Snapshot next_{};
  Region regions_[3];  ///< Slot A, slot B, journal.
  Journal journal_;
};

}  // namespace tmd
