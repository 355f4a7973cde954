// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <new>

#include "tmd/bytes.hpp"
#include "tmd/internal/codec/operation_codec.hpp"
#include "tmd/internal/codec/range_decoder.hpp"

namespace tmd {
namespace codec {

/// The hashed counters that a patch asks for in its `parameters` byte, in units of 64.
constexpr std::uint32_t kCounterUnit = 64;
constexpr std::uint32_t counter_count(std::uint8_t parameters) {
  return (static_cast<std::uint32_t>(parameters) + 1) * kCounterUnit;
}

/// The default build: every patch that `tmd diff` makes unless it was told of a smaller device.
struct DefaultConfig {
  static constexpr unsigned kCounters = 1600;
};
/// For parts with little RAM: needs patches that were made for it, a few percent larger.
struct SmallConfig {
  static constexpr unsigned kCounters = 320;
};

/// Decodes a patch body byte by byte, as it arrives, into the target. Allocates nothing; trivially copyable:
/// a copy is a checkpoint from which decoding goes on after a power loss.
///
///     decoder.begin(parameters, base_length, target_length);
///     while (…) { taken = decoder.sink(bytes); status = decoder.poll(io); … }
///     decoder.end_of_input();  // then poll until `complete`
///
/// Io: `Status read_base(std::uint32_t offset, MutableBytes out)`, `Status read_target(std::uint32_t offset,
/// MutableBytes out)` (only bytes already put), `std::uint32_t room()` and `void put(std::uint8_t byte)`.
template <class Config>
class Decoder {
 public:
  /// What `begin` will say to these parameters: `needs_more_memory` or `ok`. For asking before anything is
  /// erased.
  static constexpr Status check(std::uint8_t parameters) {
    return counter_count(parameters) > Config::kCounters ? Status::needs_more_memory : Status::ok;
  }

  /// `needs_more_memory` where the patch was made for a decoder with more counters than this build has.
  Status begin(std::uint8_t parameters, std::uint32_t base_length, std::uint32_t target_length) {
    if (check(parameters) != Status::ok) return Status::needs_more_memory;
    // In place: an assignment would first build all of it on the stack. All is zero then.
    ::new (static_cast<void*>(this)) Decoder();
    body_.begin(counter_count(parameters), base_length, target_length);
    return Status::ok;
  }

  /// Takes as many bytes of the body as there is room for, and says how many.
  std::size_t sink(ConstBytes body) { return coder_.source().sink(body); }

  /// All of the body was given: what is missing at its end are zeros.
  void end_of_input() { ended_ = true; }

  /// Bytes of the target that were put.
  std::uint32_t produced() const { return body_.produced(); }

  /// Decodes until `io` has no room (`ok`), more input is needed (`need_more`), or the target is complete
  /// (`complete`). `body_malformed`: the body asks for something impossible; nothing more can be decoded. A
  /// status that a read of `io` gave is handed on, and the same call may be made again.
  template <class Io>
  Status poll(Io& io) {
    if (!started_ && has_input()) {
      coder_.start();
      started_ = true;
    }
    for (;;) {
      if (body_.complete()) return Status::ready_to_finish;
      if (io.room() == 0) return Status::ok;
      if (!has_input()) return Status::need_more;
      const Status status = body_.step(coder_, io);
      if (status != Status::ok) return status;
    }
  }

 private:
  /// No step needs more input than this: the longest is an operation's header. Its 48 modelled bits cost at
  /// most 11.7 bits each and its 132 plain ones 1; four more bytes may settle late.
  static constexpr std::size_t kStepBytes = 91;

  /// There is all the input that one step may need.
  bool has_input() { return ended_ || coder_.source().size() >= kStepBytes; }

  /// What `OperationCodec` asks an encoder; a decoder has no answer and needs none.
  struct Coder : RangeDecoder<InputQueue<kStepBytes + 8>> {
    static Operation operation() { return Operation(); }
    static Ratio ratio(std::uint32_t) { return Ratio(); }
    static std::uint8_t byte(std::uint32_t) { return 0; }
  };

  bool started_;
  bool ended_;
  Coder coder_;
  OperationCodec<Config::kCounters> body_;
};

}  // namespace codec
}  // namespace tmd
