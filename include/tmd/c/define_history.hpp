// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tmd/c/define.hpp"
#include "tmd/c/history.h"
#include "tmd/history.hpp"

namespace tmd {
namespace c {

static_assert(static_cast<int>(TMD_LOG_UPDATE_BEGUN) == static_cast<int>(LogEvent::update_begun) &&
                  static_cast<int>(TMD_LOG_UPDATE_REFUSED) == static_cast<int>(LogEvent::update_refused) &&
                  static_cast<int>(TMD_LOG_ACTIVATED) == static_cast<int>(LogEvent::activated) &&
                  static_cast<int>(TMD_LOG_CONFIRMED) == static_cast<int>(LogEvent::confirmed) &&
                  static_cast<int>(TMD_LOG_REVERTED) == static_cast<int>(LogEvent::reverted) &&
                  static_cast<int>(TMD_LOG_ERASED) == static_cast<int>(LogEvent::erased) &&
                  static_cast<int>(TMD_LOG_NOTED) == static_cast<int>(LogEvent::noted),
              "tmd_log_event is LogEvent");
static_assert(static_cast<int>(TMD_TRIAL_WAIT) == static_cast<int>(TrialDecision::wait) &&
                  static_cast<int>(TMD_TRIAL_CONFIRM) == static_cast<int>(TrialDecision::confirm) &&
                  static_cast<int>(TMD_TRIAL_REVERT) == static_cast<int>(TrialDecision::revert),
              "tmd_trial_decision is TrialDecision");

inline tmd_log_entry from(const LogEntry& entry) {
  tmd_log_entry result = {};
  result.number = entry.number;
  result.time = entry.time;
  result.identity = entry.identity;
  result.security_counter = entry.security_counter;
  result.version_major = entry.version.major;
  result.version_minor = entry.version.minor;
  result.version_patch = entry.version.patch;
  result.event = static_cast<tmd_log_event>(entry.event);
  result.status = from(entry.status);
  result.chain = entry.chain;
  return result;
}
inline tmd_model_monitor from(const ModelMonitor& monitor) {
  tmd_model_monitor result = {};
  result.identity = monitor.identity;
  result.inferences = monitor.inferences;
  for (unsigned i = 0; i < ModelMonitor::kClasses; ++i) result.confidence[i] = monitor.confidence[i];
  result.good = monitor.good;
  result.bad = monitor.bad;
  return result;
}
constexpr TrialPolicy to_policy(const tmd_trial_policy& policy) {
  return TrialPolicy{policy.confirm_after, policy.judge_from, policy.least_percent};
}

/// A device's history, and the journal that it is kept in.
template <class Owner, class Config, unsigned kEntries>
struct DeviceHistory {
  void attach(Owner& owner, const Region& region) {
    device = &owner;
    journal.attach(owner.store.port(), region);
  }
  Owner* device = nullptr;
  typename Config::Journal journal;
  History<typename Config::Journal, kEntries> history;
};

}  // namespace c
}  // namespace tmd

/// Defines the functions of tmd/c/history.h for the configuration of TMD_DEFINE_C_API, behind it, and the object
/// `tmd_default_history`: once in a program. `kEntries`: how many the log keeps.
#define TMD_DEFINE_C_HISTORY(Configuration, kEntries)                                                     \
  struct tmd_history : tmd::c::DeviceHistory<tmd_device, Configuration, kEntries> {};                     \
  tmd_history tmd_default_history;                                                                        \
  extern "C" {                                                                                            \
  void tmd_history_attach(tmd_history* history, tmd_device* device, tmd_region region) {                  \
    history->attach(*device, tmd::Region{region.address, region.size});                                   \
  }                                                                                                       \
  size_t tmd_history_size(void) {                                                                         \
    return sizeof(tmd_history);                                                                           \
  }                                                                                                       \
  tmd_status tmd_history_mount(tmd_history* history) {                                                    \
    if (history->device == nullptr) return TMD_WRONG_STATE;                                               \
    return tmd::c::from(history->history.mount(history->journal));                                        \
  }                                                                                                       \
  tmd_status tmd_history_observe(tmd_history* history, uint32_t time) {                                   \
    if (history->device == nullptr) return TMD_WRONG_STATE;                                               \
    return tmd::c::from(history->history.observe(history->device->store, time));                          \
  }                                                                                                       \
  tmd_status tmd_history_note(tmd_history* history, tmd_log_event event, tmd_status why, uint32_t time) { \
    return tmd::c::from(                                                                                  \
        history->history.note(static_cast<tmd::LogEvent>(event), tmd::c::to_status(why), time));          \
  }                                                                                                       \
  tmd_status tmd_history_save(tmd_history* history) {                                                     \
    return tmd::c::from(history->history.save());                                                         \
  }                                                                                                       \
  uint32_t tmd_history_log_size(const tmd_history* history) {                                             \
    return history->history.log().size();                                                                 \
  }                                                                                                       \
  uint32_t tmd_history_log_dropped(const tmd_history* history) {                                          \
    return history->history.log().dropped();                                                              \
  }                                                                                                       \
  tmd_log_entry tmd_history_log_at(const tmd_history* history, uint32_t index) {                          \
    return tmd::c::from(history->history.log().at(index));                                                \
  }                                                                                                       \
  uint32_t tmd_history_log_last_chain(const tmd_history* history) {                                       \
    return history->history.log().last_chain();                                                           \
  }                                                                                                       \
  bool tmd_history_log_is_whole(const tmd_history* history) {                                             \
    return history->history.log().is_whole();                                                             \
  }                                                                                                       \
  const char* tmd_log_event_text(tmd_log_event event) {                                                   \
    return tmd::to_string(static_cast<tmd::LogEvent>(event));                                             \
  }                                                                                                       \
  tmd_model_monitor tmd_history_monitor(const tmd_history* history) {                                     \
    return tmd::c::from(history->history.monitor());                                                      \
  }                                                                                                       \
  void tmd_history_monitor_count(tmd_history* history, uint8_t largest_score) {                           \
    history->history.monitor().count(largest_score);                                                      \
  }                                                                                                       \
  void tmd_history_monitor_judge(tmd_history* history, bool was_right) {                                  \
    history->history.monitor().judge(was_right);                                                          \
  }                                                                                                       \
  tmd_trial_decision tmd_history_monitor_decide(const tmd_history* history, tmd_trial_policy policy) {    \
    return static_cast<tmd_trial_decision>(tmd::c::to_policy(policy).decide(history->history.monitor())); \
  }                                                                                                       \
  }                                                                                                       \
  static_assert(std::is_trivially_destructible<tmd_history>::value,                                       \
                "it is there for as long as the "                                                         \
                "program");
