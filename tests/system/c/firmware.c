/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware in C: the factory model in slot A becomes the one that the patch was made for, with a restart half-way.
 * Models and patch are those of bench/firmware. Ends with exit code 0, else with the line where it failed. */
#include "ram_flash.h"

extern const uint8_t base_image[], base_image_end[], base_digest[];
extern const uint8_t patch_image[], patch_image_end[], target_digest[];
/* The board's start-up code zeroes this memory; a restart does the same. */
extern tmd_device second_device;

static const tmd_layout kLayout = {{0, kSlotSize}, {kSlotSize, kSlotSize}, {2 * kSlotSize, kJournalSize}};

static tmd_factory_model factory_model(void) {
  tmd_factory_model factory = {(uint32_t)(base_image_end - base_image), {TMD_DIGEST_SHA256, {0}}, 0, 0, 0};
  for (unsigned i = 0; i < 32; ++i) factory.digest.bytes[i] = base_digest[i];
  return factory;
}

static tmd_status start(tmd_device* device) {
  const tmd_factory_model factory = factory_model();
  tmd_status status = tmd_attach(device, &ram_flash, &kLayout);
  if (status != TMD_OK) return status;
  do status = tmd_boot(device, &factory);
  while (status == TMD_WOULD_BLOCK);
  return status;
}

/* Takes packets of 20 bytes until `stop` have come. */
static tmd_status receive(tmd_device* device, uint32_t stop) {
  const uint32_t size = (uint32_t)(patch_image_end - patch_image);
  tmd_status status = TMD_NEED_MORE;
  while (!tmd_is_error(status) && status != TMD_READY_TO_FINISH && tmd_resume_offset(device) < stop) {
    const uint32_t offset = tmd_resume_offset(device);
    status = tmd_feed(device, patch_image + offset, size - offset < 20 ? size - offset : 20).status;
  }
  return status;
}

int main(void) {
  const uint32_t patch_size = (uint32_t)(patch_image_end - patch_image);
  tmd_device* device = &second_device;
  tmd_active_model active;
  tmd_status status;
  ram_flash_erase_all();
  for (uint32_t i = 0; i < (uint32_t)(base_image_end - base_image); ++i) ram_flash_cells[i] = base_image[i];

  if (start(device) != TMD_OK || tmd_begin(device) != TMD_OK) return __LINE__;
  if (!tmd_status_is_open(receive(device, patch_size / 2))) return __LINE__;
  device = &tmd_default_device; /* power goes: what comes back knows nothing */
  if (start(device) != TMD_OK || tmd_resume(device) != TMD_OK) return __LINE__;
  status = receive(device, patch_size);
  while (status == TMD_WOULD_BLOCK) status = tmd_poll(device);
  if (status != TMD_READY_TO_FINISH) return __LINE__;
  do status = tmd_finish(device);
  while (status == TMD_WOULD_BLOCK);
  if (status != TMD_OK) return __LINE__;
  do status = tmd_confirm(device);
  while (status == TMD_WOULD_BLOCK);
  active = tmd_active(device);
  if (status != TMD_OK || active.state != TMD_MODEL_CONFIRMED || active.slot != TMD_SLOT_B) return __LINE__;
  for (unsigned i = 0; i < 32; ++i) {
    if (active.digest.bytes[i] != target_digest[i]) return __LINE__;
  }
  return tmd_verify_active(device) == TMD_OK ? 0 : __LINE__;
}
