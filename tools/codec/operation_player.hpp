// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "tmd/bytes.hpp"
#include "tmd/internal/codec/decoder.hpp"
#include "tmd/internal/codec/operation_codec.hpp"

namespace tmd::host {

/// As many counters as a patch that is written may count on: it is copied for each trial. What is still there to be
/// read goes with it.
struct AnyBody : codec::OperationCodec<codec::DefaultConfig::kCounters> {
  void begin(std::uint32_t counters, std::uint32_t base_length, std::uint32_t target_length) {
    if (counters > codec::DefaultConfig::kCounters) throw std::logic_error("more counters than a patch has");
    OperationCodec::begin(counters, base_length, target_length);
  }

  codec::ReadWindow window;
};

/// One operation of a plan, with the ratios of its rows where it is scaled.
struct PlannedOperation {
  codec::Operation operation{};
  /// A literal whose source is the place in the base that the decoder is at when it comes to it.
  bool colocated = false;
  std::vector<codec::Ratio> ratios;
};

/// Reads of base and target while encoding: both are in memory, and there is always room. Where a target is written
/// over its base there is room to the end of a block, behind which less may be read.
class MemoryIo {
 public:
  MemoryIo(ConstBytes base, ConstBytes target, const codec::ReadWindow& window, std::uint32_t produced)
      : base_(base), target_(target), window_(window), produced_(produced) {}
  Status read_base(std::uint32_t offset, MutableBytes out) const { return read(base_, offset, out); }
  Status read_target(std::uint32_t offset, MutableBytes out) const { return read(target_, offset, out); }
  std::uint32_t room() const {
    return window_.is_open() ? 0x7FFFFFFFU : window_.block_size - produced_ % window_.block_size;
  }
  void put(std::uint8_t) { ++produced_; }
  std::uint32_t read_floor(std::uint32_t produced) const { return window_.floor(produced); }

 private:
  static Status read(ConstBytes from, std::uint32_t offset, MutableBytes out) {
    copy_bytes(from.slice(offset, out.size()), out);
    return Status::ok;
  }
  ConstBytes base_;
  ConstBytes target_;
  codec::ReadWindow window_;
  std::uint32_t produced_;
};

/// Answers what `codec::OperationCodec` asks an encoder, for one operation at a time, and hands its bits to `Sink`.
template <class Sink>
class ScriptCoder {
 public:
  static constexpr bool kDecodes = false;

  ScriptCoder(Sink& sink, ConstBytes target) : sink_(sink), target_(target) {}

  void play(const PlannedOperation& planned, std::uint32_t position) {
    planned_ = &planned;
    start_ = position;
  }
  unsigned code_bit(std::uint32_t probability, unsigned bit) { return sink_.code_bit(probability, bit); }
  std::uint32_t raw(unsigned bits, std::uint32_t number) {
    return sink_.raw(bits, number) & ((1U << bits) - 1);
  }
  codec::Operation operation() const { return planned_->operation; }
  std::uint8_t byte(std::uint32_t position) const { return target_[position]; }
  codec::Ratio ratio(std::uint32_t position) const {
    const codec::Operation& operation = planned_->operation;
    const std::uint32_t element = (position - start_) / codec::element_size(operation.kind);
    return planned_->ratios[operation.row == 0 ? 0 : element / operation.row];
  }

 private:
  Sink& sink_;
  ConstBytes target_;
  const PlannedOperation* planned_ = nullptr;
  std::uint32_t start_ = 0;
};

/// Plays one operation into the sink. ok; would_block where `go_on()` said no after a step; what a step says that the
/// body refuses.
template <class Sink, class GoOn>
Status play(AnyBody& body, Sink& sink, const PlannedOperation& planned, ConstBytes base, ConstBytes target,
            const GoOn& go_on) {
  ScriptCoder<Sink> coder(sink, target);
  MemoryIo io(base, target, body.window, body.produced());
  const std::uint32_t end = body.produced() + planned.operation.length;
  coder.play(planned, body.produced());
  while (body.produced() < end) {
    const Status status = body.step(coder, io);
    if (status != Status::ok) return status;
    if (!go_on()) return Status::would_block;
  }
  return Status::ok;
}

/// The same to the end.
template <class Sink>
Status play(AnyBody& body, Sink& sink, const PlannedOperation& planned, ConstBytes base, ConstBytes target) {
  return play(body, sink, planned, base, target, [] { return true; });
}

}  // namespace tmd::host
