// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd {

/// How an operation ended. One value for each thing that a caller could treat differently, so that a log line
/// with nothing but the number is enough to know what happened on a device far away. Each says who acts next:
/// the *application* on the device, the *sender* of the patch, the *server* that makes patches, or *service*
/// (a person with the device, or new firmware).
///
/// The numbers are stable: they may be sent over the air and stored. Add at the end of a group, never renumber.
enum class [[nodiscard]] Status : std::uint8_t{
    // Progress: not errors.
    ok = 0,         ///< Done.
    need_more = 1,  ///< Everything given was taken. Sender: the next bytes.
    would_block =
        2,  ///< Flash is busy, or this call's share of work is done. Application: the same call again.
    ready_to_finish =
        3,  ///< The target is written; nothing is verified or switched yet. Application: `finish`.

    // The caller. Nothing has changed, an update that is open stays open.
    /// Not allowed now (before `boot`, feed before begin, another updater writes, …). Of a crypto library that was
    /// not initialised: the update has ended.
    wrong_state = 16,
    offset_gap = 17,  ///< Bytes before this offset are missing. Sender: from `resume_offset()` on.
    /// Regions or page do not fit the flash or one another: docs/porting.md has a list. Service: other numbers.
    invalid_layout = 18,
    trial_pending = 19,      ///< The active model is on trial. Application: `confirm` or `revert` first.
    nothing_to_revert = 20,  ///< There is no previous model to go back to, or no way back to it is left.

    // The patch: its form. The update has ended. Sender: send it again once; else server: another patch.
    not_a_patch = 32,          ///< The first bytes are not those of any known patch format.
    unsupported_version = 33,  ///< A patch format newer than this firmware. Service: firmware first.
    unsupported_digest = 34,   ///< The patch uses a digest this firmware does not have.
    malformed_manifest = 35,   ///< A header or manifest field is out of its bounds or order.
    /// The manifest's own check does not match: damaged on the way. While a model is updated in place: another patch
    /// is staged. Sender: the right one.
    manifest_corrupt = 36,
    manifest_too_large = 37,  ///< The manifest does not fit this firmware's manifest buffer.
    unknown_critical = 38,    ///< A critical manifest entry that this firmware does not know.
    missing_entry = 39,       ///< A manifest entry that this firmware insists on is absent.
    body_malformed = 40,      ///< The body asks for something impossible (offset, length, operation).
    body_truncated = 41,     ///< `finish` came before the last byte; the update stays open. Sender: the rest.
    chunk_corrupt = 43,      ///< A format 1 chunk does not match its CRC.
    needs_more_memory = 44,  ///< The patch was made for a build with larger buffers than this one has.
    /// The patch was made with an option of its format that this library does not read. Server: make it without.
    unsupported_option = 45,

    // The patch, or a model, against this device. The update has ended; nothing was switched.
    wrong_base_length =
        56,           ///< The active model has another length than the patch's base. Server: another patch.
    wrong_base = 57,  ///< The active model is not the patch's base, or is damaged. Server: a full model.
    target_too_large = 58,  ///< The target does not fit the slot, or a plan its staging area.
    /// What was written does not have the declared digest. Sender: send it again. Of `revert` and `verify_active`: the
    /// model in flash is damaged.
    target_mismatch = 60,
    self_test_failed = 61,  ///< The model on trial did not give what its self-test expects; reverted.
    /// This patch was refused too often, or too many were. Application: `allow_again`; or a newer patch.
    too_many_attempts = 62,
    full_model_refused = 63,  ///< This configuration takes no patches from an empty base.
    model_damaged = 64,       ///< No whole model is left. Server: a full model.
    model_unsuitable =
        65,  ///< This firmware can't run the model it found. Server: a patch for this firmware.
    factory_mismatch = 66,  ///< Slot A does not hold the factory model that the firmware states. Service.
    /// The patch is for a device with one slot and this one has two, or the other way round, or for other
    /// blocks or more spare ones than this one has; or one that needs its base was fed to a device with one slot
    /// without being staged. Server: another patch.
    slots_mismatch = 67,
    needs_gap =
        68,  ///< A full model would leave a time without any, which this configuration does not allow.
    /// The patch can't take its target back, and this configuration puts each model on trial. Server: a reversible one.
    needs_way_back = 69,
    updating =
        70,  ///< There is no model to run while one is updated, or taken back, in place. Application: `apply`.

    // Authenticity and freshness. The update has ended before anything was written. Server: see each.
    unsigned_patch = 72,         ///< This firmware takes signed patches only.
    bad_signature = 73,          ///< The signature does not verify.
    unknown_key = 74,            ///< The key is not among the trusted keys, or not in the key store.
    revoked_key = 75,            ///< The key was trusted once and is revoked.
    malformed_signature = 76,    ///< The authentication block is not the COSE structure expected.
    unsupported_algorithm = 77,  ///< An algorithm that this firmware has no verifier or cipher for.
    downgrade = 78,     ///< The security counter or model version is lower than what this device has seen.
    wrong_family = 79,  ///< The patch is for another model family.
    wrong_device = 80,  ///< The patch is for another device class.
    /// The body could not be decrypted (no key, or the cipher failed); also in the middle of it. While a model is
    /// updated in place: `apply` again.
    cipher_failure = 81,
    digest_too_weak = 82,  ///< This firmware insists on a stronger digest than the patch carries.
    malformed_certificate =
        83,                    ///< The certificate is not the structure expected, or claims a pinned number.
    bad_certificate = 84,      ///< The certificate's signature does not verify.
    outside_certificate = 85,  ///< The signing key's certificate is for another family or other counters.

    // Guardrails: what the firmware can run. The update has ended before anything was written. Server: another
    // model, or service: other firmware.
    arena_too_small = 96,      ///< The target needs a larger tensor arena than this firmware has.
    abi_mismatch = 97,         ///< The target is for another schema or runtime ABI version.
    operator_missing = 98,     ///< The target uses an operator (or operator version) that is not linked in.
    io_mismatch = 99,          ///< Inputs or outputs differ from what the application expects.
    alignment_mismatch = 100,  ///< The target needs a stronger alignment than the slot has.
    feature_missing = 101,     ///< The target needs a firmware feature that is not there.
    code_mismatch = 102,       ///< The target is for other compiled code than this firmware holds.

    // Flash, journal and memory. The update has ended; the active model is as it was. Application: again; service
    // where it stays so. An update in place has not ended: `apply` again.
    read_failed = 112,     ///< A read failed where the data must be readable.
    program_failed = 113,  ///< The driver refused or failed to program.
    erase_failed = 114,    ///< The driver refused or failed to erase, or the block is not blank afterwards.
    verify_failed = 115,   ///< What was programmed reads back differently: worn or lying flash.
    out_of_bounds = 116,   ///< An address outside the region; nothing was touched.
    journal_full = 117,    ///< The journal has no room for a record of this size.
    not_found = 118,       ///< There is no such record, no model at all, or a staged fragment is missing.
    journal_lost =
        119,  ///< The journal's state is damaged beyond repair, or was never one. Service: `reset`.
    journal_worn = 120,    ///< No place of the journal can be written any more; the model runs on. Service.
    unknown_record = 121,  ///< The journal holds a critical record of other firmware. Service: that firmware.
    other_version = 122,   ///< The journal was written by a library with another flash format. Service.
    other_layout =
        123,  ///< The journal belongs to other slot addresses or sizes. Service: `reset`, or those.
    other_product = 124,  ///< The journal belongs to another product (`kProduct`). Service.
    staging_full =
        125,  ///< More of a staging area is spoiled than it has spare places. Application: `restart`.
    out_of_memory = 126,  ///< The crypto library has no memory left. Application: `resume` once it has.
};

/// One sentence for a person: what it means, without a newline. Never null.
constexpr const char* to_string(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::need_more:
      return "more patch bytes are needed";
    case Status::would_block:
      return "the flash is busy or more work is left, call again";
    case Status::ready_to_finish:
      return "the target is written but not active yet, call finish";
    case Status::wrong_state:
      return "this call is not allowed in the present state";
    case Status::offset_gap:
      return "patch bytes before this offset are missing";
    case Status::invalid_layout:
      return "slots or journal overlap, are misaligned or too small";
    case Status::trial_pending:
      return "the active model is on trial; confirm or revert it first";
    case Status::nothing_to_revert:
      return "there is no previous model to go back to";
    case Status::not_a_patch:
      return "this is not a TinyMLDelta patch";
    case Status::unsupported_version:
      return "the patch format is newer than this firmware";
    case Status::unsupported_digest:
      return "the patch uses a digest this firmware does not have";
    case Status::malformed_manifest:
      return "the patch header is malformed";
    case Status::manifest_corrupt:
      return "the patch header is damaged";
    case Status::manifest_too_large:
      return "the manifest is larger than this firmware's buffer";
    case Status::unknown_critical:
      return "the manifest has a critical entry this firmware does not know";
    case Status::missing_entry:
      return "the manifest lacks an entry this firmware insists on";
    case Status::body_malformed:
      return "the patch body is malformed";
    case Status::body_truncated:
      return "the patch ends too early";
    case Status::chunk_corrupt:
      return "a chunk does not match its CRC";
    case Status::needs_more_memory:
      return "the patch needs larger buffers than this build has";
    case Status::unsupported_option:
      return "the patch was made with an option that this does not read";
    case Status::wrong_base_length:
      return "the active model has another length than the patch's base";
    case Status::wrong_base:
      return "the active model is not the patch's base, or it is damaged";
    case Status::target_too_large:
      return "the target does not fit the slot";
    case Status::target_mismatch:
      return "the written model does not have the declared digest";
    case Status::self_test_failed:
      return "the model on trial failed its self-test and was reverted";
    case Status::too_many_attempts:
      return "this patch was refused too often; allow it again or send another one";
    case Status::full_model_refused:
      return "this firmware takes no patches from an empty base";
    case Status::model_damaged:
      return "no whole model is left; send a full one";
    case Status::model_unsuitable:
      return "this firmware cannot run the model it found";
    case Status::factory_mismatch:
      return "slot A does not hold the factory model that the firmware states";
    case Status::slots_mismatch:
      return "the patch is for devices with other slots, blocks or spare blocks";
    case Status::needs_gap:
      return "a full model would leave a time without a model, which this firmware does not allow";
    case Status::needs_way_back:
      return "the patch has no way back and this firmware puts each model on trial";
    case Status::updating:
      return "the model is being updated in place, there is none to run";
    case Status::unsigned_patch:
      return "the patch is not signed and this firmware insists";
    case Status::bad_signature:
      return "the signature does not verify";
    case Status::unknown_key:
      return "the signing key is not trusted here";
    case Status::revoked_key:
      return "the signing key is revoked";
    case Status::malformed_signature:
      return "the authentication block is malformed";
    case Status::unsupported_algorithm:
      return "no verifier or cipher for this algorithm here";
    case Status::downgrade:
      return "the patch is older than what this device has seen";
    case Status::wrong_family:
      return "the patch is for another model family";
    case Status::wrong_device:
      return "the patch is for another device class";
    case Status::cipher_failure:
      return "the body could not be decrypted";
    case Status::digest_too_weak:
      return "this firmware insists on a stronger digest";
    case Status::malformed_certificate:
      return "the certificate is malformed or claims a number that is taken";
    case Status::bad_certificate:
      return "the certificate's signature does not verify";
    case Status::outside_certificate:
      return "the signing key's certificate is for another family or other security counters";
    case Status::arena_too_small:
      return "the target needs a larger tensor arena than this firmware has";
    case Status::abi_mismatch:
      return "the target is for another schema or runtime ABI version";
    case Status::operator_missing:
      return "the target uses an operator this firmware does not link";
    case Status::io_mismatch:
      return "the target's inputs or outputs differ from the application's";
    case Status::alignment_mismatch:
      return "the target needs a stronger alignment than the slot has";
    case Status::feature_missing:
      return "the target needs a firmware feature that is not there";
    case Status::code_mismatch:
      return "the target is for other compiled code";
    case Status::read_failed:
      return "reading flash failed";
    case Status::program_failed:
      return "programming flash failed";
    case Status::erase_failed:
      return "erasing flash failed";
    case Status::verify_failed:
      return "flash reads back other data than was programmed";
    case Status::out_of_bounds:
      return "an address outside its region";
    case Status::journal_full:
      return "the journal has no room for this record";
    case Status::not_found:
      return "there is no such record or model";
    case Status::journal_lost:
      return "the journal is damaged beyond repair or never was one; reset it";
    case Status::journal_worn:
      return "no place of the journal can be written any more";
    case Status::unknown_record:
      return "the journal holds a critical record of other firmware";
    case Status::other_version:
      return "the journal has another version of the flash format";
    case Status::other_layout:
      return "the journal belongs to other slot addresses or sizes";
    case Status::other_product:
      return "the journal belongs to another product";
    case Status::staging_full:
      return "more of the staging area is spoiled than it has spare places; begin it anew";
    case Status::out_of_memory:
      return "the crypto library has no memory left";
  }
  return "unknown status";
}

/// True for every status that is not progress.
constexpr bool is_error(Status status) {
  return static_cast<std::uint8_t>(status) >= 16;
}

/// True where an update that answered this goes on with more calls: feed, poll or finish. False where it has
/// ended, well (ok) or not.
constexpr bool is_open(Status status) {
  return status == Status::need_more || status == Status::would_block || status == Status::ready_to_finish ||
         status == Status::offset_gap || status == Status::body_truncated;
}

/// Repeats a call for as long as it answers would_block: for programs that have nothing else to do meanwhile.
///
///     status = tmd::until_done([&] { return updater.finish(); });
template <class Call>
Status until_done(Call&& call) {
  Status status = call();
  while (status == Status::would_block) status = call();
  return status;
}

/// True for what flash answers where it is at fault.
constexpr bool is_flash_error(Status status) {
  return status >= Status::read_failed && status <= Status::verify_failed;
}

}  // namespace tmd
