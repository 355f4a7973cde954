// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/updater.hpp"

namespace tmd::in_place {

/// The staged patch as an update in place reads it: its manifest, its bytes in the clear, and digests of them.
template <class Config, class Staging>
class StagedInput : public Updater<Config> {
 protected:
  using Store = ModelStore<Config>;
  using Digests = typename Config::Digests;
  using UpdateSteps = tmd::detail::UpdateSteps<Config>;
  using UpdateSteps::policies_;
  using UpdateSteps::state_;
  using UpdateSteps::store_;

  constexpr StagedInput() = default;

  UpdatePlan<Config>& plan() { return state_.plan; }
  Manifest& manifest() { return state_.plan.manifest; }
  const Region& slot() const { return store_->slot(SlotId::a); }
  Digests& digests(bool starts) {
    return store_->slots().lasting_digests(reinterpret_cast<DigestMemory*>(digest_memory_), starts);
  }
  Status pause() { return Config::kWorkPerCall == 0 ? Status::ok : Status::would_block; }

  /// From the first byte of the staged patch on.
  void rewind() {
    state_.plan = UpdatePlan<Config>{};
    is_proven_ = false;
    digested_ = 0;
    store_->slots().restart();
  }

  /// What was proven, or read to be, is what is there only for as long as nothing was staged since. True where
  /// something was.
  bool notice_staging() {
    if (staging_->changes() == seen_changes_) return false;
    seen_changes_ = staging_->changes();
    is_proven_ = false;
    digested_ = 0;
    return true;
  }

  /// Reads on in the manifest: ok once it is whole, and `front` is all that stands before the body; need_more: call
  /// again; else why it is none.
  Status read_manifest(ConstBytes& front) {
    const MutableBytes memory = state_.body.manifest();
    const std::uint32_t wanted = manifest().body_offset;
    if (wanted > memory.size()) return Status::manifest_too_large;
    if (wanted > staging_->plan().patch_length) return Status::body_truncated;
    const Status status = staging_->read(plan().received, memory.first(wanted).from(plan().received));
    if (status != Status::ok) return status;
    plan().received = wanted;
    front = ConstBytes(memory).first(wanted);
    return parse_manifest<false>(front, manifest());
  }

  /// Where the body ends that is applied, and where the whole patch does.
  std::uint32_t end_of_body() { return plan().body_left(0); }
  std::uint32_t end_of_patch() { return plan().end_of_patch(end_of_body()); }

  Status begin_cipher() {
    return plan().is_encrypted() ? policies_.get().cipher.begin(plan().cipher()) : Status::ok;
  }
  /// Staged bytes of a body from `offset` on, at most so many, in the clear: of an encrypted patch in `memory`. As
  /// Staging::view; cipher_failure.
  Status view_clear(std::uint32_t offset, std::uint32_t most, MutableBytes memory, ConstBytes& bytes) {
    const Status status = staging_->view(offset, bytes);
    if (status != Status::ok) return status;
    bytes = bytes.first(most);
    if (!plan().is_encrypted()) return Status::ok;
    const MutableBytes part = memory.first(bytes.size());
    copy_bytes(bytes, part);
    bytes = part;
    return policies_.get().cipher.decrypt(offset - plan().first_body(manifest().body_offset), part);
  }

  /// Goes on with the digest of staged bytes, `in_clear` or as they came: ok, and it can be finished; would_block; else
  /// as view_clear.
  Status digest_staged(DigestKind kind, std::uint32_t begin, std::uint32_t end, bool in_clear) {
    Digests& digests = this->digests(digested_ == 0);
    const std::uint32_t all = end - begin;
    Status status = digested_ == 0 ? digests.begin(kind) : Status::ok;
    while (status == Status::ok && digested_ < all) {
      std::uint8_t memory[kClearAtOnce];
      ConstBytes bytes;
      const std::uint32_t offset = begin + digested_;
      status = in_clear ? view_clear(offset, all - digested_, MutableBytes(memory), bytes)
                        : staging_->view(offset, bytes);
      if (status != Status::ok) return status;
      bytes = bytes.first(all - digested_);
      digests.update(bytes);
      digested_ += static_cast<std::uint32_t>(bytes.size());
      if (digested_ != all) status = pause();
    }
    if (status == Status::ok) digested_ = 0;
    return status;
  }

  static constexpr std::uint32_t kClearAtOnce = 32;

  Staging* staging_ = nullptr;

 private:
  using DigestMemory = typename Slots<Config>::Source::Memory;

  std::uint32_t digested_ = 0;      ///< Staged bytes that went into the digest at hand.
  std::uint32_t seen_changes_ = 0;  ///< The staging area's, when these were read.
  alignas(DigestMemory) std::uint8_t digest_memory_[sizeof(DigestMemory)] = {};

 protected:
  // Last, where the flags of what is derived from this find room beside it.
  bool is_proven_ = false;  ///< The staged patch is known to be the one that was, or will be, tried out.
};

}  // namespace tmd::in_place
