// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/internal/transfer/messages.hpp"

namespace tmd {

/// The sender's end of a transfer over a bare link (docs/transfer.md): asks the device what it has, sends a patch,
/// repeats what was lost, has the new model confirmed. For a phone, a gateway, or a microcontroller that updates
/// another: no heap, no clock of its own. Times are milliseconds of any clock that goes on evenly and may wrap.
///
///     tmd::TransferSender sender(244);
///     sender.ask(tag, now());
///     …
///     sender.send(patch, tag + 1, now());
///     while (sender.is_running()) {
///       const std::size_t size = sender.next_message(read_patch, out, now());
///       if (size != 0) link.send(tmd::ConstBytes(buffer, size));
///       else if (link.wait(sender.wait_time(now()))) sender.take(link.message(), now());
///     }
///
/// `read_patch(offset, bytes)` fills `bytes` from this patch offset on. All waiting is the caller's; so is giving up:
/// `silence` says for how long nothing was heard.
class TransferSender {
 public:
  /// What is sent, as its front says (`tmd inspect` prints it).
  struct Patch {
    std::uint32_t identity = 0;
    std::uint32_t length = 0;  ///< Of the whole patch, in bytes.
    transfer::DigestPrefix target;
  };

  /// `largest_message`: what the link carries at once, in bytes, 20 or more. `patience`: milliseconds until an answer
  /// counts as lost; longer than a message and its answer take.
  constexpr explicit TransferSender(std::uint16_t largest_message, std::uint32_t patience = 400)
      : largest_message_(largest_message), patience_(patience) {}

  /// Asks for the whole report, `with_history` also for the parts that only a device with a history has: one without
  /// never answers those, and `report()` has the others when the caller gives up. `tag`: any number, another one than
  /// the last time.
  void ask(std::uint8_t tag, std::uint32_t now, bool with_history = false) {
    begin(Task::ask, tag, now);
    heard_parts_ = 0;
    wanted_parts_ = static_cast<std::uint8_t>(
        (1U << (with_history ? transfer::DeviceReport::kPartsWithHistory : transfer::DeviceReport::kParts)) -
        1);
  }
  /// Sends the patch and has it applied: ok when the target is active, also where it was before.
  void send(const Patch& patch, std::uint8_t tag, std::uint32_t now) {
    begin(Task::open, tag, now);
    patch_ = patch;
    next_ = sent_ = limit_ = 0;
    reopened_ = 0;
  }
  /// Has the model on trial kept, if it is this one.
  void confirm(const transfer::DigestPrefix& model, std::uint8_t tag, std::uint32_t now) {
    begin(Task::confirm, tag, now);
    patch_.target = model;
  }
  /// Has the device give up the update that it is at.
  void abort(std::uint8_t tag, std::uint32_t now) { begin(Task::abort, tag, now); }

  /// True until the device has answered what was wanted.
  bool is_running() const { return task_ != Task::none; }
  /// How that ended: ok, or the device's status; wrong_state also where it lost its session again and again.
  Status status() const { return status_; }
  const transfer::DeviceReport& report() const { return report_; }
  /// Patch bytes that the device has.
  std::uint32_t offset() const { return next_; }
  /// Since when nothing was heard, in milliseconds.
  std::uint32_t silence(std::uint32_t now) const { return now - heard_at_; }
  /// The tag that the last message had; the next task takes another one.
  std::uint8_t tag() const { return tag_; }
  /// How often the device had to be asked again, or lost its session.
  std::uint32_t repeated() const { return repeated_; }

  /// The next message to send: its size, 0 where none is due yet. `out`: as large as the link's messages.
  template <class ReadPatch>
  std::size_t next_message(ReadPatch&& read_patch, MutableBytes out, std::uint32_t now) {
    if (task_ == Task::none || !is_due(now)) return 0;
    if (is_awaiting_) note_silence();
    const MutableBytes message = out.first(message_size());
    switch (task_) {
      case Task::ask:
        return await(write_ask(message), now);
      case Task::open:
        return await(transfer::Open{patch_.identity, patch_.target, patch_.length}.write(message, tag_), now);
      case Task::stream:
        return stream(read_patch, message, now);
      case Task::confirm: {
        transfer::MessageWriter writer = transfer::begin_message(message, transfer::Kind::confirm, tag_);
        writer.bytes(patch_.target.view());
        return await(writer.size(), now);
      }
      case Task::abort:
        return await(transfer::begin_message(message, transfer::Kind::abort, tag_).size(), now);
      case Task::none:
        break;
    }
    return 0;
  }

  /// Milliseconds until `next_message` has something to send, if nothing is heard.
  std::uint32_t wait_time(std::uint32_t now) const {
    if (task_ == Task::none || is_due(now)) return 0;
    return due_at_ - now;
  }

  /// A message came. What is not awaited is passed over.
  void take(ConstBytes message, std::uint32_t now) {
    if (message.size() < 2 || message[1] != tag_ || task_ == Task::none) return;
    const ConstBytes fields = message.from(2);
    switch (static_cast<transfer::Kind>(message[0])) {
      case transfer::Kind::have:
        return take_have(fields, now);
      case transfer::Kind::next:
        return take_next(fields, now);
      case transfer::Kind::result:
        return take_result(fields, now);
      default:
        return;
    }
  }

 private:
  enum class Task : std::uint8_t { none, ask, open, stream, confirm, abort };
  /// Answers in a row without progress after which the session is opened anew: the device may have restarted, and
  /// answers of before may still be on their way.
  static constexpr std::uint8_t kMostStalls = 8;
  static constexpr std::uint8_t kMostReopened = 250;

  void begin(Task task, std::uint8_t tag, std::uint32_t now) {
    task_ = task;
    tag_ = tag;
    heard_at_ = due_at_ = now;
    is_awaiting_ = is_pausing_ = false;
    lost_ = stalls_ = 0;
    repeat_from_ = repeat_to_ = 0;
  }
  void end(Status status) {
    status_ = status;
    task_ = Task::none;
  }

  bool is_due(std::uint32_t now) const {
    const bool is_waiting = is_awaiting_ || is_pausing_;
    return !is_waiting || static_cast<std::int32_t>(now - due_at_) >= 0;
  }
  std::size_t message_size() const {
    const std::uint16_t theirs = report_.largest_message;
    return theirs >= transfer::kLeastMessage && theirs < largest_message_ ? theirs : largest_message_;
  }

  /// This message wants an answer. The longer nothing is heard, the longer the next one waits, up to eight times.
  std::size_t await(std::size_t size, std::uint32_t now) {
    is_awaiting_ = true;
    is_pausing_ = false;
    due_at_ = now + (patience_ << (lost_ < 3 ? lost_ : 3));
    return size;
  }
  void note_silence() {
    is_awaiting_ = false;
    ++repeated_;
    if (lost_ < 255) ++lost_;
    is_asking_ = true;
  }
  void note_heard(std::uint32_t now) {
    heard_at_ = now;
    lost_ = 0;
    is_awaiting_ = is_pausing_ = is_asking_ = false;
  }
  /// The device is busy: it is asked again after a while.
  void pause(std::uint32_t now) {
    is_pausing_ = is_asking_ = true;
    due_at_ = now + patience_ / 8 + 1;
  }

  std::size_t write_ask(MutableBytes message) const {
    transfer::MessageWriter writer = transfer::begin_message(message, transfer::Kind::ask, tag_);
    writer.u8(static_cast<std::uint8_t>(wanted_parts_ & ~heard_parts_));
    return writer.size();
  }

  /// First what is known to be missing, then new bytes as far as the device takes them, then the end.
  template <class ReadPatch>
  std::size_t stream(ReadPatch&& read_patch, MutableBytes message, std::uint32_t now) {
    if (next_ >= patch_.length)
      return await(transfer::begin_message(message, transfer::Kind::end, tag_).size(), now);
    const std::uint32_t stop = limit_ < patch_.length ? limit_ : patch_.length;
    const bool is_repeat = repeat_from_ < repeat_to_;
    const std::uint32_t from = is_repeat ? repeat_from_ : sent_;
    const std::uint32_t to = is_repeat ? repeat_to_ : stop;
    // Nothing to send, or an answer was lost: a piece without bytes asks for another answer.
    if (is_asking_ || from >= to) return piece(read_patch, message, next_, next_, now);
    const std::size_t size = piece(read_patch, message, from, to, now);
    return size;
  }

  template <class ReadPatch>
  std::size_t piece(ReadPatch&& read_patch, MutableBytes message, std::uint32_t from, std::uint32_t to,
                    std::uint32_t now) {
    transfer::MessageWriter writer = transfer::begin_message(message, transfer::Kind::piece, tag_);
    writer.varint(from);
    const std::size_t begin = writer.size();
    std::size_t count = writer.room();
    if (count > to - from) count = to - from;
    if (count != 0) read_patch(from, message.slice(begin, count));
    const std::uint32_t end = from + static_cast<std::uint32_t>(count);
    if (repeat_from_ < repeat_to_ && count != 0)
      repeat_from_ = end;
    else if (end > sent_)
      sent_ = end;
    if (end < to) return begin + count;
    message[0] = static_cast<std::uint8_t>(message[0] | transfer::kAnswerWanted);
    is_asking_ = false;
    return await(begin + count, now);
  }

  void take_have(ConstBytes fields, std::uint32_t now) {
    std::uint8_t part = 0;
    if (task_ != Task::ask || !report_.read(fields, part)) return;
    heard_at_ = now;
    lost_ = 0;
    heard_parts_ = static_cast<std::uint8_t>(heard_parts_ | 1U << part);
    if ((wanted_parts_ & ~heard_parts_) == 0) end(Status::ok);
  }

  void take_result(ConstBytes fields, std::uint32_t now) {
    transfer::Result result;
    const transfer::Kind awaited = task_ == Task::confirm ? transfer::Kind::confirm : transfer::Kind::abort;
    if ((task_ != Task::confirm && task_ != Task::abort) || !result.read(fields) || result.of != awaited)
      return;
    note_heard(now);
    if (result.status == Status::would_block) return pause(now);
    end(result.status);
  }

  void take_next(ConstBytes fields, std::uint32_t now) {
    transfer::Next next;
    if ((task_ != Task::open && task_ != Task::stream) || !next.read(fields)) return;
    note_heard(now);
    if (next.status == Status::wrong_state) return reopen();
    if (next.status == Status::would_block && task_ == Task::open) return pause(now);
    if (next.status == Status::ok) next_ = patch_.length;
    const bool is_over = next.status == Status::ok || (is_error(next.status) && !is_open(next.status));
    if (is_over) return end(next.status);
    if (task_ == Task::open) {
      task_ = Task::stream;
      next_ = sent_ = next.offset;
      limit_ = next.offset;
    }
    go_on(next, now);
  }

  void go_on(const transfer::Next& next, std::uint32_t now) {
    const bool has_progressed = next.offset > next_ || (next.offset == next_ && next.gap != 0);
    if (next.offset >= next_) {
      next_ = next.offset;
      limit_ = next.offset + next.room;
      if (sent_ < next_) sent_ = next_;
      repeat_from_ = repeat_to_ = 0;
      // What was sent behind the first missing byte did not come, or came in part. A device may say anything: what is
      // read of the patch ends where that does.
      if (next.gap != 0 && next_ < patch_.length) {
        const std::uint32_t rest = patch_.length - next_;
        repeat_from_ = next_;
        repeat_to_ = next_ + (next.gap < rest ? next.gap : rest);
      } else {
        sent_ = next_;
      }
    }
    const bool is_busy = next.status == Status::would_block;
    if (has_progressed || is_busy)
      stalls_ = 0;
    else if (++stalls_ >= kMostStalls)
      return reopen();
    if (is_busy && (next.room == 0 || next_ >= patch_.length)) pause(now);
  }

  /// The device lost its session, or answers make no sense any more: all that was heard before counts for nothing.
  void reopen() {
    if (reopened_ == kMostReopened) return end(Status::wrong_state);
    ++reopened_;
    ++repeated_;
    ++tag_;
    task_ = Task::open;
    stalls_ = 0;
    is_awaiting_ = is_pausing_ = is_asking_ = false;
  }

  std::uint16_t largest_message_;
  std::uint32_t patience_;
  transfer::DeviceReport report_;
  Patch patch_;
  Task task_ = Task::none;
  Status status_ = Status::ok;
  std::uint8_t tag_ = 0;
  std::uint8_t heard_parts_ = 0;
  std::uint8_t wanted_parts_ = 0;
  std::uint8_t lost_ = 0;    ///< Answers that did not come, in a row.
  std::uint8_t stalls_ = 0;  ///< Answers without progress, in a row.
  std::uint8_t reopened_ = 0;
  bool is_awaiting_ = false;  ///< An answer is on its way; it counts as lost at `due_at_`.
  bool is_pausing_ = false;   ///< The device was busy; it is asked again at `due_at_`.
  bool is_asking_ = false;    ///< The next piece asks for an answer only.
  std::uint32_t due_at_ = 0;
  std::uint32_t heard_at_ = 0;
  std::uint32_t repeated_ = 0;
  std::uint32_t next_ = 0;   ///< The first patch byte that the device lacks.
  std::uint32_t sent_ = 0;   ///< What lies before it was sent.
  std::uint32_t limit_ = 0;  ///< What lies before it the device takes.
  std::uint32_t repeat_from_ = 0;
  std::uint32_t repeat_to_ = 0;
};

}  // namespace tmd
