// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/in_place/staged_input.hpp"

namespace tmd::in_place {

/// Whether a staged patch is taken by this device, and in which direction it is applied. From here on the plan says
/// all that the steps need to know of it.
template <class Config, class Staging>
class Admission : public StagedInput<Config, Staging> {
 protected:
  using Base = StagedInput<Config, Staging>;
  using Flash = typename Config::Flash;
  using Digests = typename Config::Digests;
  static constexpr bool kTakesBack = takes_back<Config>();

  constexpr Admission() = default;

  /// A new patch, whose manifest is whole. As `accept`; slots_mismatch, needs_way_back, invalid_layout,
  /// body_truncated, target_too_large, needs_more_memory.
  Status admit(const ConstBytes& front) {
    Status status = store_->slots().with_digests([&](Digests& digests) {
      return accept<Config>(policies_.get(), front, store_->snapshot(), slot(), plan(), digests);
    });
    if (status != Status::ok) return status;
    if (plan().window.is_open()) return Status::slots_mismatch;
    if (!store_->journal().fits_new_log(sizeof(state_) + kLogSlack)) return Status::invalid_layout;
    if constexpr (kTakesBack) status = keep_way_back(front);
    if (status != Status::ok) return status;
    if (!is_staged_whole()) return Status::body_truncated;
    return check_ring();
  }

  /// The patch whose target is to be taken back. Nothing of it is believed yet but its lengths: it has to be proven
  /// next, as the one that brought the target. ok; nothing_to_revert where what was kept for the way back is damaged,
  /// or an encrypted second body is for a larger decoder; read_failed; manifest_corrupt where it is another patch.
  Status admit_back(const ConstBytes& front) {
    const ModelRecord& target = store_->snapshot().models[0];
    const ModelRecord& base = store_->snapshot().models[1];
    const Status status = read_kept(target, base);
    if (status != Status::ok) return status;
    if (read_entries(front) != Status::ok || plan().way_back.body_length == 0 || plan().window.is_open() ||
        !is_staged_whole())
      return Status::manifest_corrupt;
    turn_round(target, base);
    // Firmware of another decoder: it will not have the memory another time either.
    if (UpdatePlan<Config>::kEncrypts && BodyDecoder<Config>::check(manifest()) != Status::ok)
      return Status::nothing_to_revert;
    return check_ring() == Status::ok ? Status::ok : Status::manifest_corrupt;
  }

  using Base::manifest;
  using Base::plan;
  using Base::policies_;
  using Base::slot;
  using Base::staging_;
  using Base::state_;
  using Base::store_;

 private:
  Status check_ring() {
    return Ring<Flash, Config::kPageSize>::check(store_->port(), slot(), store_->slot(SlotId::b), plan());
  }
  bool is_staged_whole() {
    const std::uint32_t length = staging_->plan().patch_length;
    const std::uint32_t second = this->end_of_patch() - this->end_of_body();
    return fits(manifest().body_offset, manifest().body_length, length) &&
           fits(this->end_of_body(), second, length);
  }

  /// The way back, and what is to be kept for it.
  Status keep_way_back(const ConstBytes& front) {
    plan().front_size = manifest().body_offset;
    const Status status = read_entries(front);
    if (status != Status::ok) return status;
    if (plan().way_back.body_length == 0 || manifest().base_length == 0) return Status::needs_way_back;
    Manifest second = manifest();
    second.codec_parameters = plan().way_back.codec_parameters;
    if (BodyDecoder<Config>::check(second) != Status::ok) return Status::needs_more_memory;
    const ModelRecord& base = store_->snapshot().models[0];
    // Facts that are damaged, or more than this firmware keeps, are not kept: the model is.
    const auto are_read = [&] {
      return read_facts(store_->port(), store_->facts_place(SlotId::a), plan().facts_room());
    };
    // Not for a read that failed by chance are they given up.
    if (are_read() || are_read()) plan().kept_facts_size = base.facts_size;
    return fits(0, plan().slot_bytes(), slot().size) ? Status::ok : Status::target_too_large;
  }

  /// The entries that the way back needs.
  Status read_entries(const ConstBytes& front) {
    EntryReader reader(front.slice(manifest().entries_offset, manifest().entries_size));
    Entry entry;
    Status status = Status::ok;
    while (status == Status::ok && reader.next(entry) == Status::ok) {
      if (entry.number == EntryNumber::way_back)
        status = parse_way_back(entry.value, manifest().target.kind, plan().way_back);
      if (entry.number == EntryNumber::in_place) status = plan().keep_window(entry.value);
      if (entry.number == EntryNumber::cipher && !plan().keep_cipher(entry.value))
        status = Status::unsupported_algorithm;
    }
    return status;
  }

  /// What was kept behind the target: the digest of the patch, and the base's facts, which become the trailer. ok;
  /// nothing_to_revert where it is damaged; read_failed.
  Status read_kept(const ModelRecord& target, const ModelRecord& base) {
    const std::uint32_t address = slot().address + target.length + target.trailer_size();
    const MutableBytes kept = MutableBytes(plan().kept_bytes).first(sizeof(Digest) + base.facts_size);
    if (kept.size() != sizeof(Digest) + base.facts_size || !plan().trailer.has_room(base.facts_size))
      return Status::nothing_to_revert;
    const Status status = store_->port().read(address, kept);
    if (status != Status::ok) return status;
    if (Crc32::of(kept) != base.trailer_crc) return Status::nothing_to_revert;
    copy_bytes(ConstBytes(kept).first(sizeof(Digest)), memory_of(plan().patch));
    plan().trailer.put_facts(ConstBytes(kept).from(sizeof(Digest)));
    return Status::ok;
  }

  /// Base and target change places; what must come out is what the journal knows of the base.
  void turn_round(const ModelRecord& target, const ModelRecord& base) {
    plan().is_back = true;
    plan().front_size = manifest().body_offset;
    manifest().body_offset = this->end_of_body();
    manifest().body_length = plan().way_back.body_length;
    manifest().codec_parameters = plan().way_back.codec_parameters;
    manifest().base = target.digest;
    manifest().base_length = target.length;
    manifest().target = base.digest;
    manifest().target_length = base.length;
  }

  /// Of the log, behind the updater's state: the store's own, and marks.
  static constexpr std::uint32_t kLogSlack = 768;
};

}  // namespace tmd::in_place
