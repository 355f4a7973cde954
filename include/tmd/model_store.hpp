// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/digests.hpp"
#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/guard/facts.hpp"
#include "tmd/internal/store/digest_source.hpp"
#include "tmd/internal/store/journal_place.hpp"
#include "tmd/internal/store/layout.hpp"
#include "tmd/internal/store/slot_writer.hpp"
#include "tmd/internal/store/snapshot.hpp"

namespace tmd {

/// The model that the product was made with, programmed into slot A before the first boot. Its digest shows,
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
///     static tmd::ModelStore<MyConfig> store;
///
///     store.attach(flash, kLayout);
///     while ((status = store.boot(kFactory)) == tmd::Status::would_block) wait();
///     run(store.active().region.address);
///     if (self_test_passed()) store.confirm();
///
/// Every change is one journal state: it has happened when the call returns ok, and not at all where power went
/// before. Calls that answer `would_block` are repeated with the same arguments. A call does at most the flash
/// work of the configuration's `kWorkPerCall`; it may read a whole model. One store to a device: it is not
/// copied, and it outlives its updaters. All zero until `attach`: a static one needs no start-up code.
template <class Config>
class ModelStore {
 public:
  using Flash = typename Config::Flash;
  using Digests = typename Config::Digests;
  using Journal = typename Config::Journal;
  using Port = FlashPort<Flash>;
  using Writer = SlotWriter<Flash, Config::kPageSize>;

  constexpr ModelStore() = default;
  constexpr ModelStore(Flash& flash, const Layout& layout) { attach(flash, layout); }
  constexpr ModelStore(Flash& flash, Journal& journal, const Layout& layout) {
    attach(flash, journal, layout);
  }
  ModelStore(const ModelStore&) = delete;
  ModelStore& operator=(const ModelStore&) = delete;

  /// With the journal in the layout's third region.
  constexpr void attach(Flash& flash, const Layout& layout) {
    static_assert(decltype(journal_)::kOwned,
                  "this Config's Journal does not lie in the slots' flash: attach(flash, journal, layout)");
    port_.attach(flash);
    journal_.attach(port_, layout.journal);
    layout_ = layout;
  }
  /// With a journal elsewhere: on another flash, or of another kind. It outlives the store.
  constexpr void attach(Flash& flash, Journal& journal, const Layout& layout) {
    static_assert(!decltype(journal_)::kOwned,
                  "this Config's Journal lies in the slots' flash: attach(flash, layout)");
    port_.attach(flash);
    journal_.give(journal);
    layout_ = layout;
  }
  /// Where digests are computed, for a hash unit with a handle; before `boot`. It outlives the store.
  constexpr void use_digests(Digests& digests) { digests_.give(digests); }

  /// Call once at each start, before anything else, until the answer is not would_block. Reads the journal;
  /// takes one boot off a trial's account, and where none is left goes back to the previous model, if that is
  /// whole; on a new device verifies and takes over the factory model; ends an `erase_previous` or `wipe` that
  /// power cut. With `kBootCheck` it reads the active model, and falls back to the previous one where it is
  /// damaged.
  ///
  /// ok: `active()` is the model to run. not_found: there is no model yet. factory_mismatch: there is none, and
  /// slot A does not hold the stated one. model_damaged: there is no whole model. For these an update from an
  /// empty base is the way on, and `begin` is allowed. invalid_layout, journal_lost, unknown_record,
  /// other_version, other_layout, other_product: nothing was adopted and nothing is overwritten; `reset` is the
  /// only call that does anything. journal_worn and flash errors: `active()` is right all the same, but this boot
  /// could not be written down.
  [[nodiscard]] Status boot(const FactoryModel& factory = FactoryModel()) {
    if (!is_attached()) return Status::wrong_state;
    Status status = enter();
    if (status == Status::ok && phase_ == Phase::unmounted) status = mount(factory);
    if (status == Status::ok && phase_ == Phase::restore) status = restore();
    if (status == Status::ok && phase_ == Phase::judge) judge();
    if (phase_ == Phase::record) status = record_boot();
    if (status == Status::ok && phase_ == Phase::erase) status = go_on_erasing();
    if (status != Status::ok) return status;
    phase_ = Phase::ready;
    if (!is_usable_) return Status::model_damaged;
    if (has_model()) return Status::ok;
    return factory.length == 0 ? Status::not_found : Status::factory_mismatch;
  }

  /// The same, and asks this firmware's `limits` about the facts that came with the model. model_unsuitable: the
  /// firmware can't run the model it found; `active()` is now the previous one where that is whole and suits,
  /// else empty until an update brings a model that does. A model without facts counts as suitable.
  template <class Limits>
  [[nodiscard]] Status boot(const FactoryModel& factory, Limits& limits) {
    const Status status = boot(factory);
    if (status != Status::ok || suits(snapshot_.active, limits)) return status;
    const SlotId previous = other(snapshot_.active);
    is_usable_ = snapshot_.model(previous).present && suits(previous, limits) &&
                 check(previous, snapshot_.model(previous)) == Status::ok;
    if (is_usable_) {
      go_back(change());
      if (write() == Status::would_block) return Status::would_block;
    }
    return Status::model_unsuitable;
  }

  /// Empty (`present` is false) where there is no model that may be run.
  ActiveModel active() const {
    ActiveModel active;
    if (!has_model() || !is_usable_ || phase_ != Phase::ready) return active;
    static_cast<ModelRecord&>(active) = snapshot_.model(snapshot_.active);
    active.slot = snapshot_.active;
    active.region = active_region();
    active.state = snapshot_.state;
    return active;
  }

  /// The self-test that came with the model on trial (tmd/self_test.hpp): flash offset and bytes; size 0 where
  /// there is none.
  Region self_test() const {
    const Region model = active_region();
    if (snapshot_.state != ModelState::trial) return Region();
    return Region{model.address + model.size, snapshot_.model(snapshot_.active).self_test_size};
  }

  /// Reads the whole active model and compares its digest: ok, target_mismatch, read_failed, not_found.
  [[nodiscard]] Status verify_active() {
    if (!has_model()) return Status::not_found;
    return check(snapshot_.active, snapshot_.model(snapshot_.active));
  }

  /// The model on trial is good: it stays. ok; wrong_state where none is on trial; would_block; flash errors.
  [[nodiscard]] Status confirm() {
    if (snapshot_.state != ModelState::trial) return Status::wrong_state;
    const Status status = enter_ready();
    if (status != Status::ok) return status;
    Snapshot& next = change();
    next.state = ModelState::confirmed;
    next.boots_left = 0;
    return write();
  }

  /// Back to the previous model, which an update has not yet overwritten. The model that was active is
  /// forgotten. ok; nothing_to_revert; target_mismatch, read_failed: the previous model is damaged and nothing
  /// has changed; would_block; flash errors. The security counter stays where it is. Reads the previous model.
  [[nodiscard]] Status revert() {
    const SlotId previous = other(snapshot_.active);
    const ModelRecord& model = snapshot_.model(previous);
    if (!model.present) return Status::nothing_to_revert;
    Status status = enter_ready();
    if (status == Status::ok) status = check(previous, model);
    if (status != Status::ok) return status;
    go_back(change());
    status = write();
    if (status == Status::ok) is_usable_ = true;
    return status;
  }

  /// Erases the slot that is not active, so that no old weights stay behind: the model to go back to is gone. ok;
  /// wrong_state while a model is on trial or an update is open; would_block; flash errors. After a cut `boot`
  /// goes on with it.
  [[nodiscard]] Status erase_previous() {
    if (snapshot_.state == ModelState::trial || snapshot_.updating) return Status::wrong_state;
    return erase_slots(1U << static_cast<unsigned>(inactive_slot()));
  }

  /// Erases both slots and every byte of patches that the journal holds. The security counter and revoked keys
  /// stay, so that no old patch is taken afterwards. A staging area has a `wipe` of its own: first that one, then
  /// this. ok: there is no model any more; would_block; flash errors. After a cut `boot` goes on with it.
  [[nodiscard]] Status wipe() { return erase_slots(3); }

  /// Starts the journal anew, in any state of it: no model, no update. Security counter and revoked keys are kept
  /// where they can be read; where they can't, the counter becomes `least_counter`. For service: after
  /// journal_lost, or firmware with another layout. The next `boot` takes over a factory model if slot A holds
  /// it. ok; would_block; flash errors.
  [[nodiscard]] Status reset(std::uint32_t least_counter = 0) {
    if (!is_attached()) return Status::wrong_state;
    Status status = enter();
    const bool readable = phase_ != Phase::unmounted || is_foreign_;
    if (status == Status::ok && !readable) status = journal().wipe();
    if (status != Status::ok) return status;
    stamp(next_ = Snapshot());
    next_.revoked_keys = snapshot_.revoked_keys;
    next_.security_counter = snapshot_.security_counter;
    if (next_.security_counter < least_counter) next_.security_counter = least_counter;
    status = write();
    if (status == Status::ok) phase_ = Phase::unmounted;
    return status;
  }

  /// Lets a patch be tried again that was refused too often (`too_many_attempts`). ok; would_block; flash errors.
  [[nodiscard]] Status allow_again() {
    const Status status = enter_ready();
    if (status != Status::ok || snapshot_.attempts == 0) return status;
    change().attempts = 0;
    return write(Log::keep);
  }

  const Snapshot& snapshot() const { return snapshot_; }
  const Region& slot(SlotId id) const { return layout_.slot(id); }
  /// The driver's port, to be shared with a staging area in the same flash.
  Port& port() { return port_; }
  Journal& journal() { return journal_.get(); }
  bool has_model() const { return snapshot_.state != ModelState::none; }
  bool is_ready() const { return phase_ == Phase::ready; }
  /// Where the active model lies; empty where there is none.
  Region active_region() const {
    return Region{slot(snapshot_.active).address, snapshot_.model(snapshot_.active).length};
  }
  SlotId inactive_slot() const { return has_model() ? other(snapshot_.active) : SlotId::a; }

  /// Lets digests go through the first `length` bytes of a slot: ok, unsupported_digest, read_failed. Blocks
  /// while it reads.
  [[nodiscard]] Status digest_slot(SlotId id, std::uint32_t length, DigestKind kind, Digest& result) {
    return digests_.with([&](Digests& digests) {
      Status status = digests.begin(kind);
      for (std::uint32_t done = 0; status == Status::ok && done < length;) {
        std::uint8_t chunk[64];
        const MutableBytes part = MutableBytes(chunk).first(length - done);
        status = port_.read(slot(id).address + done, part);
        if (status == Status::ok) digests.update(part);
        done += sizeof(chunk);
      }
      if (status == Status::ok) result = digests.finish();
      return status;
    });
  }
  /// Holds the first `length` bytes of a slot against their digest: ok, target_mismatch; else as digest_slot.
  [[nodiscard]] Status check(SlotId id, std::uint32_t length, const Digest& expected) {
    Digest found;
    const Status status = digest_slot(id, length, expected.kind, found);
    return status != Status::ok || found == expected ? status : Status::target_mismatch;
  }

  // For the updater. Each write is one durable step and repeated on would_block.

  Writer& writer() { return writer_; }

  /// A public call begins: the driver ends what it is at, and this call's share of work is counted from here.
  [[nodiscard]] Status enter() {
    port_.allow(Config::kWorkPerCall);
    journal().allow(Config::kWorkPerCall);
    const Status status = port_.settle();
    return status == Status::ok ? journal().settle() : status;
  }

  /// Changes with every state that is written and every updater that takes over: an updater that was not the one to
  /// cause it must not write any more.
  std::uint32_t epoch() const { return epoch_; }
  /// The inactive slot belongs to an updater, until it is released.
  void hold() { is_held_ = true; }
  void release() { is_held_ = false; }
  std::uint32_t take_over() {
    release();
    return ++epoch_;
  }

  /// The inactive slot is about to be overwritten by the patch with this identity. wrong_state where it belongs to
  /// an updater.
  [[nodiscard]] Status begin_update(std::uint32_t identity) {
    if (is_held_) return Status::wrong_state;
    Snapshot& next = change();
    // Where the last writing of the slot was cut short there is a torn place.
    if (next.updating) next.settled_of(inactive_slot()) = 0;
    if (next.update_identity != identity) next.attempts = 0;
    next.model(inactive_slot()).present = false;
    next.updating = true;
    next.update_identity = identity;
    return write();
  }

  /// What the store is to know of the model that the inactive slot holds, verified; to be filled in before
  /// `commit`. `trial_boots` 0: it is confirmed at once.
  ModelRecord& successor(std::uint8_t trial_boots, std::uint32_t security_counter,
                         std::uint32_t revoked_keys) {
    Snapshot& next = change();
    next.active = inactive_slot();
    // The very first model has nothing to fall back to.
    next.boots_left = has_model() ? trial_boots : std::uint8_t{0};
    next.state = next.boots_left == 0 ? ModelState::confirmed : ModelState::trial;
    next.updating = false;
    next.attempts = 0;
    if (security_counter > next.security_counter) next.security_counter = security_counter;
    next.revoked_keys |= revoked_keys;
    ModelRecord& model = next.model(next.active);
    model.present = true;
    return model;
  }
  /// Switches to the successor, which takes so many bytes of its slot.
  [[nodiscard]] Status commit(std::uint32_t slot_bytes) {
    const std::uint32_t start = slot(next_.active).address;
    const std::uint32_t end =
        slot_bytes == 0 ? 0 : erase_block_at(port_, start + slot_bytes - 1).end() - start;
    if (next_.settled_of(next_.active) < end) next_.settled_of(next_.active) = end;
    const Status status = write();
    if (status == Status::ok) is_usable_ = true;
    return status;
  }

  /// The update that was being written is given up; its progress is forgotten. `refused`: because of its body,
  /// which is counted.
  [[nodiscard]] Status abandon_update(bool refused) {
    if (!snapshot_.updating) return Status::ok;
    Snapshot& next = change();
    next.updating = false;
    next.settled_of(inactive_slot()) = 0;
    if (refused && next.attempts != 0xFF) ++next.attempts;
    return write();
  }

  /// What the journal's new log begins with is durable: the log counts from here on.
  [[nodiscard]] Status continue_in_new_log() {
    change();
    return write();
  }

 private:
  /// How far `boot` has come.
  enum class Phase : std::uint8_t { unmounted, restore, judge, record, erase, ready };

  static_assert(check_flash_policy<Flash>() && check_journal_policy<Journal>() &&
                    check_digests_policy<Digests>(),
                "");

  constexpr bool is_attached() const {
    return port_.is_attached() && journal_.is_attached() && digests_.is_ready();
  }
  Status enter_ready() { return is_ready() ? enter() : Status::wrong_state; }
  Status check(SlotId id, const ModelRecord& model) { return check(id, model.length, model.digest); }

  Status mount(const FactoryModel& factory) {
    const bool sound = has_sound_slots(port_, layout_) && Config::kPageSize % unit_of(SlotId::a) == 0 &&
                       Config::kPageSize % unit_of(SlotId::b) == 0 &&
                       !journal().overlaps(&port_.driver(), layout_.slot_a) &&
                       !journal().overlaps(&port_.driver(), layout_.slot_b);
    if (!sound) return Status::invalid_layout;
    std::uint32_t length = 0;
    Status status = journal().mount(memory_of(next_), length);
    const bool is_new = status == Status::not_found;
    if (status == Status::ok) status = judge_journal(length);
    if (status != Status::ok && !is_new) return status;
    if (is_new) stamp(next_ = Snapshot());
    is_usable_ = true;
    is_adopted_ = next_.state == ModelState::none && !next_.updating && next_.erasing == 0 && adopt(factory);
    snapshot_ = next_;
    phase_ = is_new ? (is_adopted_ ? Phase::record : Phase::ready) : Phase::restore;
    return Status::ok;
  }

  /// Marks a snapshot as one of this firmware's.
  void stamp(Snapshot& snapshot) const {
    snapshot.format = Snapshot::kFormat;
    snapshot.layout = layout_.fingerprint();
    snapshot.product = Config::kProduct;
  }

  std::uint32_t unit_of(SlotId id) const { return port_.program_size(slot(id).address); }

  /// Whether the state that was read is one of this firmware's. What it says of counter and keys is kept for
  /// `reset` also where it is not.
  Status judge_journal(std::uint32_t length) {
    if (length != sizeof(Snapshot) || next_.format != Snapshot::kFormat) return Status::other_version;
    bool sane = next_.active <= SlotId::b && next_.state <= ModelState::reverted;
    for (unsigned i = 0; sane && i < 2; ++i) {
      const ModelRecord& model = next_.models[i];
      sane = fits(model.length, model.trailer_size(), slot(static_cast<SlotId>(i)).size);
    }
    is_foreign_ = true;
    snapshot_.security_counter = next_.security_counter;
    snapshot_.revoked_keys = next_.revoked_keys;
    if (next_.product != Config::kProduct) return Status::other_product;
    if (next_.layout != layout_.fingerprint()) return Status::other_layout;
    return sane ? Status::ok : Status::journal_lost;
  }

  /// Takes the factory model over where slot A holds it.
  bool adopt(const FactoryModel& factory) {
    if (factory.length == 0 || factory.length > slot(SlotId::a).size ||
        check(SlotId::a, factory) != Status::ok)
      return false;
    next_.active = SlotId::a;
    next_.model(SlotId::a) = factory;
    next_.model(SlotId::a).present = true;
    next_.state = ModelState::confirmed;
    return true;
  }

  /// The state is protected again before anything is written. Where that fails it still is the state.
  Status restore() {
    if (journal().restore_state() == Status::would_block) return Status::would_block;
    phase_ = Phase::judge;
    return Status::ok;
  }

  /// What this boot changes: a trial goes on or ends, and with `kBootCheck` a damaged model is left.
  void judge() {
    Snapshot& next = change();
    bool changed = is_adopted_;
    if (next.state == ModelState::trial) {
      if (next.boots_left == 0) {
        changed = previous_is_whole();
        if (changed) go_back(next);
      } else {
        --next.boots_left;
        changed = true;
      }
    }
    if (Config::kBootCheck && has_model() && check(next.active, next.model(next.active)) != Status::ok) {
      is_usable_ = next.active == snapshot_.active && previous_is_whole();
      changed = changed || is_usable_;
      if (is_usable_) go_back(next);
    }
    phase_ = changed ? Phase::record : Phase::erase;
  }
  bool previous_is_whole() {
    const SlotId previous = other(snapshot_.active);
    return snapshot_.model(previous).present && check(previous, snapshot_.model(previous)) == Status::ok;
  }

  /// Where this boot can't be written down the device runs on what is right all the same.
  Status record_boot() {
    const Status status = write();
    if (status == Status::would_block) return status;
    snapshot_ = next_;
    is_adopted_ = false;
    phase_ = status == Status::ok ? Phase::erase : Phase::ready;
    return status;
  }

  Status erase_slots(unsigned slots) {
    Status status = enter_ready();
    if (status == Status::ok && (snapshot_.erasing & slots) != slots) {
      Snapshot& next = change();
      next.erasing = static_cast<std::uint8_t>(slots);
      for (unsigned i = 0; i < 2; ++i) {
        if ((slots >> i & 1U) != 0) next.models[i] = ModelRecord();
      }
      if (slots == 3) next.state = ModelState::none;
      next.updating = false;
      release();
      erased_ = 0;
      scrubbed_ = 0;
      status = write();
    }
    return status == Status::ok ? go_on_erasing() : status;
  }

  /// Slots, block by block; then, where both go, the journal's banks, which hold bytes of patches.
  Status go_on_erasing() {
    if (snapshot_.erasing == 0) return Status::ok;
    const Region& a = slot(SlotId::a);
    const Region& b = slot(SlotId::b);
    while (erased_ < a.size + b.size) {
      const bool in_a = erased_ < a.size;
      const std::uint32_t address = in_a ? a.address + erased_ : b.address + erased_ - a.size;
      const bool wanted = (snapshot_.erasing & (in_a ? 1U : 2U)) != 0;
      const Status status = wanted ? port_.erase(address) : Status::ok;
      if (status != Status::ok) return status;
      erased_ += port_.erase_size(address);
    }
    for (; snapshot_.erasing == 3 && scrubbed_ < 4; ++scrubbed_) {
      if ((scrubbed_ & 1U) != 0) change();
      const Status status = (scrubbed_ & 1U) == 0 ? journal().begin_log() : write();
      if (status != Status::ok) return status;
    }
    Snapshot& next = change();
    if ((next.erasing & 1U) != 0) next.settled_of(SlotId::a) = a.size;
    if ((next.erasing & 2U) != 0) next.settled_of(SlotId::b) = b.size;
    next.erasing = 0;
    return write();
  }

  static void go_back(Snapshot& next) {
    next.model(next.active).present = false;
    next.active = other(next.active);
    next.state = ModelState::reverted;
    next.boots_left = 0;
    next.updating = false;
  }

  /// Whether this firmware can run the model in a slot, by the facts that came with it.
  template <class Limits>
  bool suits(SlotId id, Limits& limits) {
    const ModelRecord& model = snapshot_.model(id);
    const FactsPlace place = {slot(id).address + model.length, model.self_test_size, model.facts_size,
                              model.trailer_crc};
    return model.facts_size == 0 || facts_suit<Config>(port_, place, limits);
  }

  /// What the store is to know next, to be changed and then written.
  [[gnu::noinline]] Snapshot& change() {
    next_ = snapshot_;
    return next_;
  }

  /// Makes `next_` the truth.
  Status write(Log log = Log::start) {
    const Status status = journal().write_state(memory_of(next_), log);
    if (status != Status::ok) return status;
    snapshot_ = next_;
    ++epoch_;
    return Status::ok;
  }

  Port port_;
  detail::JournalPlace<Journal, Flash> journal_;
  detail::DigestSource<Digests> digests_;
  Layout layout_;
  Phase phase_ = Phase::unmounted;
  bool is_usable_ = false;   ///< No boot found that the active model can't be run.
  bool is_foreign_ = false;  ///< The journal has a state, which is not this firmware's.
  bool is_adopted_ = false;  ///< This boot took over the factory model.
  bool is_held_ = false;     ///< An updater is writing the inactive slot.
  std::uint8_t scrubbed_ = 0;
  std::uint32_t erased_ = 0;
  std::uint32_t epoch_ = 0;
  Snapshot snapshot_{};
  Snapshot next_{};
  Writer writer_;
};

}  // namespace tmd
