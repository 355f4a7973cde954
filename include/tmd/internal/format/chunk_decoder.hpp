// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/digest/crc32.hpp"
#include "tmd/internal/format/format1.hpp"

namespace tmd::format1 {

/// Decodes the chunks of a format 1 patch as they arrive, front to back, in constant memory. The same shape
/// as the decoder of format 2: `sink` patch bytes, `poll` target bytes. Trivially copyable: it is its own
/// checkpoint.
///
/// Bytes that no chunk covers are the base's at the same offset; where the base has none, the patch is
/// malformed.
class ChunkDecoder {
 public:
  /// Lengths in bytes; `chunk_count` from the header.
  constexpr void begin(std::uint16_t chunk_count, std::uint32_t base_length, std::uint32_t target_length) {
    *this = ChunkDecoder();
    chunks_left_ = chunk_count;
    base_length_ = base_length;
    target_length_ = target_length;
    phase_ = chunks_left_ == 0 ? Phase::gap : Phase::header;
    gap_end_ = target_length_;
  }

  /// Takes as many bytes as there is room for and says how many.
  constexpr std::size_t sink(ConstBytes bytes) {
    if (first_ == fill_) first_ = fill_ = 0;
    std::size_t taken = 0;
    while (taken < bytes.size() && fill_ < kQueueSize) queue_[fill_++] = bytes[taken++];
    return taken;
  }

  /// Decodes until `io` has no room (ok), more input is wanted (need_more) or the target is complete
  /// (ready_to_finish). Errors: body_malformed, chunk_corrupt, unsupported_option (a chunk of another encoding:
  /// LZ4, copy and add), and what `io.read_base` reports.
  template <class Io>
  [[nodiscard]] Status poll(Io& io) {
    while (true) {
      Status status = Status::ok;
      switch (phase_) {
        case Phase::header:
          status = read_header();
          break;
        case Phase::gap:
          status = copy_gap(io);
          break;
        case Phase::raw:
          status = copy_raw(io);
          break;
        case Phase::run:
          status = expand_run(io);
          break;
        case Phase::end:
          return Status::ready_to_finish;
      }
      if (status != Status::ok) return status == Status::would_block ? Status::ok : status;
    }
  }

 private:
  enum class Phase : std::uint8_t { header, gap, raw, run, end };
  static constexpr std::size_t kQueueSize = 32;

  constexpr std::size_t queued() const { return static_cast<std::size_t>(fill_ - first_); }

  Status read_header() {
    // The flag at byte 7 says whether a CRC follows the fixed part.
    const std::size_t size = queued() < kChunkHeaderSize
                                 ? kChunkHeaderSize
                                 : kChunkHeaderSize + (queue_[first_ + 7] != 0 ? 4U : 0U);
    if (queued() < size) return compact();
    ByteReader reader(ConstBytes(queue_ + first_, size));
    gap_end_ = reader.u32();
    payload_left_ = reader.u16();
    encoding_ = reader.u8();
    const std::uint8_t has_crc = reader.u8();
    expected_crc_ = has_crc != 0 ? reader.u32() : 0;
    first_ = static_cast<std::uint8_t>(first_ + size);
    const bool odd_runs = encoding_ == kEncodingRunLength && payload_left_ % 2 != 0;
    if (has_crc > 1 || odd_runs) return Status::body_malformed;
    if (encoding_ > kEncodingRunLength) return Status::unsupported_option;
    if (gap_end_ < position_ || gap_end_ > target_length_) return Status::body_malformed;
    if (encoding_ == kEncodingRaw && payload_left_ > target_length_ - gap_end_) return Status::body_malformed;
    has_crc_ = has_crc != 0;
    crc_ = Crc32();
    --chunks_left_;
    in_chunk_ = true;
    phase_ = Phase::gap;
    return Status::ok;
  }

  /// Moves what is queued to the front, so that a header always fits behind it.
  Status compact() {
    for (std::size_t i = 0; first_ + i < fill_; ++i) queue_[i] = queue_[first_ + i];
    fill_ = static_cast<std::uint8_t>(queued());
    first_ = 0;
    return Status::need_more;
  }

  template <class Io>
  Status copy_gap(Io& io) {
    if (gap_end_ > base_length_ && position_ < gap_end_) return Status::body_malformed;
    while (position_ < gap_end_) {
      std::uint8_t chunk[kQueueSize] = {};
      std::uint32_t count = gap_end_ - position_;
      if (count > sizeof(chunk)) count = sizeof(chunk);
      if (count > io.room()) count = io.room();
      if (count == 0) return Status::would_block;
      const Status status = io.read_base(position_, MutableBytes(chunk).first(count));
      if (status != Status::ok) return status;
      for (std::uint32_t i = 0; i < count; ++i) io.put(chunk[i]);
      position_ += count;
    }
    if (!in_chunk_) {
      phase_ = Phase::end;
    } else {
      phase_ = encoding_ == kEncodingRaw ? Phase::raw : Phase::run;
    }
    return Status::ok;
  }

  template <class Io>
  Status copy_raw(Io& io) {
    while (payload_left_ != 0) {
      if (queued() == 0) return Status::need_more;
      if (io.room() == 0) return Status::would_block;
      io.put(take_payload_byte());
      ++position_;
    }
    return end_chunk();
  }

  template <class Io>
  Status expand_run(Io& io) {
    while (run_left_ != 0 || payload_left_ != 0) {
      if (run_left_ == 0) {
        if (queued() < 2) return compact();
        const std::uint8_t count = take_payload_byte();
        run_value_ = take_payload_byte();
        run_left_ = count == 0 ? std::uint16_t{256} : count;
        if (run_left_ > target_length_ - position_) return Status::body_malformed;
      }
      if (io.room() == 0) return Status::would_block;
      io.put(run_value_);
      ++position_;
      --run_left_;
    }
    return end_chunk();
  }

  std::uint8_t take_payload_byte() {
    const std::uint8_t byte = queue_[first_++];
    crc_.update(ConstBytes(&byte, 1));
    --payload_left_;
    return byte;
  }

  Status end_chunk() {
    if (has_crc_ && crc_.value() != expected_crc_) return Status::chunk_corrupt;
    in_chunk_ = false;
    gap_end_ = target_length_;
    phase_ = chunks_left_ == 0 ? Phase::gap : Phase::header;
    return Status::ok;
  }

  Phase phase_ = Phase::end;
  bool in_chunk_ = false;
  bool has_crc_ = false;
  std::uint8_t encoding_ = kEncodingRaw;
  std::uint8_t run_value_ = 0;
  std::uint8_t first_ = 0;
  std::uint8_t fill_ = 0;
  std::uint16_t chunks_left_ = 0;
  std::uint16_t payload_left_ = 0;
  std::uint16_t run_left_ = 0;
  std::uint32_t base_length_ = 0;
  std::uint32_t target_length_ = 0;
  std::uint32_t position_ = 0;
  std::uint32_t gap_end_ = 0;
  std::uint32_t expected_crc_ = 0;
  Crc32 crc_;
  std::uint8_t queue_[kQueueSize] = {};
};

}  // namespace tmd::format1
