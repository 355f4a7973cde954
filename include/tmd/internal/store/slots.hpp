// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/digests.hpp"
#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/store/digest_source.hpp"
#include "tmd/internal/store/layout.hpp"
#include "tmd/internal/store/slot_writer.hpp"
#include "tmd/internal/store/snapshot.hpp"

namespace tmd {

/// The two slots in flash: read, compared with digests, written, erased. What they hold is the snapshot's matter.
template <class Config>
class Slots {
 public:
  using Flash = typename Config::Flash;
  using Digests = typename Config::Digests;
  using Writer = SlotWriter<Flash, Config::kPageSize>;

  constexpr Slots() = default;
  constexpr void attach(Flash& flash, const Layout& layout) {
    port_.attach(flash);
    layout_ = layout;
  }
  constexpr void use_digests(Digests& digests) { digests_.give(digests); }
  /// Calls `use(digests)` with the place where digests are computed, for what else is hashed.
  template <class Use>
  [[nodiscard]] Status with_digests(Use&& use) {
    return digests_.with(use);
  }
  constexpr bool is_attached() const { return port_.is_attached() && digests_.is_ready(); }

  constexpr FlashPort<Flash>& port() { return port_; }
  Writer& writer() { return writer_; }
  const Layout& layout() const { return layout_; }
  const Region& slot(SlotId id) const { return layout_.slot(id); }

  /// True where the slots consist of whole erase blocks, apart from one another and from the journal, and the page
  /// of whole program units.
  template <class Journal>
  [[nodiscard]] bool are_sound(const Journal& journal) const {
    return has_sound_slots(port_, layout_) && is_sound(journal, layout_.slot_a) &&
           is_sound(journal, layout_.slot_b);
  }

  /// Lets digests go through the first `length` bytes of a slot: ok, unsupported_digest, read_failed. Blocks
  /// while it reads.
  [[nodiscard]] Status digest(SlotId id, std::uint32_t length, DigestKind kind, Digest& result) {
    return digests_.with([&](Digests& digests) {
      Status status = digests.begin(kind);
      for (std::uint32_t done = 0; status == Status::ok && done < length;) {
        std::uint8_t chunk[64];
        const MutableBytes part = MutableBytes(chunk).first(length - done);
        status = port_.read(slot(id).address + done, part);
        // Not for a read that failed by chance is a whole model given up.
        if (status != Status::ok) status = port_.read(slot(id).address + done, part);
        if (status == Status::ok) digests.update(part);
        done += sizeof(chunk);
      }
      if (status == Status::ok) result = digests.finish();
      return status;
    });
  }
  /// Holds the first `length` bytes of a slot against their digest: ok, target_mismatch; else as `digest`.
  [[nodiscard]] Status check(SlotId id, std::uint32_t length, const Digest& expected) {
    Digest found;
    const Status status = digest(id, length, expected.kind, found);
    return status != Status::ok || found == expected ? status : Status::target_mismatch;
  }
  [[nodiscard]] Status check(SlotId id, const ModelRecord& model) {
    return check(id, model.length, model.digest);
  }

  /// The end of the erase block in which the last of `bytes` bytes of a slot lies, from the slot's beginning.
  std::uint32_t end_of_block(SlotId id, std::uint32_t bytes) const {
    const std::uint32_t start = slot(id).address;
    return bytes == 0 ? 0 : erase_block_at(port_, start + bytes - 1).end() - start;
  }

  /// Begins to erase slots from the first block on.
  void restart_erasing() { erased_ = 0; }
  /// Erases the slots whose bits are set, block by block: ok, would_block, flash errors.
  [[nodiscard]] Status erase(unsigned which) {
    const Region& a = layout_.slot_a;
    const Region& b = layout_.slot_b;
    while (erased_ < a.size + b.size) {
      const bool in_a = erased_ < a.size;
      const std::uint32_t address = in_a ? a.address + erased_ : b.address + (erased_ - a.size);
      const bool wanted = (which & (in_a ? 1U : 2U)) != 0;
      const Status status = wanted ? port_.erase(address) : Status::ok;
      if (status != Status::ok) return status;
      erased_ += port_.erase_size(address);
    }
    return Status::ok;
  }

 private:
  template <class Journal>
  bool is_sound(const Journal& journal, const Region& slot) const {
    return Config::kPageSize % port_.program_size(slot.address) == 0 &&
           !journal.overlaps(&port_.driver(), slot);
  }

  FlashPort<Flash> port_;
  detail::DigestSource<Digests> digests_;
  Layout layout_;
  std::uint32_t erased_ = 0;
  Writer writer_;
};

}  // namespace tmd
