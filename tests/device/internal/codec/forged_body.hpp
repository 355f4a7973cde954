// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "codec/operation_player.hpp"
#include "codec/range_encoder.hpp"
#include "codec/trial_cost.hpp"
#include "support/bytes.hpp"
#include "tmd/internal/codec/operation_codec.hpp"

namespace tmd::test {

using codec::OperationKind;

constexpr std::uint8_t kForgedParameters = 24;

/// A body written by somebody who claims other lengths than the manifest has, or whom no check stops.
class Forger {
 public:
  Forger(const Bytes& base, const Bytes& target) : base_(base), target_(target) {
    body_->begin(codec::counter_count(kForgedParameters), static_cast<std::uint32_t>(base.size()),
                 static_cast<std::uint32_t>(target.size()));
  }
  /// The whole operation.
  Status add(OperationKind kind, std::uint32_t length, std::uint32_t source) {
    return host::play(*body_, encoder_, host::simple_operation(kind, length, source), view(base_),
                      view(target_));
  }
  /// The header alone, and what the encoder itself says to it: its bits are written all the same.
  Status add_header(OperationKind kind, std::uint32_t length, std::uint32_t source) {
    host::ScriptCoder<host::RangeEncoder> coder(encoder_, view(target_));
    host::MemoryIo io(view(base_), view(target_), codec::ReadWindow(), body_->produced());
    const host::PlannedOperation planned = host::simple_operation(kind, length, source);
    coder.play(planned, body_->produced());
    return body_->step(coder, io);
  }
  Bytes finish() { return encoder_.finish(); }

 private:
  const Bytes& base_;
  const Bytes& target_;
  std::unique_ptr<host::AnyBody> body_ = std::make_unique<host::AnyBody>();
  host::RangeEncoder encoder_;
};

/// What a decoder reads and writes through. `floor`: what lies before it in base and target is gone.
struct ForgedIo {
  ConstBytes base;
  Bytes& target;
  std::uint32_t floor;
  std::uint32_t read_floor(std::uint32_t /*produced*/) const { return floor; }
  Status read(ConstBytes from, std::uint32_t offset, MutableBytes out) const {
    if (offset > from.size() || out.size() > from.size() - offset) return Status::out_of_bounds;
    copy_bytes(from.slice(offset, out.size()), out);
    return Status::ok;
  }
  Status read_base(std::uint32_t offset, MutableBytes out) const { return read(base, offset, out); }
  Status read_target(std::uint32_t offset, MutableBytes out) const { return read(view(target), offset, out); }
  std::uint32_t room() const { return 256; }
  void put(std::uint8_t byte) { target.push_back(byte); }
};

/// What the device's own decoder makes of a body, to its end or up to the header behind so many bytes.
struct Decoded {
  Status status = Status::ok;
  Bytes target;
};
inline Decoded decoded(const Bytes& base, const Bytes& body, std::uint32_t target_length,
                       std::size_t last_header = ~std::size_t{0}, std::uint32_t floor = 0) {
  struct Source {
    ConstBytes bytes;
    std::uint8_t next() {
      const std::uint8_t byte = bytes.empty() ? std::uint8_t{0} : bytes[0];
      bytes = bytes.from(1);
      return byte;
    }
  };
  struct Coder : codec::RangeDecoder<Source> {
    static codec::Operation operation() { return {}; }
    static codec::Ratio ratio(std::uint32_t) { return {}; }
    static std::uint8_t byte(std::uint32_t) { return 0; }
  };
  Decoded result;
  const auto codec = std::make_unique<codec::OperationCodec<1600>>();
  codec->begin(1600, static_cast<std::uint32_t>(base.size()), target_length);
  Coder coder{};
  coder.source().bytes = view(body);
  coder.start();
  ForgedIo io{view(base), result.target, floor};
  while (result.status == Status::ok && !codec->complete()) {
    const bool is_last = codec->between_operations() && result.target.size() == last_header;
    result.status = codec->step(coder, io);
    if (is_last) return result;
  }
  if (result.status == Status::ok && codec->complete()) result.status = Status::ready_to_finish;
  return result;
}

}  // namespace tmd::test
