// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/auth/freshness.hpp"
#include "tmd/bytes.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/internal/transfer/message_writer.hpp"
#include "tmd/monitor.hpp"
#include "tmd/status.hpp"

namespace tmd {
namespace transfer {

// The messages of docs/transfer.md, one structure each. `write` answers how many bytes the message takes, 0 where the
// buffer is too small; `read` is given what stands behind kind and tag, and answers false where that is no such
// message.

constexpr std::uint8_t kProtocol = 1;
/// Every message but a piece fits into this many bytes.
constexpr std::size_t kLeastMessage = 20;

enum class Kind : std::uint8_t {
  ask = 0x01,
  open = 0x02,
  piece = 0x03,
  end = 0x04,
  confirm = 0x05,
  abort = 0x06,
  have = 0x81,
  next = 0x82,
  result = 0x83,
};
/// Set in the kind of a piece: the device answers it with `next`.
constexpr std::uint8_t kAnswerWanted = 0x40;

/// The first bytes of a model's digest; enough to tell the models of one product apart.
struct DigestPrefix {
  static constexpr std::size_t kSize = 8;
  std::uint8_t bytes[kSize] = {};

  constexpr DigestPrefix() = default;
  constexpr explicit DigestPrefix(const Digest& digest) {
    for (std::size_t i = 0; i < kSize; ++i) bytes[i] = digest.bytes[i];
  }
  constexpr ConstBytes view() const { return ConstBytes(bytes); }
  constexpr void read(ByteReader& in) {
    const ConstBytes taken = in.take(kSize);
    for (std::size_t i = 0; i < taken.size(); ++i) bytes[i] = taken[i];
  }

  friend constexpr bool operator==(const DigestPrefix& a, const DigestPrefix& b) {
    return equal_bytes(a.view(), b.view());
  }
};

constexpr bool is_whole(const ByteReader& in) {
  return !in.failed() && in.remaining() == 0;
}

constexpr MessageWriter begin_message(MutableBytes out, std::uint8_t kind, std::uint8_t tag) {
  MessageWriter writer(out);
  writer.u8(kind);
  writer.u8(tag);
  return writer;
}
constexpr MessageWriter begin_message(MutableBytes out, Kind kind, std::uint8_t tag) {
  return begin_message(out, static_cast<std::uint8_t>(kind), tag);
}

/// The sender is about to send this patch.
struct Open {
  std::uint32_t identity = 0;
  DigestPrefix target;
  std::uint32_t length = 0;  ///< Of the whole patch, in bytes.

  constexpr std::size_t write(MutableBytes out, std::uint8_t tag) const {
    MessageWriter writer = begin_message(out, Kind::open, tag);
    writer.u32(identity);
    writer.bytes(target.view());
    writer.varint(length);
    return writer.size();
  }
  bool read(ConstBytes fields) {
    ByteReader in(fields);
    identity = in.u32();
    target.read(in);
    length = in.varint();
    return is_whole(in);
  }
  friend constexpr bool operator==(const Open& a, const Open& b) {
    return a.identity == b.identity && a.target == b.target && a.length == b.length;
  }
};

/// How far a device is: the answer to open, piece and end.
struct Next {
  Status status = Status::ok;
  std::uint32_t offset = 0;  ///< The first patch byte that is missing.
  std::uint32_t room = 0;    ///< So many bytes from there on are taken now.
  std::uint32_t gap =
      0;  ///< So many are missing before one that has come already; 0: none has come behind `offset`.

  constexpr std::size_t write(MutableBytes out, std::uint8_t tag) const {
    MessageWriter writer = begin_message(out, Kind::next, tag);
    writer.u8(static_cast<std::uint8_t>(status));
    writer.varint(offset);
    writer.varint(room);
    writer.varint(gap);
    return writer.size();
  }
  constexpr bool read(ConstBytes fields) {
    ByteReader in(fields);
    status = static_cast<Status>(in.u8());
    offset = in.varint();
    room = in.varint();
    gap = in.varint();
    return is_whole(in);
  }
};

/// How confirm or abort ended.
struct Result {
  Kind of = Kind::confirm;
  Status status = Status::ok;

  constexpr std::size_t write(MutableBytes out, std::uint8_t tag) const {
    MessageWriter writer = begin_message(out, Kind::result, tag);
    writer.u8(static_cast<std::uint8_t>(of));
    writer.u8(static_cast<std::uint8_t>(status));
    return writer.size();
  }
  constexpr bool read(ConstBytes fields) {
    ByteReader in(fields);
    of = static_cast<Kind>(in.u8());
    status = static_cast<Status>(in.u8());
    return is_whole(in);
  }
};

/// What a device says of itself, part by part: each part is a message of its own.
struct DeviceReport {
  enum Part : std::uint8_t {
    model = 0,
    update = 1,
    version = 2,
    family = 3,
    monitor = 4,
    confidence = 5,
    log = 6
  };
  /// What every device answers; the parts behind these only one that keeps a history (tmd/history.hpp).
  static constexpr std::uint8_t kParts = 4;
  static constexpr std::uint8_t kPartsWithHistory = 7;

  // Part 0.
  std::uint8_t protocol = kProtocol;
  ModelState state = ModelState::none;
  DigestKind digest_kind = DigestKind::none;
  DigestPrefix digest;            ///< Of the active model; zeros where there is none.
  std::uint32_t model_bytes = 0;  ///< Length of the active model.
  // Part 1.
  std::uint32_t room = 0;             ///< The largest target that fits, in bytes.
  std::uint16_t largest_message = 0;  ///< That it takes, in bytes, without the framing of the link.
  std::uint16_t window = 0;           ///< Patch bytes that it takes at once.
  std::uint32_t update_identity = 0;  ///< Of the update that was begun and is not finished; 0: there is none.
  std::uint32_t update_offset = 0;    ///< Where that goes on.
  // Part 2.
  ModelVersion model_version;
  std::uint32_t security_counter = 0;  ///< The highest that was ever committed.
  // Part 3.
  Uuid family_id;  ///< The model family that the firmware takes patches for; zeros: any.
  // Parts 4 and 5: how the active model does since it is active.
  std::uint32_t monitored_identity = 0;  ///< First four bytes of the model's digest.
  std::uint32_t inferences = 0;
  std::uint32_t good = 0;  ///< The application's verdicts.
  std::uint32_t bad = 0;
  std::uint16_t confidence_share[ModelMonitor::kClasses] = {};  ///< Of inferences, in 65,535ths.
  // Part 6.
  std::uint32_t log_number = 0;  ///< Of the newest entry of the audit log; 0: it is empty.
  std::uint32_t log_chain = 0;   ///< The chain up to it.

  constexpr std::size_t write(MutableBytes out, std::uint8_t tag, std::uint8_t part) const {
    MessageWriter writer = begin_message(out, Kind::have, tag);
    writer.u8(part);
    switch (part) {
      case model:
        writer.u8(protocol);
        writer.u8(static_cast<std::uint8_t>(state));
        writer.u8(static_cast<std::uint8_t>(digest_kind));
        writer.bytes(digest.view());
        writer.varint(model_bytes);
        break;
      case update:
        writer.u32(room);
        writer.u16(largest_message);
        writer.u16(window);
        writer.u32(update_identity);
        writer.u32(update_offset);
        break;
      case version:
        writer.u16(model_version.major);
        writer.u16(model_version.minor);
        writer.u16(model_version.patch);
        writer.u32(security_counter);
        break;
      case monitor:
        writer.u32(monitored_identity);
        writer.u32(inferences);
        writer.u32(good);
        writer.u32(bad);
        break;
      case confidence:
        for (const std::uint16_t share : confidence_share) writer.u16(share);
        break;
      case log:
        writer.u32(log_number);
        writer.u32(log_chain);
        break;
      default:
        writer.bytes(ConstBytes(family_id.bytes));
        break;
    }
    return writer.size();
  }

  /// Takes the part that `fields` holds; `part` says which.
  bool read(ConstBytes fields, std::uint8_t& part) {
    ByteReader in(fields);
    part = in.u8();
    DeviceReport told = *this;
    switch (part) {
      case model:
        told.protocol = in.u8();
        told.state = static_cast<ModelState>(in.u8());
        told.digest_kind = static_cast<DigestKind>(in.u8());
        told.digest.read(in);
        told.model_bytes = in.varint();
        break;
      case update:
        told.room = in.u32();
        told.largest_message = in.u16();
        told.window = in.u16();
        told.update_identity = in.u32();
        told.update_offset = in.u32();
        break;
      case version:
        told.model_version.major = in.u16();
        told.model_version.minor = in.u16();
        told.model_version.patch = in.u16();
        told.security_counter = in.u32();
        break;
      case family:
        copy_bytes(in.take(Uuid::kSize), MutableBytes(told.family_id.bytes));
        break;
      case monitor:
        told.monitored_identity = in.u32();
        told.inferences = in.u32();
        told.good = in.u32();
        told.bad = in.u32();
        break;
      case confidence:
        for (std::uint16_t& share : told.confidence_share) share = in.u16();
        break;
      case log:
        told.log_number = in.u32();
        told.log_chain = in.u32();
        break;
      default:
        return false;
    }
    if (!is_whole(in)) return false;
    *this = told;
    return true;
  }

  constexpr void set_monitor(const ModelMonitor& counted) {
    monitored_identity = counted.identity;
    inferences = counted.inferences;
    good = counted.good;
    bad = counted.bad;
    for (unsigned i = 0; i < ModelMonitor::kClasses; ++i) {
      const std::uint64_t share =
          inferences == 0 ? 0 : std::uint64_t{counted.confidence[i]} * 0xFFFFU / inferences;
      confidence_share[i] = static_cast<std::uint16_t>(share < 0xFFFF ? share : 0xFFFF);
    }
  }
};

}  // namespace transfer
}  // namespace tmd
