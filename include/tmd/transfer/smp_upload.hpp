// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/internal/format/identity.hpp"
#include "tmd/internal/transfer/smp_messages.hpp"
#include "tmd/updater.hpp"

namespace tmd {

/// Takes a patch by the upload command of the Simple Management Protocol (mcumgr), as phone tools and gateways send
/// firmware images: each piece says where it belongs (`off`), each answer where the next one does. For firmware that
/// has SMP already, over Bluetooth LE, UDP or a serial line; whoever carries the messages calls `take` with each:
///
///     tmd::SmpUpload<Config> upload;
///     upload.attach(store, updater);
///     …
///     std::uint8_t answer[tmd::SmpUpload<Config>::kAnswerSize];
///     const std::size_t size = upload.take(message, tmd::MutableBytes(answer));
///     if (size != 0) link.send(tmd::ConstBytes(answer, size));
///
/// An upload that begins (`off` 0) with the patch of the interrupted update is answered with the offset where that goes
/// on, also after a restart. For that its first piece must hold the patch's manifest, a few hundred bytes; a restart
/// with shorter pieces begins anew. Within one run the upload's `sha` is enough. The piece that is the last makes the
/// target the active model, on trial, and is answered with "match".
///
/// `take` blocks for as long as the flash takes for the piece; with the one that ends the manifest, also for the
/// signature and the base's digest; with the last one, for the whole target's.
/// What a power cut leaves: docs/power-loss.md. docs/transfer.md has the messages.
template <class Config>
class SmpUpload {
 public:
  static constexpr std::size_t kAnswerSize = smp::kHeaderSize + smp::AnswerWriter::kMostBytes;
  /// The first of the groups that are left to applications.
  static constexpr std::uint16_t kApplicationGroup = 64;

  /// `store`, booted, and `updater`, attached to it, must live as long. `group`: that uploads come under; 1, the
  /// group of firmware images, where no bootloader's images are uploaded to this device.
  void attach(ModelStore<Config>& store, Updater<Config>& updater, std::uint16_t group = kApplicationGroup) {
    store_ = &store;
    updater_ = &updater;
    group_ = group;
    has_sha_ = false;
    length_ = 0;
    status_ = Status::ok;
  }

  /// Takes a message; writes its answer and returns how long that is. 0: the message is not for this group and command,
  /// or is no SMP.
  std::size_t take(ConstBytes message, MutableBytes answer) {
    smp::Header header;
    if (updater_ == nullptr || !header.read(message) || answer.size() < kAnswerSize) return 0;
    if (header.group != group_ || header.command != smp::kUpload || header.operation != smp::kWrite) return 0;
    smp::AnswerWriter out(answer.from(smp::kHeaderSize));
    smp::Upload upload;
    if (smp::read_upload(message.slice(smp::kHeaderSize, header.length), upload)) {
      write_answer(out, header.version, take_piece(upload));
    } else {
      write_error(out, header.version, smp::Result::invalid_value, Status::ok);
    }
    header.operation = smp::kWriteAnswer;
    header.length = static_cast<std::uint16_t>(out.size());
    header.write(answer.data());
    return smp::kHeaderSize + out.size();
  }

  /// Why the last upload has ended; need_more while it goes on, ok where it has made the target the active model, and
  /// before the first.
  Status status() const { return status_; }

 private:
  static constexpr std::size_t kShaSize = 32;

  Status take_piece(const smp::Upload& upload) {
    if (upload.offset == 0) {
      status_ = upload.has_length ? open(upload) : Status::wrong_state;
      if (status_ != Status::need_more) return status_;
    }
    if (length_ == 0 || !updater_->is_open()) return is_done() ? Status::ok : Status::wrong_state;
    feed(upload.offset, upload.data);
    return status_;
  }

  /// Goes on with the interrupted update where this is its patch, else begins.
  Status open(const smp::Upload& upload) {
    const bool is_same = has_sha_ && upload.sha.size() == kShaSize &&
                         equal_bytes(upload.sha, ConstBytes(sha_)) && upload.length == length_ &&
                         updater_->is_open();
    if (is_same) return Status::need_more;
    length_ = upload.length;
    has_sha_ = upload.sha.size() == kShaSize;
    if (has_sha_) copy_bytes(upload.sha, MutableBytes(sha_));
    Status status = Status::not_found;
    Manifest manifest;
    if (format2::parse(upload.data, manifest) == Status::ok) {
      if (store_->active().present && store_->active().digest == manifest.target) return Status::ok;
      const std::uint32_t identity = identity_of(upload.data, manifest);
      status = until_done([&] { return updater_->resume(identity); });
    }
    if (status != Status::ok) status = until_done([&] { return updater_->begin(); });
    return status == Status::ok ? Status::need_more : status;
  }

  void feed(std::uint32_t offset, ConstBytes rest) {
    do {
      const FeedResult fed = updater_->feed_at(offset, rest);
      status_ = fed.status;
      offset += static_cast<std::uint32_t>(fed.consumed);
      rest = rest.from(fed.consumed);
    } while (status_ == Status::would_block || (status_ == Status::need_more && !rest.empty()));
    if (status_ == Status::offset_gap) status_ = Status::need_more;  // the answer says from where
    if (status_ == Status::need_more && updater_->resume_offset() >= length_)
      status_ = Status::body_truncated;
    if (status_ == Status::ready_to_finish) status_ = until_done([&] { return updater_->finish(); });
  }

  bool is_done() const { return status_ == Status::ok && length_ != 0; }

  void write_answer(smp::AnswerWriter& out, std::uint8_t version, Status status) {
    if (smp::result_of(status) != smp::Result::ok)
      return write_error(out, version, smp::result_of(status), status);
    out.map(status == Status::ok ? 2 : 1);
    out.key("off");
    out.number(status == Status::ok ? length_ : updater_->resume_offset());
    if (status != Status::ok) return;
    out.key("match");
    out.yes();
  }

  /// Tools know `rc`, or since the protocol's second version `err`; "tmd" is the status, for those who look.
  void write_error(smp::AnswerWriter& out, std::uint8_t version, smp::Result result, Status status) {
    out.map(2);
    if (version == 0) {
      out.key("rc");
      out.number(static_cast<std::uint32_t>(result));
    } else {
      out.key("err");
      out.map(2);
      out.key("group");
      out.number(group_);
      out.key("rc");
      out.number(static_cast<std::uint32_t>(result));
    }
    out.key("tmd");
    out.number(static_cast<std::uint32_t>(status));
  }

  ModelStore<Config>* store_ = nullptr;
  Updater<Config>* updater_ = nullptr;
  std::uint16_t group_ = kApplicationGroup;
  std::uint32_t length_ = 0;  ///< Of the upload; 0: none has begun since the start.
  Status status_ = Status::ok;
  bool has_sha_ = false;
  std::uint8_t sha_[kShaSize] = {};
};

}  // namespace tmd
