// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/internal/update/checkpoints.hpp"

namespace tmd {

/// Where the bytes of a patch come from and go to: out of the journal's log while that has some, else from the
/// application; first into the memory for the manifest, then, decrypted, into the decoder.
template <class Config>
class PatchInput {
 public:
  using Store = ModelStore<Config>;
  using State = UpdateState<Config>;

  void start(std::uint32_t received) { received_ = received; }

  /// Patch bytes taken, replayed ones included.
  std::uint32_t received() const { return received_; }
  /// Patch bytes before this offset need not be sent again.
  std::uint32_t resume_offset() const { return is_replaying() ? checkpoints_.replay_end() : received_; }
  bool is_replaying() const { return received_ < checkpoints_.replay_end(); }
  Checkpoints<Config>& checkpoints() { return checkpoints_; }
  const Checkpoints<Config>& checkpoints() const { return checkpoints_; }

  /// The log has no room for more before it is flushed.
  bool must_flush() const { return !is_replaying() && checkpoints_.room() == 0; }

  /// Takes bytes of the manifest, as many as it wants: ok; need_more where there are none; offset_gap.
  [[nodiscard]] Status take_manifest(Store& store, State& state, ConstBytes& given) {
    ConstBytes logged;
    const Status status = replay(store, logged);
    if (status != Status::ok) return status;
    ConstBytes& source = logged.empty() ? given : logged;
    const ConstBytes bytes = source.first(state.plan.manifest.body_offset - received_);
    if (bytes.empty()) return Status::need_more;
    copy_bytes(bytes.data(), state.body.manifest().data() + received_, bytes.size());
    return pass(source, bytes.size());
  }

  /// Takes bytes of the body, as many as there is room for: ok; need_more where there are none; offset_gap;
  /// body_malformed; cipher_failure.
  [[nodiscard]] Status take_body(Store& store, State& state, typename Config::Cipher& cipher,
                                 ConstBytes& given) {
    ConstBytes logged;
    Status status = replay(store, logged);
    if (status != Status::ok) return status;
    const bool is_new = logged.empty();
    ConstBytes& source = is_new ? given : logged;
    ConstBytes bytes = source;
    if (!state.plan.is_format1()) bytes = bytes.first(state.plan.body_left(received_));
    if (is_new) bytes = bytes.first(checkpoints_.room());
    if (bytes.empty()) return Status::need_more;
    std::size_t taken = 0;
    status = sink(state, cipher, bytes, taken);
    if (status != Status::ok) return status;
    if (taken == 0) return Status::body_malformed;
    if (is_new) checkpoints_.log(bytes.first(taken));
    return pass(source, taken);
  }

 private:
  /// The log's next bytes, none where it is used up: ok; offset_gap where it has fewer than it had when the update
  /// was resumed: what is given now belongs behind those that are missing.
  Status replay(Store& store, ConstBytes& logged) {
    if (!is_replaying()) return Status::ok;
    logged = checkpoints_.replay(store, received_);
    return logged.empty() ? Status::offset_gap : Status::ok;
  }

  Status pass(ConstBytes& source, std::size_t count) {
    received_ += static_cast<std::uint32_t>(count);
    source = source.from(count);
    return Status::ok;
  }

  Status sink(State& state, typename Config::Cipher& cipher, ConstBytes bytes, std::size_t& taken) {
    std::uint8_t clear[32];
    if (state.plan.is_encrypted()) {
      const MutableBytes part = MutableBytes(clear).first(bytes.size());
      copy_bytes(bytes, part);
      const Status status = cipher.decrypt(received_ - state.plan.manifest.body_offset, part);
      if (status != Status::ok) return status;
      bytes = part;
    }
    taken = state.body.sink(state.plan.manifest, bytes);
    return Status::ok;
  }

  std::uint32_t received_ = 0;
  Checkpoints<Config> checkpoints_;
};

}  // namespace tmd
