/* SPDX-License-Identifier: Apache-2.0 */
/* A device in C that has room for one model: its patch comes out of order into the staging area, is applied in place,
 * and power goes in one operation after the other; each time the device goes on without the sender.
 * usage: one_slot FULL.tmd BASE UPDATE.tmd TARGET; exit code 0 where everything is right. */
#include <string.h>

#include "c_test.h"
#include "ram_flash.h"
#include "tmd/c/in_place.h"

enum { kBlock = 4096, kFragment = 20, kIdentity = 7 };
static const tmd_layout kLayout = {{0, 5 * kBlock}, {5 * kBlock, 3 * kBlock}, {8 * kBlock, 4 * kBlock}};
static const tmd_region kStaging = {12 * kBlock, 4 * kBlock};
static tmd_device* const device = &tmd_default_device;

/* Power comes back; RAM has forgotten everything. */
static tmd_status restart(void) {
  tmd_status status;
  ram_flash_power = -1;
  memset((void*)device, 0, tmd_device_size());
  CHECK(tmd_apply(device) == TMD_WRONG_STATE && !tmd_is_pending(device));
  CHECK(tmd_attach(device, &ram_flash, &kLayout) == TMD_OK);
  tmd_staging_attach(device, kStaging);
  UNTIL_DONE(status, tmd_boot(device, NULL));
  return status;
}

static bool holds(const File* model) {
  const tmd_active_model active = tmd_active(device);
  return active.present && active.state == TMD_MODEL_CONFIRMED && active.region.size == model->size &&
         memcmp(ram_flash_cells + active.region.address, model->bytes, model->size) == 0;
}

/* A full model, streamed into the slot. */
static void stream(const File* patch) {
  tmd_status status;
  UNTIL_DONE(status, tmd_begin(device));
  CHECK(status == TMD_OK);
  status = TMD_NEED_MORE;
  while (tmd_status_is_open(status) && status != TMD_READY_TO_FINISH) {
    const uint32_t offset = tmd_resume_offset(device);
    status = tmd_feed(device, patch->bytes + offset, patch->size - offset).status;
  }
  UNTIL_DONE(status, tmd_finish(device));
  CHECK(status == TMD_OK);
}

static tmd_status store(const File* patch, uint32_t index) {
  const size_t offset = (size_t)index * kFragment;
  const size_t size = patch->size - offset < kFragment ? patch->size - offset : kFragment;
  tmd_status status;
  UNTIL_DONE(status, tmd_staging_store(device, index, patch->bytes + offset, size));
  return status;
}

/* The last fragment first; then whatever is missing. */
static void receive(const File* patch) {
  const tmd_fragment_plan plan = {kIdentity, (uint32_t)patch->size, kFragment};
  const uint32_t last = (plan.patch_length - 1) / kFragment;
  const uint8_t* seen;
  uint8_t copy[50];
  uint32_t index = 0, changes;
  size_t size;
  tmd_status status;
  CHECK(tmd_staging_needed(plan, 8, kBlock) > patch->size &&
        tmd_staging_needed(plan, 8, kBlock) <= kStaging.size);
  CHECK(!tmd_staging_is_open(device));
  UNTIL_DONE(status, tmd_staging_open(device, plan));
  CHECK(status == TMD_OK && tmd_staging_open(device, plan) == TMD_OK);
  CHECK(tmd_staging_is_open(device) && tmd_staging_plan(device).patch_length == plan.patch_length);
  CHECK(tmd_staging_store(device, last + 1, patch->bytes, kFragment) == TMD_OUT_OF_BOUNDS);
  CHECK(store(patch, last) == TMD_OK && store(patch, 3) == TMD_OK);
  CHECK(tmd_staging_next_missing(device, 3, &index) && index == 4);
  CHECK(tmd_staging_read(device, 3 * kFragment, copy, 50) == TMD_NOT_FOUND);
  while (tmd_staging_next_missing(device, 0, &index)) CHECK(store(patch, index) == TMD_OK);
  CHECK(tmd_staging_complete(device));
  changes = tmd_staging_changes(device);
  CHECK(store(patch, 0) == TMD_OK && tmd_staging_changes(device) == changes); /* it was there */
  CHECK(tmd_staging_read(device, 33, copy, 50) == TMD_OK && memcmp(copy, patch->bytes + 33, 50) == 0);
  CHECK(tmd_staging_view(device, 33, &seen, &size) == TMD_OK && memcmp(seen, patch->bytes + 33, size) == 0);
}

/* After a restart, alone. A sender of another patch is told to wait for as long as the staged one is needed. */
static void go_on(tmd_status booted, const File* base, const File* target) {
  const tmd_fragment_plan other = {kIdentity + 1, 1000, kFragment};
  tmd_status status;
  if (booted == TMD_OK && holds(target)) return;
  if (booted == TMD_UPDATING) {
    CHECK(!tmd_active(device).present && tmd_is_pending(device));
    CHECK(tmd_abort(device) == TMD_WRONG_STATE && tmd_staging_open(device, other) == TMD_UPDATING);
    CHECK(tmd_resume(device) == TMD_NOT_FOUND && tmd_resume_patch(device, kIdentity) == TMD_NOT_FOUND);
  } else {
    CHECK(booted == TMD_OK && holds(base));
  }
  UNTIL_DONE(status, tmd_staging_reopen(device));
  CHECK(status == TMD_OK && tmd_staging_complete(device));
  UNTIL_DONE(status, tmd_apply(device));
  CHECK(status == TMD_OK && holds(target) && !tmd_is_pending(device));
}

/* Once more from the flash that `before` is, with power for `operations` of it: false where these were enough. */
static bool cut_after(long operations, const uint8_t* before, const File* base, const File* target,
                      int* alone) {
  tmd_status status;
  memcpy(ram_flash_cells, before, kFlashSize);
  CHECK(restart() == TMD_OK);
  UNTIL_DONE(status, tmd_staging_reopen(device));
  CHECK(status == TMD_OK);
  ram_flash_power = operations;
  UNTIL_DONE(status, tmd_apply(device));
  if (ram_flash_power != 0) {
    ram_flash_power = -1;
    CHECK(status == TMD_OK && holds(target));
    return false;
  }
  status = restart();
  *alone += status == TMD_UPDATING;
  go_on(status, base, target);
  CHECK(restart() == TMD_OK && holds(target));
  return true;
}

static void apply_watched(const File* target) {
  uint32_t left = 0;
  tmd_status status = TMD_WOULD_BLOCK;
  while (status == TMD_WOULD_BLOCK) {
    status = tmd_apply(device);
    if (tmd_active(device).state == TMD_MODEL_UPDATING) {
      CHECK(left == 0 || tmd_blocks_left(device) <= left);
      left = tmd_blocks_left(device);
    }
  }
  CHECK(status == TMD_OK && left > 0 && holds(target));
}

int main(int count, char** arguments) {
  static File full, base, update, target;
  static uint8_t before[kFlashSize];
  tmd_status status;
  long cuts = 0;
  int alone = 0;
  CHECK(count == 5);
  load(arguments[1], &full);
  load(arguments[2], &base);
  load(arguments[3], &update);
  load(arguments[4], &target);
  ram_flash_erase_all();
  CHECK(restart() == TMD_NOT_FOUND);
  stream(&full);
  CHECK(holds(&base) && tmd_apply(device) == TMD_NOT_FOUND);
  CHECK(tmd_staging_complete(device) == false && tmd_staging_reopen(device) == TMD_NOT_FOUND);
  ram_flash_patience = 1;
  receive(&update);
  ram_flash_patience = 0;
  memcpy(before, ram_flash_cells, kFlashSize);

  apply_watched(&target);
  UNTIL_DONE(status, tmd_staging_wipe(device));
  CHECK(status == TMD_OK && tmd_staging_reopen(device) == TMD_NOT_FOUND);
  while (cut_after(1 + cuts, before, &base, &target, &alone)) ++cuts;
  CHECK(cuts > 500 && alone > 200);
  UNTIL_DONE(status, tmd_staging_restart(device));
  CHECK(status == TMD_OK && !tmd_staging_complete(device));
  printf("a device in C of %zu bytes took its patch, and after each of %ld power cuts\n", tmd_device_size(),
         cuts);
  return 0;
}
