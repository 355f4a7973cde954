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
  using Source = detail::DigestSource<Digests>;
  /// The page's memory, while no bytes wait in it, holds a snapshot or a digest that is being computed.
  using Writer = SlotWriter<Flash, Config::kPageSize, Snapshot, typename Source::Memory>;

  constexpr Slots() = default;
  constexpr void attach(Flash& flash, const Layout& layout) {
    port_.attach(flash);
    slots_[0] = layout.slot_a;
    slots_[1] = layout.slot_b;
  }
  constexpr void use_digests(Digests& digests) { digests_.give(digests); }
  /// Calls `use(digests)` with the place where digests are computed, for what else is hashed.
  template <class Use>
  [[nodiscard]] Status with_digests(Use&& use) {
    restart();
    return digests_.with(use);
  }
  /// The place where a digest is computed that goes on over several calls, in `memory` where it is not the
  /// application's own; it is made when the computation `starts`.
  Digests& lasting_digests(typename Source::Memory* memory, bool starts) {
    return digests_.lasting(memory, starts);
  }
  constexpr bool is_attached() const { return port_.is_attached() && digests_.is_ready(); }

  constexpr FlashPort<Flash>& port() { return port_; }
  Writer& writer() { return writer_; }
  const Region& slot(SlotId id) const { return slots_[static_cast<unsigned>(id)]; }
  /// What the snapshot keeps of the layout, to notice firmware with other slots; one slot and its ring are others than
  /// two slots in the same places.
  std::uint32_t fingerprint() const {
    const std::uint32_t places = Layout{slots_[0], slots_[1], Region()}.fingerprint();
    return Config::kOneSlot ? ~places : places;
  }

  /// True where the slots consist of whole erase blocks, apart from one another and from the journal, and the page
  /// of whole program units.
  template <class Journal>
  [[nodiscard]] bool are_sound(const Journal& journal) const {
    return is_sound(journal, slots_[0]) && is_sound(journal, slots_[1]) && !slots_[0].overlaps(slots_[1]);
  }

  /// Lets digests go through the first `length` bytes of a slot: ok, unsupported_digest, read_failed. Blocks
  /// while it reads.
  [[nodiscard]] Status digest(SlotId id, std::uint32_t length, DigestKind kind, Digest& result) {
    return with_digests([&](Digests& digests) {
      Status status = digests.begin(kind);
      if (status == Status::ok) status = update(digests, slot(id).address, length);
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
  /// The same over several calls, each of which reads so many times `kWorkPerCall` bytes: would_block while more is
  /// left. No bytes may wait in the page. Whatever else computes a digest in between makes it start anew.
  [[nodiscard]] Status go_on_checking(SlotId id, std::uint32_t length, const Digest& expected) {
    Digests& digests = digests_.lasting(writer_.idle_page(), progress_ == 0);
    Status status = progress_ == 0 ? digests.begin(expected.kind) : Status::ok;
    std::uint32_t part = length - progress_;
    if (Config::kWorkPerCall != 0 && part > kReadPerWork * Config::kWorkPerCall)
      part = kReadPerWork * Config::kWorkPerCall;
    if (status == Status::ok) status = update(digests, slot(id).address + progress_, part);
    progress_ += part;
    if (status == Status::ok && progress_ != length) return Status::would_block;
    restart();
    if (status != Status::ok) return status;
    return digests.finish() == expected ? Status::ok : Status::target_mismatch;
  }

  /// The end of the erase block in which the last of `bytes` bytes of a slot lies, from the slot's beginning.
  std::uint32_t end_of_block(SlotId id, std::uint32_t bytes) const {
    const std::uint32_t start = slot(id).address;
    return bytes == 0 ? 0 : erase_block_at(port_, start + bytes - 1).end() - start;
  }

  /// Begins to check a slot from its first byte on.
  void restart() { progress_ = 0; }
  /// Begins to erase slots from the first block on.
  void restart_erasing() {
    erased_ = 0;
    trouble_ = Status::ok;
  }
  bool has_begun_erasing() const { return erased_ != 0; }
  /// Erasing, and what belongs to it, has ended: where not well `erase` answers so until it is begun anew.
  void end_erasing(Status status) {
    if (status == Status::ok) erased_ = 0;
    trouble_ = status;
  }
  /// Erases the slots whose bits are set, block by block: ok, would_block, flash errors. What can't be erased is passed
  /// by, and said at the end.
  [[nodiscard]] Status erase(unsigned which) {
    const Region& a = slots_[0];
    const Region& b = slots_[1];
    while (erased_ < a.size + b.size) {
      const bool in_a = erased_ < a.size;
      const std::uint32_t address = in_a ? a.address + erased_ : b.address + (erased_ - a.size);
      const Region block = erase_block_at(port_, address);
      const bool wanted = (which & (in_a ? 1U : 2U)) != 0;
      const Status status = wanted ? erase_verified(port_, block) : Status::ok;
      if (status == Status::would_block) return status;
      if (status != Status::ok) trouble_ = status;
      erased_ += block.size;
    }
    return trouble_;
  }

 private:
  /// Reading and hashing a byte takes a small part of the time of programming it.
  static constexpr std::uint32_t kReadPerWork = 16;

  Status update(Digests& digests, std::uint32_t address, std::uint32_t length) {
    Status status = Status::ok;
    for (std::uint32_t done = 0; status == Status::ok && done < length;) {
      std::uint8_t chunk[64];
      const MutableBytes part = MutableBytes(chunk).first(length - done);
      status = port_.read(address + done, part);
      // Not for a read that failed by chance is a whole model given up.
      if (status != Status::ok) status = port_.read(address + done, part);
      if (status == Status::ok) digests.update(part);
      done += sizeof(chunk);
    }
    return status;
  }

  template <class Journal>
  bool is_sound(const Journal& journal, const Region& slot) const {
    return is_whole_blocks(port_, slot) && Config::kPageSize % port_.program_size(slot.address) == 0 &&
           !journal.overlaps(&port_.driver(), slot);
  }

  FlashPort<Flash> port_;
  Source digests_;
  Region slots_[2];
  std::uint32_t progress_ = 0;  ///< Bytes that were read for a check.
  Writer writer_;
  std::uint32_t erased_ = 0;     ///< Bytes that were erased, or passed by.
  Status trouble_ = Status::ok;  ///< Why not all was erased.
};

}  // namespace tmd
