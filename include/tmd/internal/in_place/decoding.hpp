// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/internal/in_place/admission.hpp"

namespace tmd::in_place {

/// What goes through the decoder of an update in place: staged bytes of the body in, and out into the ring the target,
/// with what is kept behind it.
template <class Config, class Staging>
class Decoding : public Admission<Config, Staging> {
 protected:
  using Base = Admission<Config, Staging>;

  constexpr Decoding() = default;

  /// What the decoder reads and writes through.
  struct Io {
    Decoding& decoding;
    Status read_base(std::uint32_t offset, const MutableBytes& out) {
      return decoding.store_->port().read(decoding.slot().address + offset, out);
    }
    Status read_target(std::uint32_t offset, const MutableBytes& out) {
      return decoding.ring().read(offset, out);
    }
    std::uint32_t room() const { return decoding.ring().room(); }
    void put(std::uint8_t byte) { decoding.ring().put(byte); }
    std::uint32_t read_floor(std::uint32_t) const { return decoding.work().floor; }
  };

  Ring<typename Config::Flash, Config::kPageSize>& ring() { return work().ring; }
  /// Below it nothing is read any more.
  void set_floor() { work().floor = plan().window.floor(ring().durable()); }

  /// Gives the decoder staged bytes of the body.
  Status take() {
    if (plan().is_body_whole(plan().received)) {
      if (input_ended_) return Status::body_malformed;
      state_.body.end_of_input();
      input_ended_ = true;
      return Status::ok;
    }
    std::uint8_t memory[Base::kClearAtOnce];
    ConstBytes bytes;
    const std::uint32_t left = plan().body_left(plan().received);
    const Status status = this->view_clear(plan().received, left, MutableBytes(memory), bytes);
    if (status != Status::ok) return status;
    const std::size_t taken = state_.body.sink(manifest(), bytes);
    plan().received += static_cast<std::uint32_t>(taken);
    return taken == 0 ? Status::body_malformed : Status::ok;
  }

  /// What is kept behind the target, as far as the page has room for it.
  void put_trailer() {
    const ConstBytes trailer = plan().trailer.view();
    const ConstBytes kept = plan().kept();
    std::uint32_t done = ring().position() - manifest().target_length;
    for (; done < trailer.size() && ring().room() != 0; ++done) ring().put(trailer[done]);
    for (; done < trailer.size() + kept.size() && ring().room() != 0; ++done)
      ring().put(kept[done - trailer.size()]);
  }

  using UpdateSteps = tmd::detail::UpdateSteps<Config>;
  using Base::manifest;
  using Base::plan;
  using Base::state_;
  using Base::store_;
  using Base::work;
  using UpdateSteps::input_ended_;
};

}  // namespace tmd::in_place
