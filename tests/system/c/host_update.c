/* SPDX-License-Identifier: Apache-2.0 */
/* A device in C on the host: takes a full model, then an update with a restart in its middle, reverts, and says what
 * the other calls say. usage: host_update FIRST.tmd BASE UPDATE.tmd TARGET; exit code 0 where everything is right. */
#include <string.h>

#include "c_test.h"
#include "ram_flash.h"
#include "tmd/c/history.h"

extern tmd_device second_device;

static const tmd_layout kLayout = {{0, kSlotSize}, {kSlotSize, kSlotSize}, {2 * kSlotSize, kJournalSize}};
static tmd_device* const device = &tmd_default_device;

static tmd_status restart(const tmd_factory_model* factory) {
  tmd_status status;
  /* What is lost with power. */
  memset((void*)device, 0, tmd_device_size());
  CHECK(tmd_attach(device, &ram_flash, &kLayout) == TMD_OK);
  CHECK(!tmd_is_ready(device));
  UNTIL_DONE(status, tmd_boot(device, factory));
  return status;
}

/* Feeds until `stop` bytes have been taken, or all of them. */
static tmd_status feed(const File* patch, size_t stop) {
  tmd_status status = tmd_poll(device);
  while (tmd_status_is_open(status) && status != TMD_READY_TO_FINISH) {
    const uint32_t offset = tmd_resume_offset(device);
    size_t size = patch->size - offset < 51 ? patch->size - offset : 51;
    if (offset >= stop && stop < patch->size) return status;
    status = tmd_feed_at(device, offset, patch->bytes + offset, size).status;
  }
  return status;
}

static bool holds(const File* model) {
  const tmd_active_model active = tmd_active(device);
  return active.present && active.region.size == model->size && active.digest.kind == TMD_DIGEST_SHA256 &&
         memcmp(ram_flash_cells + active.region.address, model->bytes, model->size) == 0;
}

static void take(const File* patch, size_t cut) {
  tmd_status status;
  UNTIL_DONE(status, tmd_begin(device));
  CHECK(status == TMD_OK && tmd_is_open(device));
  if (cut != 0) {
    CHECK(tmd_status_is_open(feed(patch, cut)));
    CHECK(restart(NULL) == TMD_OK);
    CHECK(tmd_resume_patch(device, 12345) == TMD_NOT_FOUND);
    UNTIL_DONE(status, tmd_resume(device));
    CHECK(status == TMD_OK && tmd_resume_offset(device) > 0);
  }
  CHECK(feed(patch, patch->size) == TMD_READY_TO_FINISH);
  UNTIL_DONE(status, tmd_finish(device));
  CHECK(status == TMD_OK && !tmd_is_open(device));
}

static void check_refusals(const File* patch) {
  tmd_feed_result fed;
  CHECK(tmd_attach(&second_device, NULL, &kLayout) == TMD_WRONG_STATE);
  CHECK(tmd_boot(&second_device, NULL) == TMD_WRONG_STATE);
  CHECK(tmd_begin(&second_device) == TMD_WRONG_STATE);
  CHECK(tmd_revert(device) == TMD_NOTHING_TO_REVERT);
  CHECK(tmd_begin(device) == TMD_OK);
  CHECK(tmd_feed_at(device, 7, patch->bytes, 7).status == TMD_OFFSET_GAP);
  fed = tmd_feed(device, patch->bytes, 3);
  CHECK(fed.status == TMD_NEED_MORE && fed.consumed == 3);
  fed = tmd_feed(device, NULL, 0);
  CHECK(fed.status == TMD_NEED_MORE && fed.consumed == 0);
  CHECK(tmd_abort(device) == TMD_OK && !tmd_is_open(device));
  CHECK(strcmp(tmd_status_text(TMD_OK), "ok") == 0 && strstr(tmd_status_text((tmd_status)200), "unknown"));
  /* As a driver may answer that passes on what another library said. */
  CHECK(tmd_is_error((tmd_status)0x102) && strstr(tmd_status_text((tmd_status)0x6000), "unknown"));
  CHECK(tmd_is_error(TMD_WRONG_BASE) && !tmd_is_error(TMD_WOULD_BLOCK) &&
        tmd_is_flash_error(TMD_READ_FAILED));
}

/* The audit log and the monitor, in the flash behind the journal. */
static tmd_status mount_history(void) {
  const tmd_region region = {2 * kSlotSize + kJournalSize, kHistorySize};
  tmd_status status;
  memset((void*)&tmd_default_history, 0, tmd_history_size());
  CHECK(tmd_history_mount(&tmd_default_history) != TMD_OK);
  tmd_history_attach(&tmd_default_history, device, region);
  UNTIL_DONE(status, tmd_history_mount(&tmd_default_history));
  return status;
}
static void observe(uint32_t time) {
  tmd_status status;
  UNTIL_DONE(status, tmd_history_observe(&tmd_default_history, time));
  CHECK(status == TMD_OK);
}
static tmd_log_event last_event(void) {
  const uint32_t size = tmd_history_log_size(&tmd_default_history);
  return tmd_history_log_at(&tmd_default_history, size - 1).event;
}
static void check_history(void) {
  const tmd_trial_policy policy = {3, 2, 60};
  tmd_history* const history = &tmd_default_history;
  tmd_status status;
  tmd_log_entry entry;
  uint32_t chain, i;
  UNTIL_DONE(status, tmd_history_note(history, TMD_LOG_NOTED, TMD_READ_FAILED, 50));
  CHECK(status == TMD_OK && last_event() == TMD_LOG_NOTED);
  chain = tmd_history_log_last_chain(history);
  CHECK(mount_history() == TMD_OK); /* a restart */
  CHECK(tmd_history_log_last_chain(history) == chain && tmd_history_log_is_whole(history));
  CHECK(tmd_history_log_size(history) == 4 && tmd_history_log_dropped(history) > 0); /* four are kept */
  entry = tmd_history_log_at(history, 3);
  CHECK(entry.number == tmd_history_log_dropped(history) + 4 && entry.time == 50 && entry.chain == chain);
  CHECK(entry.status == TMD_READ_FAILED && tmd_history_log_at(history, 4).number == 0);
  CHECK(strcmp(tmd_log_event_text(entry.event), "noted") == 0);

  CHECK(tmd_history_monitor_decide(history, policy) == TMD_TRIAL_WAIT);
  for (i = 0; i < 3; ++i) {
    tmd_history_monitor_count(history, 255);
    tmd_history_monitor_judge(history, true);
  }
  CHECK(tmd_history_monitor_decide(history, policy) == TMD_TRIAL_CONFIRM);
  UNTIL_DONE(status, tmd_history_save(history));
  CHECK(status == TMD_OK && mount_history() == TMD_OK);
  CHECK(tmd_history_monitor(history).inferences == 3 && tmd_history_monitor(history).confidence[7] == 3);
  CHECK(tmd_history_monitor(history).good == 3 && tmd_history_monitor(history).bad == 0);
  for (i = 0; i < 3; ++i) tmd_history_monitor_judge(history, false);
  CHECK(tmd_history_monitor_decide(history, policy) == TMD_TRIAL_REVERT);
}

/* History and store share a flash that is busy: what the one began is ended before the other begins. */
static void check_shared_flash(void) {
  tmd_status status, written;
  ram_flash_patience = 2;
  status = tmd_history_note(&tmd_default_history, TMD_LOG_NOTED, TMD_OK, 60);
  CHECK(status == TMD_WOULD_BLOCK);
  do {
    status = tmd_erase_previous(device);
    written = tmd_history_note(&tmd_default_history, TMD_LOG_NOTED, TMD_OK, 60);
  } while (status == TMD_WOULD_BLOCK && written == TMD_WOULD_BLOCK);
  if (written == TMD_WOULD_BLOCK)
    UNTIL_DONE(written, tmd_history_note(&tmd_default_history, TMD_LOG_NOTED, TMD_OK, 60));
  if (status == TMD_WOULD_BLOCK) UNTIL_DONE(status, tmd_erase_previous(device));
  ram_flash_patience = 0;
  CHECK(status == TMD_OK && written == TMD_OK && !ram_flash_misused);
}

/* The factory's model is as old as it says it is. */
static void check_factory(void) {
  static const char kModel[] = "123456789";
  const tmd_factory_model factory = {9, {TMD_DIGEST_CRC32, {0x26, 0x39, 0xF4, 0xCB}}, 1, 2, 3};
  tmd_active_model active;
  memcpy(ram_flash_cells, kModel, 9);
  CHECK(restart(&factory) == TMD_OK);
  active = tmd_active(device);
  CHECK(active.region.size == 9);
  CHECK(active.version_major == 1 && active.version_minor == 2 && active.version_patch == 3);
  ram_flash_erase_all();
}

int main(int count, char** arguments) {
  static File first, base, update, target;
  tmd_status status;
  tmd_factory_model wrong = {100, {TMD_DIGEST_CRC32, {1, 2, 3, 4}}, 0, 0, 0};
  CHECK(count == 5);
  load(arguments[1], &first);
  load(arguments[2], &base);
  load(arguments[3], &update);
  load(arguments[4], &target);
  ram_flash_erase_all();
  check_factory();
  CHECK(restart(&wrong) == TMD_FACTORY_MISMATCH);
  CHECK(restart(NULL) == TMD_NOT_FOUND && tmd_is_ready(device) && !tmd_has_model(device));
  CHECK(!tmd_active(device).present && tmd_inactive_slot(device) == TMD_SLOT_A);
  ram_flash_patience = 1;

  CHECK(mount_history() == TMD_OK && tmd_history_log_size(&tmd_default_history) == 0);

  take(&first, 0);
  observe(10);
  CHECK(last_event() == TMD_LOG_ACTIVATED);
  CHECK(holds(&base) && tmd_active(device).state == TMD_MODEL_CONFIRMED);
  ram_flash_patience = 0;
  check_refusals(&update);
  take(&update, update.size / 2);
  observe(20);
  CHECK(restart(NULL) == TMD_OK && holds(&target) && tmd_active(device).state == TMD_MODEL_TRIAL);
  CHECK(tmd_begin(device) == TMD_TRIAL_PENDING);
  UNTIL_DONE(status, tmd_revert(device));
  CHECK(status == TMD_OK && holds(&base) && tmd_active(device).state == TMD_MODEL_REVERTED);
  observe(30);
  CHECK(last_event() == TMD_LOG_REVERTED);
  take(&update, 0);
  observe(35);
  UNTIL_DONE(status, tmd_confirm(device));
  observe(40);
  CHECK(last_event() == TMD_LOG_CONFIRMED);
  check_history();
  CHECK(status == TMD_OK && holds(&target) && tmd_verify_active(device) == TMD_OK);
  CHECK(tmd_slot(device, TMD_SLOT_B).address == kSlotSize && tmd_active_region(device).address == kSlotSize);
  CHECK(tmd_self_test(device).size == 0 && tmd_verify_self_test(device) == TMD_OK);
  CHECK(tmd_allow_again(device) == TMD_OK);
  check_shared_flash();
  CHECK(ram_flash_cells[0] == 0xFF && holds(&target));
  UNTIL_DONE(status, tmd_wipe(device));
  CHECK(status == TMD_OK && !tmd_has_model(device) && ram_flash_cells[kSlotSize] == 0xFF);
  UNTIL_DONE(status, tmd_reset(device, 5));
  CHECK(status == TMD_OK && restart(NULL) == TMD_NOT_FOUND);
  printf("a device in C of %zu bytes took both patches\n", tmd_device_size());
  return 0;
}
