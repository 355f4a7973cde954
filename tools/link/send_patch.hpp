// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/progress.hpp"
#include "link/choose_patch.hpp"
#include "link/link.hpp"
#include "tmd/internal/transfer/messages.hpp"

namespace tmd::host::link {

/// How a patch is sent.
struct SendPlan {
  std::filesystem::path source;             ///< A patch, or a folder of `tmd diff --bases`.
  std::uint16_t largest_message = 244;      ///< That the link carries, in bytes.
  std::chrono::milliseconds patience{400};  ///< Until an answer counts as lost.
  std::chrono::seconds give_up{60};  ///< Without hearing anything of the device; ten times as long without
                                     ///< getting anywhere while it answers. At most a day.
  bool confirm = true;               ///< Has the device keep the model that it then has on trial.
  /// Called once, where the device has said nothing at all for a second: nobody else tells what this waits for.
  std::function<void()> on_waiting;
  /// Called once the device has said what it has and the patch is chosen.
  std::function<void(const transfer::DeviceReport&, const ChosenPatch&)> on_chosen;
  ProgressHook on_progress;  ///< Patch bytes that the device has.
};

struct SendReport {
  transfer::DeviceReport before;
  transfer::DeviceReport after;
  Status status = Status::ok;     ///< How the update ended, as the device says.
  Status confirmed = Status::ok;  ///< What it said to the order to keep the model.
  std::uint32_t patch_bytes = 0;
  std::uint32_t resumed_at = 0;  ///< Patch bytes that it had from an interrupted update of this patch.
  std::uint64_t bytes_sent = 0;  ///< In messages, without framing.
  std::uint64_t bytes_received = 0;
  std::uint32_t repeated = 0;  ///< How often the device had to be asked again.
};

/// Sends one patch to one device, to the end, however the link and the device behave. Where the device says that the
/// patch arrived damaged it is sent once more. Throws Error where there is no patch, none fits, the link is gone, or
/// the device is silent, or gets nowhere, for too long, or has another model in the end than it said.
SendReport send_patch(Link& link, const SendPlan& plan);

}  // namespace tmd::host::link
