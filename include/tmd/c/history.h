/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TMD_C_HISTORY_H
#define TMD_C_HISTORY_H

/* The audit log and the monitor of a device for C programs: tmd/history.hpp, which says what each call does and what it
 * wears. Beside TMD_DEFINE_C_API the C++ file has
 *
 *     #include <tmd/c/define_history.hpp>
 *     TMD_DEFINE_C_HISTORY(MyConfig, 16)   // 16 entries are kept
 *
 *     // main.c, after the boot
 *     tmd_history_attach(&tmd_default_history, &tmd_default_device, my_history_region);
 *     do status = tmd_history_mount(&tmd_default_history); while (status == TMD_WOULD_BLOCK);
 *
 * A program without it pays nothing. */

#include "tmd/c/tmd.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Values of tmd::LogEvent. */
typedef enum tmd_log_event {
  TMD_LOG_NONE = 0,
  TMD_LOG_UPDATE_BEGUN = 1,
  TMD_LOG_UPDATE_REFUSED = 2,
  TMD_LOG_ACTIVATED = 3,
  TMD_LOG_CONFIRMED = 4,
  TMD_LOG_REVERTED = 5,
  TMD_LOG_ERASED = 6,
  TMD_LOG_NOTED = 7
} tmd_log_event;

/* As tmd::LogEntry. `number` counts from 1; 0: there is no such entry. */
typedef struct tmd_log_entry {
  uint32_t number;
  uint32_t time;
  uint32_t identity; /* first four bytes of the model's digest, or of the patch's while it is written */
  uint32_t security_counter;
  uint16_t version_major;
  uint16_t version_minor;
  uint16_t version_patch;
  tmd_log_event event;
  tmd_status status;
  uint32_t chain;
} tmd_log_entry;

/* As tmd::ModelMonitor. */
typedef struct tmd_model_monitor {
  uint32_t identity;
  uint32_t inferences;
  uint32_t confidence[8]; /* by the largest score: below 1/8, below 2/8, ... */
  uint32_t good;
  uint32_t bad;
} tmd_model_monitor;

/* Values of tmd::TrialDecision. */
typedef enum tmd_trial_decision {
  TMD_TRIAL_WAIT = 0,
  TMD_TRIAL_CONFIRM = 1,
  TMD_TRIAL_REVERT = 2
} tmd_trial_decision;

/* As tmd::TrialPolicy. */
typedef struct tmd_trial_policy {
  uint32_t confirm_after;
  uint32_t judge_from;
  uint8_t least_percent;
} tmd_trial_policy;

typedef struct tmd_history tmd_history;
extern tmd_history tmd_default_history;

/* Once, after tmd_attach. `region`: a journal of its own in the device's flash, two erase blocks or more. */
void tmd_history_attach(tmd_history* history, tmd_device* device, tmd_region region);
size_t tmd_history_size(void); /* bytes of RAM */

tmd_status tmd_history_mount(tmd_history* history);
tmd_status tmd_history_observe(tmd_history* history, uint32_t time);
tmd_status tmd_history_note(tmd_history* history, tmd_log_event event, tmd_status why, uint32_t time);
tmd_status tmd_history_save(tmd_history* history);

/* The log. Entry 0 is the oldest that is left. */
uint32_t tmd_history_log_size(const tmd_history* history);
uint32_t tmd_history_log_dropped(const tmd_history* history);
tmd_log_entry tmd_history_log_at(const tmd_history* history, uint32_t index);
uint32_t tmd_history_log_last_chain(const tmd_history* history);
bool tmd_history_log_is_whole(const tmd_history* history);
const char* tmd_log_event_text(tmd_log_event event);

/* The monitor. */
tmd_model_monitor tmd_history_monitor(const tmd_history* history);
void tmd_history_monitor_count(tmd_history* history, uint8_t largest_score);
void tmd_history_monitor_judge(tmd_history* history, bool was_right);
tmd_trial_decision tmd_history_monitor_decide(const tmd_history* history, tmd_trial_policy policy);

#ifdef __cplusplus
}
#endif

#endif
