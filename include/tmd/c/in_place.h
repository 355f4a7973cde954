/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TMD_C_IN_PLACE_H
#define TMD_C_IN_PLACE_H

/* Updates in place, for devices that have room for one model, in C: docs/in-place.md; tmd/in_place.hpp and
 * tmd/staging.hpp say what each call does. The C++ file defines the whole interface with the other macro:
 *
 *     #include <tmd/c/define_in_place.hpp>
 *     struct MyConfig : tmd::DefaultConfig<tmd::c::CallbackFlash> {
 *       using Authentication = tmd::AllowUnsigned;  // a product has keys: docs/security.md
 *       static constexpr bool kOneSlot = true;
 *       static constexpr std::uint8_t kTrialBoots = 0;
 *     };
 *     TMD_DEFINE_C_API_IN_PLACE(MyConfig)
 *
 *     // main.c; of the layout `slot_a` is the model's slot, `slot_b` the ring of spare blocks
 *     tmd_attach(&tmd_default_device, &my_flash, &my_layout);
 *     tmd_staging_attach(&tmd_default_device, my_staging_region);
 *     do status = tmd_boot(&tmd_default_device, NULL); while (status == TMD_WOULD_BLOCK);
 *     // TMD_UPDATING: power went while the patch was applied; it lies in the staging area: tmd_staging_reopen.
 *     // TMD_OK: the patch is received: tmd_staging_open, tmd_staging_store, tmd_staging_complete. Then
 *     do status = tmd_apply(&tmd_default_device); while (status == TMD_WOULD_BLOCK);
 *
 * The calls of tmd/c/tmd.h that take patch bytes, tmd_begin to tmd_finish, take full models.
 *
 * With `kTrialBoots` above 0 a new model is on trial, and patches need a way back. tmd_confirm ends the trial;
 * tmd_revert, and a boot that finds none left, answer TMD_UPDATING: tmd_apply takes the model back. */

#include "tmd/c/tmd.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As tmd::FragmentPlan: a patch in fragments of which the last may be shorter. */
typedef struct tmd_fragment_plan {
  uint32_t identity; /* any number that the sender keeps for as long as it sends this patch */
  uint32_t patch_length;
  uint32_t fragment_size;
} tmd_fragment_plan;

/* The staging area: tmd::Staging. Its region is one of the device's flash, of whole erase blocks that nothing else has.
 * Once, after tmd_attach. */
void tmd_staging_attach(tmd_device* device, tmd_region region);
/* Bytes of flash that a plan needs, before rounding up to erase blocks. `first_block`: bytes of the region's first. */
uint64_t tmd_staging_needed(tmd_fragment_plan plan, uint32_t program_size, uint32_t first_block);
/* As tmd::InPlaceUpdater::open_staging: what is still needed of the patch that the area holds stays. */
tmd_status tmd_staging_open(tmd_device* device, tmd_fragment_plan plan);
tmd_status tmd_staging_reopen(tmd_device* device);
tmd_status tmd_staging_store(tmd_device* device, uint32_t index, const uint8_t* bytes, size_t size);
bool tmd_staging_complete(tmd_device* device);
bool tmd_staging_next_missing(tmd_device* device, uint32_t from, uint32_t* index);
/* `bytes` and `size` say where the patch's bytes from this offset on lie, until the next call for this device. */
tmd_status tmd_staging_view(tmd_device* device, uint32_t patch_offset, const uint8_t** bytes, size_t* size);
tmd_status tmd_staging_read(tmd_device* device, uint32_t patch_offset, uint8_t* bytes, size_t size);
tmd_status tmd_staging_restart(tmd_device* device);
tmd_status tmd_staging_wipe(tmd_device* device);
tmd_fragment_plan tmd_staging_plan(const tmd_device* device);
bool tmd_staging_is_open(const tmd_device* device);
uint32_t tmd_staging_changes(const tmd_device* device);

/* The staged patch: tmd::InPlaceUpdater. */
tmd_status tmd_apply(tmd_device* device);
bool tmd_is_pending(const tmd_device* device);
/* Blocks of the patch's size that are still to be written while there is no model, also right after a restart. */
uint32_t tmd_blocks_left(tmd_device* device);

#ifdef __cplusplus
}
#endif

#endif
