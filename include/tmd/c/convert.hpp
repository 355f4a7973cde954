// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/c/tmd.h"
#include "tmd/flash.hpp"
#include "tmd/updater.hpp"

namespace tmd {
namespace c {

// Each number of C is the number of C++.
#define TMD_SAME_STATUS(name, NAME) \
  static_assert(static_cast<int>(TMD_##NAME) == static_cast<int>(Status::name), "Status::" #name)
TMD_SAME_STATUS(ok, OK);
TMD_SAME_STATUS(need_more, NEED_MORE);
TMD_SAME_STATUS(would_block, WOULD_BLOCK);
TMD_SAME_STATUS(ready_to_finish, READY_TO_FINISH);
TMD_SAME_STATUS(wrong_state, WRONG_STATE);
TMD_SAME_STATUS(offset_gap, OFFSET_GAP);
TMD_SAME_STATUS(invalid_layout, INVALID_LAYOUT);
TMD_SAME_STATUS(trial_pending, TRIAL_PENDING);
TMD_SAME_STATUS(nothing_to_revert, NOTHING_TO_REVERT);
TMD_SAME_STATUS(not_a_patch, NOT_A_PATCH);
TMD_SAME_STATUS(unsupported_version, UNSUPPORTED_VERSION);
TMD_SAME_STATUS(unsupported_digest, UNSUPPORTED_DIGEST);
TMD_SAME_STATUS(malformed_manifest, MALFORMED_MANIFEST);
TMD_SAME_STATUS(manifest_corrupt, MANIFEST_CORRUPT);
TMD_SAME_STATUS(manifest_too_large, MANIFEST_TOO_LARGE);
TMD_SAME_STATUS(unknown_critical, UNKNOWN_CRITICAL);
TMD_SAME_STATUS(missing_entry, MISSING_ENTRY);
TMD_SAME_STATUS(body_malformed, BODY_MALFORMED);
TMD_SAME_STATUS(body_truncated, BODY_TRUNCATED);
TMD_SAME_STATUS(chunk_corrupt, CHUNK_CORRUPT);
TMD_SAME_STATUS(needs_more_memory, NEEDS_MORE_MEMORY);
TMD_SAME_STATUS(wrong_base_length, WRONG_BASE_LENGTH);
TMD_SAME_STATUS(wrong_base, WRONG_BASE);
TMD_SAME_STATUS(target_too_large, TARGET_TOO_LARGE);
TMD_SAME_STATUS(target_mismatch, TARGET_MISMATCH);
TMD_SAME_STATUS(self_test_failed, SELF_TEST_FAILED);
TMD_SAME_STATUS(too_many_attempts, TOO_MANY_ATTEMPTS);
TMD_SAME_STATUS(full_model_refused, FULL_MODEL_REFUSED);
TMD_SAME_STATUS(model_damaged, MODEL_DAMAGED);
TMD_SAME_STATUS(model_unsuitable, MODEL_UNSUITABLE);
TMD_SAME_STATUS(factory_mismatch, FACTORY_MISMATCH);
TMD_SAME_STATUS(slots_mismatch, SLOTS_MISMATCH);
TMD_SAME_STATUS(needs_gap, NEEDS_GAP);
TMD_SAME_STATUS(needs_way_back, NEEDS_WAY_BACK);
TMD_SAME_STATUS(updating, UPDATING);
TMD_SAME_STATUS(unsigned_patch, UNSIGNED_PATCH);
TMD_SAME_STATUS(bad_signature, BAD_SIGNATURE);
TMD_SAME_STATUS(unknown_key, UNKNOWN_KEY);
TMD_SAME_STATUS(revoked_key, REVOKED_KEY);
TMD_SAME_STATUS(malformed_signature, MALFORMED_SIGNATURE);
TMD_SAME_STATUS(unsupported_algorithm, UNSUPPORTED_ALGORITHM);
TMD_SAME_STATUS(downgrade, DOWNGRADE);
TMD_SAME_STATUS(wrong_family, WRONG_FAMILY);
TMD_SAME_STATUS(wrong_device, WRONG_DEVICE);
TMD_SAME_STATUS(cipher_failure, CIPHER_FAILURE);
TMD_SAME_STATUS(digest_too_weak, DIGEST_TOO_WEAK);
TMD_SAME_STATUS(malformed_certificate, MALFORMED_CERTIFICATE);
TMD_SAME_STATUS(bad_certificate, BAD_CERTIFICATE);
TMD_SAME_STATUS(outside_certificate, OUTSIDE_CERTIFICATE);
TMD_SAME_STATUS(arena_too_small, ARENA_TOO_SMALL);
TMD_SAME_STATUS(abi_mismatch, ABI_MISMATCH);
TMD_SAME_STATUS(operator_missing, OPERATOR_MISSING);
TMD_SAME_STATUS(io_mismatch, IO_MISMATCH);
TMD_SAME_STATUS(alignment_mismatch, ALIGNMENT_MISMATCH);
TMD_SAME_STATUS(feature_missing, FEATURE_MISSING);
TMD_SAME_STATUS(code_mismatch, CODE_MISMATCH);
TMD_SAME_STATUS(read_failed, READ_FAILED);
TMD_SAME_STATUS(program_failed, PROGRAM_FAILED);
TMD_SAME_STATUS(erase_failed, ERASE_FAILED);
TMD_SAME_STATUS(verify_failed, VERIFY_FAILED);
TMD_SAME_STATUS(out_of_bounds, OUT_OF_BOUNDS);
TMD_SAME_STATUS(journal_full, JOURNAL_FULL);
TMD_SAME_STATUS(not_found, NOT_FOUND);
TMD_SAME_STATUS(journal_lost, JOURNAL_LOST);
TMD_SAME_STATUS(journal_worn, JOURNAL_WORN);
TMD_SAME_STATUS(unknown_record, UNKNOWN_RECORD);
TMD_SAME_STATUS(other_version, OTHER_VERSION);
TMD_SAME_STATUS(other_layout, OTHER_LAYOUT);
TMD_SAME_STATUS(other_product, OTHER_PRODUCT);
TMD_SAME_STATUS(unsupported_option, UNSUPPORTED_OPTION);
TMD_SAME_STATUS(staging_full, STAGING_FULL);
TMD_SAME_STATUS(out_of_memory, OUT_OF_MEMORY);
#undef TMD_SAME_STATUS
static_assert(static_cast<int>(TMD_MODEL_NONE) == static_cast<int>(ModelState::none) &&
                  static_cast<int>(TMD_MODEL_CONFIRMED) == static_cast<int>(ModelState::confirmed) &&
                  static_cast<int>(TMD_MODEL_TRIAL) == static_cast<int>(ModelState::trial) &&
                  static_cast<int>(TMD_MODEL_REVERTED) == static_cast<int>(ModelState::reverted) &&
                  static_cast<int>(TMD_MODEL_UPDATING) == static_cast<int>(ModelState::updating),
              "tmd_model_state is ModelState");
static_assert(static_cast<int>(TMD_SLOT_A) == static_cast<int>(SlotId::a) &&
                  static_cast<int>(TMD_SLOT_B) == static_cast<int>(SlotId::b),
              "tmd_slot_id is SlotId");
static_assert(static_cast<int>(TMD_DIGEST_NONE) == static_cast<int>(DigestKind::none) &&
                  static_cast<int>(TMD_DIGEST_CRC32) == static_cast<int>(DigestKind::crc32) &&
                  static_cast<int>(TMD_DIGEST_SHA256) == static_cast<int>(DigestKind::sha256),
              "tmd_digest_kind is DigestKind");

constexpr tmd_status from(Status status) {
  return static_cast<tmd_status>(status);
}
/// A number that is no status stays, or becomes, one that `to_string` has no words for: an error of another library,
/// which may be a large number, is not taken for what its lowest byte says.
constexpr Status to_status(tmd_status status) {
  return static_cast<Status>(static_cast<unsigned>(status) >> 8 == 0 ? static_cast<unsigned>(status) : 0xFFU);
}
constexpr tmd_region from(const Region& region) {
  return tmd_region{region.address, region.size};
}
constexpr tmd_companion_data from(const Companion& companion) {
  return tmd_companion_data{companion.schema, from(companion.region)};
}
constexpr tmd_feed_result from(const FeedResult& result) {
  return tmd_feed_result{from(result.status), result.consumed};
}
inline tmd_digest from(const Digest& digest) {
  tmd_digest result = {};
  result.kind = static_cast<tmd_digest_kind>(digest.kind);
  copy_bytes(digest.all(), MutableBytes(result.bytes));
  return result;
}
inline tmd_active_model from(const ActiveModel& model) {
  tmd_active_model result = {};
  result.present = model.present;
  result.slot = static_cast<tmd_slot_id>(model.slot);
  result.state = static_cast<tmd_model_state>(model.state);
  result.region = from(model.region);
  result.version_major = model.version.major;
  result.version_minor = model.version.minor;
  result.version_patch = model.version.patch;
  result.digest = from(model.digest);
  return result;
}
inline FactoryModel to_factory(const tmd_factory_model* given) {
  FactoryModel factory;
  if (given == nullptr) return factory;
  factory.length = given->length;
  factory.version = ModelVersion{given->version_major, given->version_minor, given->version_patch};
  factory.digest.kind = static_cast<DigestKind>(given->digest.kind);
  copy_bytes(given->digest.bytes, factory.digest.bytes.data(), factory.digest.bytes.size());
  return factory;
}
constexpr Region to_region(const tmd_region& region) {
  return Region{region.address, region.size};
}
constexpr Layout to_layout(const tmd_layout& layout) {
  return Layout{to_region(layout.slot_a), to_region(layout.slot_b), to_region(layout.journal)};
}

/// The Flash policy over a driver in C. A driver that lacks a function, or answers with a number of its own, is at
/// fault in its own way: this passes on what it says. `kLargestUnit`: bytes of the largest program unit that the driver
/// may have; one above 32 costs as much RAM where the journal lies.
template <std::uint32_t kLargestUnit>
class BasicCallbackFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = kLargestUnit;

  constexpr BasicCallbackFlash() = default;
  void attach(const tmd_flash& driver) { driver_ = &driver; }

  std::uint32_t size() const { return driver_->size; }
  std::uint32_t erase_size(std::uint32_t address) const {
    return driver_->erase_size != 0 ? driver_->erase_size : driver_->erase_size_at(driver_->context, address);
  }
  std::uint32_t program_size(std::uint32_t /*address*/) const { return driver_->program_size; }

  Status read(std::uint32_t address, MutableBytes out) {
    return to_status(driver_->read(driver_->context, address, out.data(), out.size()));
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    return to_status(driver_->program(driver_->context, address, bytes.data(), bytes.size()));
  }
  Status erase(std::uint32_t address) { return to_status(driver_->erase(driver_->context, address)); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return to_status(driver_->is_blank(driver_->context, address, length, &blank));
  }

 private:
  const tmd_flash* driver_ = nullptr;
};
using CallbackFlash = BasicCallbackFlash<32>;

}  // namespace c
}  // namespace tmd
