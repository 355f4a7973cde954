/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TMD_C_TMD_H
#define TMD_C_TMD_H

/* The device half for C programs. It is C++ behind this header: one source file of the product is C++17 and says what
 * the library is made of; it links with a C compiler, without a C++ library.
 *
 *     // tmd_device.cpp
 *     #include <tmd/c/define.hpp>
 *     struct MyConfig : tmd::DefaultConfig<tmd::c::CallbackFlash> {
 *       using Authentication = tmd::AllowUnsigned;  // a product has keys: docs/security.md
 *     };
 *     TMD_DEFINE_C_API(MyConfig)
 *
 *     // main.c; a device with one slot has tmd/c/in_place.h, too
 *     #include <tmd/c/tmd.h>
 *     tmd_attach(&tmd_default_device, &my_flash, &my_layout);
 *     do status = tmd_boot(&tmd_default_device, NULL); while (status == TMD_WOULD_BLOCK);
 *
 * Each function does what its C++ namesake does: tmd/model_store.hpp and tmd/updater.hpp say what each waits for,
 * answers, and leaves after a power cut. Offsets, sizes and lengths are in bytes. Pointers are never NULL where this
 * header does not say so. All calls for one device are made from one context (docs/integration.md). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values of tmd::Status, number by number; tmd/status.hpp says for each who acts next. */
typedef enum tmd_status {
  TMD_OK = 0,
  TMD_NEED_MORE = 1,
  TMD_WOULD_BLOCK = 2,
  TMD_READY_TO_FINISH = 3,
  TMD_WRONG_STATE = 16,
  TMD_OFFSET_GAP = 17,
  TMD_INVALID_LAYOUT = 18,
  TMD_TRIAL_PENDING = 19,
  TMD_NOTHING_TO_REVERT = 20,
  TMD_NOT_A_PATCH = 32,
  TMD_UNSUPPORTED_VERSION = 33,
  TMD_UNSUPPORTED_DIGEST = 34,
  TMD_MALFORMED_MANIFEST = 35,
  TMD_MANIFEST_CORRUPT = 36,
  TMD_MANIFEST_TOO_LARGE = 37,
  TMD_UNKNOWN_CRITICAL = 38,
  TMD_MISSING_ENTRY = 39,
  TMD_BODY_MALFORMED = 40,
  TMD_BODY_TRUNCATED = 41,
  TMD_CHUNK_CORRUPT = 43,
  TMD_NEEDS_MORE_MEMORY = 44,
  TMD_UNSUPPORTED_OPTION = 45,
  TMD_WRONG_BASE_LENGTH = 56,
  TMD_WRONG_BASE = 57,
  TMD_TARGET_TOO_LARGE = 58,
  TMD_TARGET_MISMATCH = 60,
  TMD_SELF_TEST_FAILED = 61,
  TMD_TOO_MANY_ATTEMPTS = 62,
  TMD_FULL_MODEL_REFUSED = 63,
  TMD_MODEL_DAMAGED = 64,
  TMD_MODEL_UNSUITABLE = 65,
  TMD_FACTORY_MISMATCH = 66,
  TMD_SLOTS_MISMATCH = 67,
  TMD_NEEDS_GAP = 68,
  TMD_NEEDS_WAY_BACK = 69,
  TMD_UPDATING = 70,
  TMD_UNSIGNED_PATCH = 72,
  TMD_BAD_SIGNATURE = 73,
  TMD_UNKNOWN_KEY = 74,
  TMD_REVOKED_KEY = 75,
  TMD_MALFORMED_SIGNATURE = 76,
  TMD_UNSUPPORTED_ALGORITHM = 77,
  TMD_DOWNGRADE = 78,
  TMD_WRONG_FAMILY = 79,
  TMD_WRONG_DEVICE = 80,
  TMD_CIPHER_FAILURE = 81,
  TMD_DIGEST_TOO_WEAK = 82,
  TMD_MALFORMED_CERTIFICATE = 83,
  TMD_BAD_CERTIFICATE = 84,
  TMD_OUTSIDE_CERTIFICATE = 85,
  TMD_ARENA_TOO_SMALL = 96,
  TMD_ABI_MISMATCH = 97,
  TMD_OPERATOR_MISSING = 98,
  TMD_IO_MISMATCH = 99,
  TMD_ALIGNMENT_MISMATCH = 100,
  TMD_FEATURE_MISSING = 101,
  TMD_CODE_MISMATCH = 102,
  TMD_READ_FAILED = 112,
  TMD_PROGRAM_FAILED = 113,
  TMD_ERASE_FAILED = 114,
  TMD_VERIFY_FAILED = 115,
  TMD_OUT_OF_BOUNDS = 116,
  TMD_JOURNAL_FULL = 117,
  TMD_NOT_FOUND = 118,
  TMD_JOURNAL_LOST = 119,
  TMD_JOURNAL_WORN = 120,
  TMD_UNKNOWN_RECORD = 121,
  TMD_OTHER_VERSION = 122,
  TMD_OTHER_LAYOUT = 123,
  TMD_OTHER_PRODUCT = 124,
  TMD_STAGING_FULL = 125,
  TMD_OUT_OF_MEMORY = 126,
} tmd_status;

/* Values of tmd::ModelState. */
typedef enum tmd_model_state {
  TMD_MODEL_NONE = 0,
  TMD_MODEL_CONFIRMED = 1,
  TMD_MODEL_TRIAL = 2,
  TMD_MODEL_REVERTED = 3,
  TMD_MODEL_UPDATING = 4,
} tmd_model_state;

/* Values of tmd::SlotId. */
typedef enum tmd_slot_id {
  TMD_SLOT_A = 0,
  TMD_SLOT_B = 1,
} tmd_slot_id;

/* Values of tmd::DigestKind. */
typedef enum tmd_digest_kind {
  TMD_DIGEST_NONE = 0,
  TMD_DIGEST_CRC32 = 1,
  TMD_DIGEST_SHA256 = 2,
} tmd_digest_kind;

/* A part of the flash: flash offset and length. */
typedef struct tmd_region {
  uint32_t address;
  uint32_t size;
} tmd_region;

typedef struct tmd_layout {
  tmd_region slot_a;
  tmd_region slot_b;
  tmd_region journal;
} tmd_layout;

/* Bytes past the digest's own length are zero: 4 of a CRC-32, little-endian, 32 of a SHA-256. */
typedef struct tmd_digest {
  tmd_digest_kind kind;
  uint8_t bytes[32];
} tmd_digest;

/* The model that the product was made with, in slot A. `length` 0: there is none. */
typedef struct tmd_factory_model {
  uint32_t length;
  tmd_digest digest;
  uint16_t version_major; /* what is older is no update of it: docs/security.md */
  uint16_t version_minor;
  uint16_t version_patch;
} tmd_factory_model;

/* The model to run. `present` false: there is none that may be run. */
typedef struct tmd_active_model {
  bool present;
  tmd_slot_id slot;
  tmd_model_state state;
  tmd_region region; /* flash offset of the model's first byte, and its length */
  uint16_t version_major;
  uint16_t version_minor;
  uint16_t version_patch;
  tmd_digest digest;
} tmd_active_model;

/* What came with the model beside it: labels, thresholds. `region.size` 0: there is none. */
typedef struct tmd_companion_data {
  uint16_t schema; /* what the bytes mean, for the application to know */
  tmd_region region;
} tmd_companion_data;

/* What a call that takes patch bytes answers: `consumed` bytes were taken from the front, give the rest again. */
typedef struct tmd_feed_result {
  tmd_status status;
  size_t consumed;
} tmd_feed_result;

/* A flash driver in C, for tmd::c::CallbackFlash. The contract stands in tmd/flash.hpp: aligned, one block to a call,
 * no unit programmed twice; `program` and `erase` may answer TMD_WOULD_BLOCK. It stays for as long as the device. */
typedef struct tmd_flash {
  void* context; /* passed to each function; may be NULL */
  uint32_t size;
  uint32_t erase_size;   /* of every erase block; 0: `erase_size_at` says it */
  uint32_t program_size; /* of a program unit, at most 32; BasicCallbackFlash<512> takes larger ones */
  uint32_t (*erase_size_at)(void* context, uint32_t address); /* NULL where `erase_size` is not 0 */
  tmd_status (*read)(void* context, uint32_t address, uint8_t* bytes, size_t size);
  tmd_status (*program)(void* context, uint32_t address, const uint8_t* bytes, size_t size);
  tmd_status (*erase)(void* context, uint32_t address);
  tmd_status (*is_blank)(void* context, uint32_t address, uint32_t length, bool* blank);
} tmd_flash;

/* A store and its updater, over one flash. Its size is known to the C++ file; all zero until `tmd_attach`. */
typedef struct tmd_device tmd_device;

/* The device that TMD_DEFINE_C_API makes; TMD_DEFINE_C_DEVICE(name) makes more, to be declared alike. */
extern tmd_device tmd_default_device;

/* Before anything else, once. `flash` is NULL where the configuration's Flash is a driver in C++. TMD_WRONG_STATE where
 * that does not hold; the layout is looked at by `tmd_boot`. */
tmd_status tmd_attach(tmd_device* device, const tmd_flash* flash, const tmd_layout* layout);
/* Bytes of RAM that one device takes. */
size_t tmd_device_size(void);

/* The store: tmd::ModelStore. `factory` may be NULL: there is none. */
tmd_status tmd_boot(tmd_device* device, const tmd_factory_model* factory);
tmd_active_model tmd_active(const tmd_device* device);
tmd_region tmd_self_test(const tmd_device* device);
tmd_status tmd_verify_self_test(tmd_device* device);
/* A manifest entry that was kept with the active model, by its number; size 0 where there is none. */
tmd_region tmd_active_entry(tmd_device* device, uint8_t number);
tmd_companion_data tmd_companion(tmd_device* device);
tmd_status tmd_verify_active(tmd_device* device);
tmd_status tmd_confirm(tmd_device* device);
tmd_status tmd_revert(tmd_device* device);
tmd_status tmd_erase_previous(tmd_device* device);
tmd_status tmd_wipe(tmd_device* device);
tmd_status tmd_reset(tmd_device* device, uint32_t least_counter);
tmd_status tmd_allow_again(tmd_device* device);
tmd_region tmd_slot(const tmd_device* device, tmd_slot_id slot);
tmd_region tmd_active_region(const tmd_device* device);
tmd_slot_id tmd_inactive_slot(const tmd_device* device);
bool tmd_has_model(const tmd_device* device);
bool tmd_is_ready(const tmd_device* device);

/* An update: tmd::Updater. */
tmd_status tmd_begin(tmd_device* device);
tmd_status tmd_resume(tmd_device* device);
/* Only if it is the patch with this identity that was interrupted. */
tmd_status tmd_resume_patch(tmd_device* device, uint32_t identity);
uint32_t tmd_resume_offset(const tmd_device* device);
/* `bytes` may be NULL where `size` is 0. */
tmd_feed_result tmd_feed(tmd_device* device, const uint8_t* bytes, size_t size);
tmd_feed_result tmd_feed_at(tmd_device* device, uint32_t patch_offset, const uint8_t* bytes, size_t size);
tmd_status tmd_poll(tmd_device* device);
tmd_status tmd_finish(tmd_device* device);
tmd_status tmd_abort(tmd_device* device);
bool tmd_is_open(const tmd_device* device);

/* Words and groups of statuses: tmd::to_string, is_error, is_flash_error, and is_open(Status). */
const char* tmd_status_text(tmd_status status);
bool tmd_is_error(tmd_status status);
bool tmd_is_flash_error(tmd_status status);
bool tmd_status_is_open(tmd_status status);

#ifdef __cplusplus
}
#endif

#endif
