// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/internal/transfer/messages.hpp"
#include "tmd/internal/transfer/order.hpp"
#include "tmd/internal/transfer/receive_window.hpp"
#include "tmd/updater.hpp"

namespace tmd {

/// What a device does with a sender's `confirm`: it keeps the model on trial. A Confirmation policy is a class with
///
///     template <class Store> Status confirm(Store& store);
///
/// ok: it is kept; would_block: asked again; else why not. One that has a self-test of its own answers with that.
struct ConfirmOnOrder {
  template <class Store>
  Status confirm(Store& store) const {
    return store.confirm();
  }
};

/// The device's end of a transfer over a bare link: one that carries messages of 20 bytes or more and may lose, repeat,
/// delay and re-order them (docs/transfer.md; tmd/transfer/sender.hpp is the other end). It has no timer and never
/// repeats anything: the sender asks again.
///
///     static tmd::TransferDevice<MyConfig> transfer;
///
///     transfer.attach(store, updater, 244);       // the store is booted; the link carries 244 bytes
///     for (;;) {
///       if (radio.has_message()) transfer.take(radio.message());
///       const tmd::Status status = transfer.poll();   // would_block: there is more to do
///       const std::size_t size = transfer.answer(tmd::MutableBytes(buffer));
///       if (size != 0) radio.send(tmd::ConstBytes(buffer, size));
///       else if (status != tmd::Status::would_block) wait_for_radio();
///     }
///
/// A message that was damaged must not get here: the link has a check of 16 bits or more, or adds one
/// (tmd/transfer/serial_frame.hpp). What a message can do is bounded by what the updater accepts: without signatures
/// anyone who reaches the link can replace the model, and confirm it.
///
/// Power may go at any time: the updater resumes, the sender opens again. `sizeof`: the window, an eighth of it, and
/// some 90 bytes. All zero until `attach`. No heap; `poll` blocks no longer than one call of the updater, and one more
/// where a sender's confirm or abort is to be carried out.
template <class Config, std::uint32_t kWindow = 512, class Confirmation = ConfirmOnOrder>
class TransferDevice {
 public:
  using Store = ModelStore<Config>;
  using TheUpdater = Updater<Config>;
  using Report = transfer::DeviceReport;

  constexpr TransferDevice() = default;
  TransferDevice(const TransferDevice&) = delete;
  TransferDevice& operator=(const TransferDevice&) = delete;

  /// After `boot`. `largest_message`: what the link carries at once, in bytes, 20 or more.
  void attach(Store& store, TheUpdater& updater, std::uint16_t largest_message,
              const Confirmation& confirmation = Confirmation()) {
    store_ = &store;
    updater_ = &updater;
    largest_message_ = largest_message;
    confirmation_ = confirmation;
    phase_ = Phase::restarted;
  }
  /// The model family that patches must be for; said to senders, so that they pick the right one.
  void set_family(const Uuid& family) { family_ = family; }

  /// Has the report say how the model does and where the audit log stands: parts 4 to 6, which a device without this
  /// leaves unanswered. The history stays for as long as this object.
  template <class TheHistory>
  void set_history(const TheHistory& history) {
    history_ = &history;
    tell_history_ = [](const void* of, Report& report) {
      const TheHistory& told = *static_cast<const TheHistory*>(of);
      report.set_monitor(told.monitor());
      report.log_number = told.log().dropped() + told.log().size();
      report.log_chain = told.log().last_chain();
    };
  }

  /// A message came. What is no message of this protocol is passed over.
  void take(ConstBytes message) {
    if (store_ == nullptr || message.size() < 2) return;
    const std::uint8_t tag = message[1];
    const ConstBytes fields = message.from(2);
    const std::uint8_t kind = message[0];
    switch (static_cast<transfer::Kind>(kind & ~transfer::kAnswerWanted)) {
      case transfer::Kind::ask:
        return take_ask(tag, fields);
      case transfer::Kind::open:
        return take_open(tag, fields);
      case transfer::Kind::piece:
        return take_piece(tag, fields, (kind & transfer::kAnswerWanted) != 0);
      case transfer::Kind::end:
        return take_end(tag);
      case transfer::Kind::confirm:
        return order_.take(transfer::Kind::confirm, tag, fields);
      case transfer::Kind::abort:
        return order_.take(transfer::Kind::abort, tag, fields);
      default:
        return;
    }
  }

  /// Does the next share of work. would_block: there is more, call again; else the status of the update: need_more
  /// while patch bytes are awaited or nothing goes on, ok when the new model is active, or why the update has ended.
  [[nodiscard]] Status poll() {
    if (store_ == nullptr) return Status::wrong_state;
    if (phase_ == Phase::restarted) find_interrupted();
    if (order_.is_begun()) run_order();
    if (phase_ == Phase::opening) open();
    if (phase_ == Phase::receiving) feed();
    if (phase_ == Phase::finishing) finish();
    if (is_busy_ || order_.is_begun()) return Status::would_block;
    return phase_ == Phase::ended ? status_ : Status::need_more;
  }

  /// The next message to send: its size, 0 where there is none. `out`: 20 bytes or more.
  std::size_t answer(MutableBytes out) {
    if (store_ == nullptr || phase_ == Phase::restarted) return 0;
    if (is_stranger_) {
      is_stranger_ = false;
      transfer::Next next;
      next.status = Status::wrong_state;
      return next.write(out, stranger_tag_);
    }
    if (order_.has_answer()) return order_.answer(out);
    // While the flash is busy the answer waits for it, until it is asked for again.
    if (next_answers_ > (is_working() ? 1 : 0)) {
      next_answers_ = 0;
      return progress().write(out, tag_);
    }
    for (std::uint8_t part = 0; part < Report::kPartsWithHistory; ++part) {
      if ((parts_asked_ >> part & 1U) == 0) continue;
      parts_asked_ = static_cast<std::uint8_t>(parts_asked_ & ~(1U << part));
      return report().write(out, ask_tag_, part);
    }
    return 0;
  }

 private:
  enum class Phase : std::uint8_t {
    detached,
    restarted,  ///< An interrupted update may be in the journal.
    idle,       ///< No sender has opened anything.
    opening,
    receiving,
    finishing,
    ended,  ///< With `status_`; further messages of the session are answered with that.
  };

  // ---- messages ----

  void take_ask(std::uint8_t tag, ConstBytes fields) {
    if (fields.size() != 1) return;
    ask_tag_ = tag;
    parts_asked_ = static_cast<std::uint8_t>(fields[0] & ((1U << parts()) - 1));
  }

  void take_open(std::uint8_t tag, ConstBytes fields) {
    transfer::Open opened;
    if (!opened.read(fields)) return;
    want_next();
    const bool is_repeated = has_session() && tag == tag_ && opened == opened_;
    if (is_repeated) return;
    tag_ = tag;
    opened_ = opened;
    next_answers_ = 1;
    if (phase_ == Phase::restarted)
      opens_after_restart_ = true;
    else
      phase_ = Phase::opening;
  }

  void take_piece(std::uint8_t tag, ConstBytes fields, bool answer_wanted) {
    ByteReader in(fields);
    const std::uint32_t offset = in.varint();
    if (in.failed()) return;
    if (!is_ours(tag)) return;
    if (phase_ == Phase::receiving) window_.put(offset, fields.from(in.position()), opened_.length);
    if (answer_wanted) want_next();
  }

  void take_end(std::uint8_t tag) {
    if (!is_ours(tag)) return;
    if (phase_ == Phase::receiving && is_whole_) {
      phase_ = Phase::finishing;
      is_busy_ = true;
      next_answers_ = 0;
    }
    want_next();
  }

  /// How many the report has.
  unsigned parts() const { return tell_history_ == nullptr ? Report::kParts : Report::kPartsWithHistory; }
  bool is_working() const { return is_busy_ || phase_ == Phase::opening || phase_ == Phase::finishing; }
  bool has_session() const { return phase_ >= Phase::opening; }
  /// A message of no session that is known: its sender is to open again.
  bool is_ours(std::uint8_t tag) {
    if (has_session() && tag == tag_) return true;
    is_stranger_ = true;
    stranger_tag_ = tag;
    return false;
  }
  void want_next() {
    if (next_answers_ < 2) ++next_answers_;
  }

  transfer::Next progress() const {
    transfer::Next next;
    next.status = phase_ == Phase::ended ? status_ : is_whole_ ? Status::ready_to_finish : Status::need_more;
    if (is_working()) next.status = Status::would_block;
    if (phase_ == Phase::opening) return next;
    next.offset = window_.end();
    next.room = window_.room();
    if (next.room > opened_.length - next.offset) next.room = opened_.length - next.offset;
    next.gap = window_.gap();
    return next;
  }

  Report report() const {
    Report report;
    const ActiveModel model = store_->active();
    report.state = model.state;
    report.digest_kind = model.digest.kind;
    report.digest = transfer::DigestPrefix(model.digest);
    report.model_bytes = model.length;
    report.room = store_->slot(store_->inactive_slot()).size;
    report.largest_message = largest_message_;
    report.window = static_cast<std::uint16_t>(kWindow);
    if (updater_->is_open()) {
      report.update_identity = begun_;
      report.update_offset = updater_->resume_offset();
    }
    report.model_version = model.version;
    report.security_counter = store_->snapshot().security_counter;
    report.family_id = family_;
    if (tell_history_ != nullptr) tell_history_(history_, report);
    return report;
  }

  // ---- work ----

  /// Answers what it was given, and notes whether there is more to do.
  Status note(Status status) {
    is_busy_ = status == Status::would_block;
    return status;
  }
  void end_with(Status status) {
    status_ = status;
    phase_ = Phase::ended;
    is_busy_ = false;
  }

  void find_interrupted() {
    const Status status = note(updater_->resume());
    if (status == Status::would_block) return;
    if (status == Status::ok) begun_ = store_->snapshot().update_identity;
    phase_ = opens_after_restart_ ? Phase::opening : Phase::idle;
  }

  void open() {
    is_whole_ = false;
    const ActiveModel active = store_->active();
    if (active.present && transfer::DigestPrefix(active.digest) == opened_.target) {
      window_.restart(opened_.length);
      return end_with(Status::ok);
    }
    if (!updater_->is_open() || begun_ != opened_.identity) {
      // What others opened in between, and had no manifest of, took nothing away.
      Status status = note(updater_->resume(opened_.identity));
      if (status == Status::not_found || status == Status::read_failed) status = note(updater_->begin());
      if (status == Status::would_block) return;
      window_.restart(0);
      if (status != Status::ok) return end_with(status);
      begun_ = opened_.identity;
    }
    if (updater_->resume_offset() > opened_.length) return end_with(Status::malformed_manifest);
    window_.restart(updater_->resume_offset());
    phase_ = Phase::receiving;
    is_busy_ = true;  // what the journal kept may be all that is needed
  }

  void feed() {
    const ConstBytes bytes = window_.front();
    if (bytes.empty() && !is_busy_) return;
    const FeedResult fed = updater_->feed(bytes);
    window_.take(fed.consumed);
    is_whole_ = note(fed.status) == Status::ready_to_finish;
    if (fed.status == Status::need_more) is_busy_ = !window_.front().empty();
    // What was logged can't be read back any more, and the window lies behind it.
    if (fed.status == Status::offset_gap) return window_.restart(updater_->resume_offset());
    if (is_error(fed.status)) end_with(fed.status);
  }

  void finish() {
    const Status status = note(updater_->finish());
    if (status != Status::would_block) end_with(status);
  }

  void run_order() { order_.note(order_.kind() == transfer::Kind::abort ? abort_update() : confirm_model()); }
  Status abort_update() {
    const Status status = updater_->abort();
    if (status != Status::would_block && has_session()) end_with(Status::wrong_state);
    return status;
  }
  Status confirm_model() {
    const ActiveModel active = store_->active();
    const bool is_meant = active.present && transfer::DigestPrefix(active.digest) == order_.model();
    if (!is_meant) return Status::wrong_state;
    return active.state == ModelState::confirmed ? Status::ok : confirmation_.confirm(*store_);
  }

  Store* store_ = nullptr;
  TheUpdater* updater_ = nullptr;
  std::uint16_t largest_message_ = 0;
  Phase phase_ = Phase::detached;
  Status status_ = Status::ok;
  bool is_busy_ = false;              ///< The updater has more to do without new bytes.
  bool is_whole_ = false;             ///< The updater has all of the patch.
  bool opens_after_restart_ = false;  ///< A sender opened before the journal was asked.
  bool is_stranger_ = false;          ///< A message of another session came.
  std::uint8_t tag_ = 0;              ///< Of the session.
  std::uint8_t stranger_tag_ = 0;
  std::uint8_t ask_tag_ = 0;
  std::uint8_t parts_asked_ = 0;   ///< One bit for each part of the report that is to be sent.
  std::uint8_t next_answers_ = 0;  ///< How often `next` was asked for since it was sent; 2: more than once.
  transfer::Order order_;
  transfer::Open opened_;
  std::uint32_t begun_ = 0;  ///< Identity of the patch that the updater is open for.
  Uuid family_;
  const void* history_ = nullptr;
  void (*tell_history_)(const void* history, Report& report) = nullptr;
  Confirmation confirmation_;
  transfer::ReceiveWindow<kWindow> window_;
};

}  // namespace tmd
