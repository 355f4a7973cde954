// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/in_place/work.hpp"

namespace tmd::in_place {

/// The staged patch as an update in place reads it: its manifest, its bytes in the clear, and digests of them.
template <class Config, class Staging>
class StagedInput : public Updater<Config>, LentMemory<PatchInput<Config>, Work<Config>> {
  using Memory = LentMemory<PatchInput<Config>, Work<Config>>;

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
  /// Between `begin_work` and `end_work`, while nothing is streamed: it lies where streamed bytes come in else.
  Work<Config>& work() { return Memory::lent(this->input_); }
  void begin_work() { Memory::lend(this->input_); }
  void end_work() { Memory::end_lending(this->input_); }
  [[gnu::noinline]] Digests& digests(bool starts) {
    using Lasting = typename Work<Config>::DigestMemory;
    return store_->slots().lasting_digests(reinterpret_cast<Lasting*>(work().digest_memory), starts);
  }
  Status pause() { return Config::kWorkPerCall == 0 ? Status::ok : Status::would_block; }

  /// From the first byte of the staged patch on.
  void rewind() {
    state_.plan = UpdatePlan<Config>{};
    work().is_proven = false;
    work().digested = 0;
    store_->slots().restart();
  }

  /// What was proven, or read to be, is what is there only for as long as nothing was staged since. True where
  /// something was.
  bool notice_staging() {
    if (staging_->changes() == work().seen_changes) return false;
    work().seen_changes = staging_->changes();
    work().is_proven = false;
    work().digested = 0;
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
    std::uint32_t& done = work().digested;
    Digests& digests = this->digests(done == 0);
    const std::uint32_t all = end - begin;
    Status status = done == 0 ? digests.begin(kind) : Status::ok;
    while (status == Status::ok && done < all) {
      std::uint8_t memory[kClearAtOnce];
      ConstBytes bytes;
      const std::uint32_t offset = begin + done;
      status = in_clear ? view_clear(offset, all - done, MutableBytes(memory), bytes)
                        : staging_->view(offset, bytes);
      if (status != Status::ok) return status;
      bytes = bytes.first(all - done);
      digests.update(bytes);
      done += static_cast<std::uint32_t>(bytes.size());
      if (done != all) status = pause();
    }
    if (status == Status::ok) done = 0;
    return status;
  }

  static constexpr std::uint32_t kClearAtOnce = 32;

  Staging* staging_ = nullptr;
};

}  // namespace tmd::in_place
