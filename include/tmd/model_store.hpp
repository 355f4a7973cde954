// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/guard/companion_entry.hpp"
#include "tmd/internal/guard/facts.hpp"
#include "tmd/internal/store/transaction_steps.hpp"

namespace tmd {

/// The model to run: where it lies in flash and what is known of it.
struct ActiveModel : ModelRecord {
  SlotId slot = SlotId::a;
  Region region;  ///< Flash offset of the model's first byte, and its length.
  ModelState state = ModelState::none;
};

/// Data that travels with a model: labels, thresholds, … They lie at the end of what the slot holds as the model.
struct Companion {
  std::uint16_t schema = 0;  ///< What the bytes mean, for the application to know.
  Region region;             ///< Flash offset and bytes; size 0: the model has none.
};

/// Two slots, or one, and a journal: which model is active, how it got there, and the way back.
///
///     static tmd::ModelStore<MyConfig> store;
///
///     store.attach(flash, kLayout);
///     while ((status = store.boot(kFactory)) == tmd::Status::would_block) wait();
///     run(store.active().region.address);
///     if (self_test_passed()) store.confirm();
///
/// Every change is one journal state: it has happened when the call returns ok; where power goes before, the next
/// `boot` finds all of it or nothing. Flash errors of a call that changes something include journal_worn; the call may
/// be repeated. While `is_ready` is false all but `reset` answer wrong_state, `revert` that or nothing_to_revert. A
/// change ends an update whose manifest is still coming in (`Updater::is_open`). Calls that answer
/// `would_block` are repeated with the same arguments. A call does at most the flash work of the configuration's
/// `kWorkPerCall`; it may read a whole model. One store to a device: it is not copied, and it outlives its updaters.
/// All zero until `attach`: a static one needs no start-up code.
template <class Config>
class ModelStore : private detail::TransactionSteps<Config> {
  using Steps = detail::TransactionSteps<Config>;
  static constexpr bool kTakesBack = in_place::takes_back<Config>();
  using Phase = typename Steps::Phase;

 public:
  using Flash = typename Config::Flash;
  using Digests = typename Config::Digests;
  using Journal = typename Config::Journal;
  using Port = FlashPort<Flash>;
  using Writer = typename Slots<Config>::Writer;

  constexpr ModelStore() = default;
  constexpr ModelStore(Flash& flash, const Layout& layout) { attach(flash, layout); }
  constexpr ModelStore(Flash& flash, Journal& journal, const Layout& layout) {
    attach(flash, journal, layout);
  }
  ModelStore(const ModelStore&) = delete;
  ModelStore& operator=(const ModelStore&) = delete;

  /// With the journal in the layout's third region.
  constexpr void attach(Flash& flash, const Layout& layout) {
    static_assert(StoredState<Config>::Place::kOwned,
                  "this Config's Journal does not lie in the slots' flash: attach(flash, journal, layout)");
    state_.attach(flash, layout);
    state_.place().attach(state_.port(), layout.journal);
  }
  /// With a journal elsewhere: on another flash, or of another kind. It outlives the store.
  constexpr void attach(Flash& flash, Journal& journal, const Layout& layout) {
    static_assert(!StoredState<Config>::Place::kOwned,
                  "this Config's Journal lies in the slots' flash: attach(flash, layout)");
    state_.attach(flash, layout);
    state_.place().give(journal);
  }
  /// Where digests are computed, for a hash unit with a handle; before `boot`. It outlives the store.
  constexpr void use_digests(Digests& digests) { state_.use_digests(digests); }

  /// Call once at each start, before anything else, until the answer is not would_block. Reads the journal;
  /// takes one boot off a trial's account, and where none is left goes back to the previous model, if that is
  /// whole; on a new device verifies and takes over the factory model; ends an `erase_previous` or `wipe` that
  /// power cut. With `kBootCheck` it reads the active model, and falls back to the previous one where it is
  /// damaged.
  ///
  /// ok: `active()` is the model to run. not_found: there is no model yet. updating: with one slot, power went while
  /// the model was being updated in place, or its trial ended without `confirm` and it is to be taken back; there is
  /// none until the updater has ended that (tmd/in_place.hpp).
  /// factory_mismatch: there is none, and slot A does not hold the stated one, or had another one that was lost.
  /// model_damaged: there is no whole model. For these an update from an empty base is the way on, and `begin` is
  /// allowed.
  /// invalid_layout, journal_lost, unknown_record, other_version, other_layout, other_product: nothing was
  /// adopted and nothing is overwritten; `reset` is the only call that does anything, behind invalid_layout none.
  /// journal_worn and flash errors: `active()` is right all the same, but this boot could not be written down, or what
  /// was being erased on purpose can't be; also where nothing changes, since what a cut left in the journal may be
  /// found now and not at the next start. read_failed where `is_ready()` is false: the journal can't be read, nothing
  /// was adopted; call again, and where it stays so `reset`.
  [[nodiscard]] Status boot(const FactoryModel& factory = FactoryModel()) {
    if (!is_attached()) return Status::wrong_state;
    Status status = enter();
    if (status == Status::ok && phase_ == Phase::unmounted) status = mount(factory);
    if (status == Status::ok && phase_ == Phase::restore) status = restore();
    if (status == Status::ok && phase_ == Phase::judge) judge();
    if (status == Status::ok && phase_ == Phase::record) status = record_boot();
    if (status == Status::ok && phase_ == Phase::erase) status = erase_at_boot();
    if (status != Status::ok) return status;
    phase_ = Phase::ready;
    if (is_being_overwritten() || is_returning()) return Status::updating;
    if (!is_usable_) return Status::model_damaged;
    if (has_model()) return Status::ok;
    return factory.length == 0 ? Status::not_found : Status::factory_mismatch;
  }

  /// The same, and asks this firmware's `limits` about the facts that came with the model, also where this boot
  /// can't be written down. model_unsuitable: the firmware can't run the model it found; `active()` is now the
  /// previous one where that is whole and suits, else empty until an update brings a model that does. A model
  /// without facts, or whose facts have rotted, counts as suitable. With one slot `revert` takes back one that is on
  /// trial.
  template <class Limits>
  [[nodiscard]] Status boot(const FactoryModel& factory, Limits& limits) {
    const Status status = boot(factory);
    if (!active().present || suits(snapshot().active, limits)) return status;
    const SlotId previous = other(snapshot().active);
    is_usable_ = snapshot().model(previous).present && suits(previous, limits) &&
                 state_.check(previous, snapshot().model(previous)) == Status::ok;
    if (is_usable_) {
      go_back(state_.change());
      const Status written = state_.write();
      if (written == Status::would_block) return written;
      // Where it can't be written down the device runs on it all the same.
      if (written != Status::ok) state_.accept();
    }
    return Status::model_unsuitable;
  }

  /// Empty (`present` is false) where there is no model that may be run; its `state` is `updating` while that is so
  /// because it is being updated in place.
  ActiveModel active() const {
    ActiveModel active;
    const bool is_updating = is_being_overwritten() || is_returning();
    if (is_updating) active.state = ModelState::updating;
    if (!has_model() || !is_usable_ || is_updating || phase_ != Phase::ready) return active;
    static_cast<ModelRecord&>(active) = snapshot().model(snapshot().active);
    active.slot = snapshot().active;
    active.region = active_region();
    active.state = snapshot().state;
    return active;
  }

  /// The self-test that came with the model on trial (tmd/self_test.hpp): flash offset and bytes; size 0 where
  /// there is none.
  Region self_test() const {
    const Region model = active_region();
    if (snapshot().state != ModelState::trial) return Region();
    return Region{model.address + model.size, snapshot().model(snapshot().active).self_test_size};
  }

  /// Whether what came with the active model, its self-test among it, is what was written behind it: ok; verify_failed:
  /// a self-test that fails now says nothing of the model. Reads it once.
  [[nodiscard]] Status verify_self_test() {
    return is_whole(port(), facts_place(snapshot().active)) ? Status::ok : Status::verify_failed;
  }

  /// The value of a manifest entry that came with the active model and was kept (`keeps_entry`, and what the limits
  /// were asked about): flash offset and bytes; size 0 where there is none. Reads what was kept, once.
  [[nodiscard]] Region active_entry(EntryNumber number) {
    if (!active().present) return Region();
    return find_fact(port(), facts_place(snapshot().active), number);
  }

  /// The companion data of the active model. Covered by its digest, they change and go back with it; what says where
  /// they lie is not, and where that has rotted there are none.
  [[nodiscard]] Companion companion() {
    const Region entry = active_entry(EntryNumber::companion);
    const Region model = active_region();
    std::uint8_t bytes[7] = {};
    const MutableBytes value = MutableBytes(bytes).first(entry.size);
    if (entry.size == 0 || port().read(entry.address, value) != Status::ok) return Companion();
    CompanionEntry found;
    if (parse_companion(value, model.size, found) != Status::ok) return Companion();
    return {found.schema, Region{model.address + model.size - found.size, found.size}};
  }

  /// Reads the whole active model and compares its digest: ok, target_mismatch, read_failed, not_found. An update that
  /// is checking its base or target over several calls begins that anew: not to be called before each of them.
  [[nodiscard]] Status verify_active() {
    if (!has_model()) return Status::not_found;
    return state_.check(snapshot().active, snapshot().model(snapshot().active));
  }

  /// The model on trial is good: it stays. ok; wrong_state where none is on trial; would_block; flash errors. With one
  /// slot the staging area is free from here on, and a model whose trial has ended may be kept all the same as long
  /// as no byte of it is overwritten.
  [[nodiscard]] Status confirm() {
    if (snapshot().state != ModelState::trial) return Status::wrong_state;
    const Status status = enter_ready();
    if (status != Status::ok) return status;
    Snapshot& next = state_.change();
    next.state = ModelState::confirmed;
    next.boots_left = 0;
    // Also where firmware with trials began this one.
    if (Config::kOneSlot) Steps::forget_way_back(next);
    release();  // from an updater, which must not write any more
    return state_.write();
  }

  /// Back to the previous model, which an update has not yet overwritten. The model that was active is
  /// forgotten. ok; nothing_to_revert; target_mismatch, read_failed: the previous model is damaged and nothing
  /// has changed; would_block; flash errors. The security counter stays where it is. Reads the previous model; whether
  /// newer firmware can run that one is asked by the next `boot` with limits.
  ///
  /// With one slot, updating: it is decided, durably, that the model on trial is taken back; the updater does that
  /// (tmd/in_place.hpp). There is no model to run until then.
  [[nodiscard]] Status revert() {
    if (kTakesBack && snapshot().in_place != InPlaceStage::none) return decide_to_return();
    const SlotId previous = other(snapshot().active);
    const ModelRecord& model = snapshot().model(previous);
    if (!model.present) return Status::nothing_to_revert;
    Status status = enter_ready();
    if (status == Status::ok) status = state_.check(previous, model);
    if (status != Status::ok) return status;
    go_back(state_.change());
    status = state_.write();
    if (status == Status::ok) is_usable_ = true;
    return status;
  }

  /// Erases the slot that is not active, so that no old weights stay behind: the model to go back to is gone. With one
  /// slot, erases the ring. ok; wrong_state while a model is on trial or an update is open; would_block; flash errors
  /// at the end: all is erased that can be. After a cut, and after an error, `boot` goes on with it; but not in a slot
  /// that an update has begun to write since.
  [[nodiscard]] Status erase_previous() {
    if (snapshot().state == ModelState::trial || snapshot().is_updating()) return Status::wrong_state;
    return erase_slots(1U << static_cast<unsigned>(Config::kOneSlot ? SlotId::b : inactive_slot()));
  }

  /// Erases both slots and every byte of patches that the journal holds. The security counter and revoked keys
  /// stay, so that no old patch is taken afterwards. A staging area has a `wipe` of its own: first that one, then
  /// this. ok: there is no model any more; would_block; journal_worn and flash errors, and after a cut: as
  /// `erase_previous`.
  [[nodiscard]] Status wipe() { return erase_slots(3); }

  /// Starts the journal anew, in any state of it: no model, no update. Security counter and revoked keys are kept
  /// where they can be read; where they can't, the counter becomes `least_counter`. For service: after
  /// journal_lost, or firmware with another layout. Where power goes meanwhile `boot` answers as before, or the reset
  /// has happened. The next `boot` takes over a factory model if slot A holds it; but not where a journal that could
  /// be read says that slot A was being written, or lost its model: parts of it may be torn, and read well by chance.
  /// A full model, or `wipe` and the factory's model programmed anew, are the way on then. Where the journal could not
  /// be read nobody knows: of a device that may have been updating, tell `boot` of no factory model until a full one
  /// is there. What was being erased on purpose still is. ok; would_block; wrong_state before `boot`, or where that
  /// answered invalid_layout; flash errors.
  [[nodiscard]] Status reset(std::uint32_t least_counter = 0) {
    if (!is_attached()) return Status::wrong_state;
    Status status = enter();
    if (status == Status::ok && !is_ready()) status = state_.make_readable();
    if (status != Status::ok) return status;
    status = start_over(least_counter);
    if (status != Status::ok) return status;
    release();
    phase_ = Phase::unmounted;
    return status;
  }

  /// Lets a patch be tried again that was refused too often (`too_many_attempts`). Ends an update that is open, where
  /// that is not its first attempt: `resume` goes on with it. ok; would_block; flash errors.
  [[nodiscard]] Status allow_again() {
    const Status status = enter_ready();
    if (status != Status::ok || snapshot().attempts == 0) return status;
    state_.change().forget_attempts();
    release();
    state_.give_up(false);
    return state_.write(Log::keep);
  }

  const Region& slot(SlotId id) const { return state_.slot(id); }
  const Snapshot& snapshot() const { return state_.now(); }
  /// The driver's port, to be shared with a staging area in the same flash.
  Port& port() { return state_.port(); }
  using Steps::has_model;
  Journal& journal() { return state_.journal(); }
  /// Whether `boot` has ended and the journal can be used: `active()` is right, and an update may begin, whatever else
  /// the answer was. Where it is not, the answer says what is needed.
  bool is_ready() const { return phase_ == Phase::ready; }
  /// The model on trial, which a boot did not find damaged or unsuitable, waits for `confirm`.
  bool is_on_trial() const { return snapshot().state == ModelState::trial && is_usable_; }
  /// False where a boot found the active model damaged or unsuitable.
  bool is_usable() const { return is_usable_; }
  /// Where the active model lies, also where it may not be run; says nothing where there is none (`has_model`).
  Region active_region() const {
    return Region{slot(snapshot().active).address, snapshot().model(snapshot().active).length};
  }
  using Steps::inactive_slot;

  // For the updater. Each write is one durable step and repeated on would_block.

  Slots<Config>& slots() { return state_; }
  Writer& writer() { return state_.writer(); }

  using Steps::abandon_update;
  using Steps::begin_update;
  using Steps::commit;
  using Steps::enter;
  using Steps::epoch;
  using Steps::facts_place;
  using Steps::give_up;
  using Steps::hold;
  using Steps::is_held;
  using Steps::release;
  using Steps::start_log;
  using Steps::successor;
  using Steps::take_over;

  // With one slot.
  using Steps::begin_in_place;
  using Steps::end_way_back;
  using Steps::is_being_overwritten;
  using Steps::is_going_back;
  using Steps::is_in_place_pending;
  using Steps::is_returning;
  using Steps::keep_in_place;
  using Steps::needs_staged_patch;
  using Steps::take_back;

 private:
  static_assert(check_flash_policy<Flash>() && check_journal_policy<Journal>() &&
                    check_digests_policy<Digests>(),
                "");

  constexpr bool is_attached() const { return state_.is_attached() && state_.place().is_attached(); }

  using Steps::decide_to_return;
  using Steps::enter_ready;
  using Steps::erase_at_boot;
  using Steps::erase_slots;
  using Steps::go_back;
  using Steps::is_usable_;
  using Steps::judge;
  using Steps::mount;
  using Steps::phase_;
  using Steps::record_boot;
  using Steps::restore;
  using Steps::start_over;
  using Steps::state_;
  using Steps::suits;
};

}  // namespace tmd
