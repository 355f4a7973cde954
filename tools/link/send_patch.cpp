// SPDX-License-Identifier: Apache-2.0
#include "link/send_patch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/error.hpp"
#include "tmd/transfer/sender.hpp"

namespace tmd::host::link {
namespace {

using Clock = std::chrono::steady_clock;

/// A damaged byte that no check of the link noticed makes a sound patch look like this.
bool may_be_damage(Status status) {
  switch (status) {
    case Status::not_a_patch:
    case Status::unsupported_version:
    case Status::malformed_manifest:
    case Status::manifest_corrupt:
    case Status::body_malformed:
    case Status::chunk_corrupt:
    case Status::target_mismatch:
      return true;
    default:
      return false;
  }
}

/// A device that answers without end and gets nowhere is given up, too: after so many times `give_up`. Verifying a
/// model, or a self-test, takes its time.
constexpr int kPatienceWithAnswers = 10;

/// Milliseconds without a first answer until the user is told.
constexpr std::uint32_t kQuiet = 1000;

class Conversation {
 public:
  Conversation(Link& link, const SendPlan& plan)
      : link_(link),
        plan_(plan),
        sender_(plan.largest_message, static_cast<std::uint32_t>(plan.patience.count())),
        tag_(static_cast<std::uint8_t>(std::random_device()())) {}

  transfer::DeviceReport ask() {
    sender_.ask(++tag_, now());
    run({});
    if (sender_.report().protocol != transfer::kProtocol)
      throw Error(fmt::format("the device speaks version {} of the protocol, this program version {}",
                              sender_.report().protocol, transfer::kProtocol));
    return sender_.report();
  }
  Status send(const patch::PatchFile& patch) {
    const TransferSender::Patch summary = {patch.identity(), static_cast<std::uint32_t>(patch.bytes.size()),
                                           transfer::DigestPrefix(patch.manifest.target)};
    sender_.send(summary, ++tag_, now());
    run(patch.view());
    tag_ = sender_.tag();
    return sender_.status();
  }
  Status confirm(const Digest& model) {
    sender_.confirm(transfer::DigestPrefix(model), ++tag_, now());
    run({});
    return sender_.status();
  }

  void count_into(SendReport& report) const {
    report.bytes_sent = sent_;
    report.bytes_received = received_;
    report.repeated = sender_.repeated();
  }

 private:
  std::uint32_t now() const {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_).count());
  }

  void run(ConstBytes patch) {
    const auto read = [&](std::uint32_t offset, MutableBytes out) {
      copy_bytes(patch.slice(offset, out.size()), out);
    };
    std::uint8_t buffer[kLargestMessage] = {};
    farthest_ = 0;
    moved_at_ = now();
    while (sender_.is_running()) {
      const std::size_t size = sender_.next_message(read, MutableBytes(buffer), now());
      if (size != 0) {
        link_.send(ConstBytes(buffer, size));
        sent_ += size;
      }
      // Between two pieces only what is there already is looked at.
      const std::uint32_t wait = std::min<std::uint32_t>(sender_.wait_time(now()), 100);
      if (const auto message = link_.receive(std::chrono::milliseconds(wait))) {
        received_ += message->size();
        sender_.take(view(*message), now());
      }
      if (plan_.on_progress && !patch.empty())
        plan_.on_progress(sender_.offset(), static_cast<std::uint32_t>(patch.size()));
      check_patience();
    }
  }

  void check_patience() {
    const std::uint32_t at = now();
    const auto most = static_cast<std::uint32_t>(plan_.give_up.count() * 1000);
    if (sender_.silence(at) > most)
      throw Error(fmt::format(
          "the device did not answer for {} seconds; is it on, and are its address, or the speed of "
          "the line, right? Run this again when it is back: it goes on where it was",
          plan_.give_up.count()));
    if (received_ == 0 && !said_waiting_ && sender_.silence(at) > kQuiet) {
      said_waiting_ = true;
      if (plan_.on_waiting) plan_.on_waiting();
    }
    if (sender_.offset() > farthest_) {
      farthest_ = sender_.offset();
      moved_at_ = at;
    }
    if (at - moved_at_ > kPatienceWithAnswers * most)
      throw Error(
          fmt::format("the device answers, but nothing has moved for {} seconds; restart it, and run this "
                      "again: it goes on where it was",
                      kPatienceWithAnswers * plan_.give_up.count()));
  }

  Link& link_;
  const SendPlan& plan_;
  Clock::time_point start_ = Clock::now();
  TransferSender sender_;
  std::uint8_t tag_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  bool said_waiting_ = false;
  std::uint32_t farthest_ = 0;  ///< Patch bytes that the device ever had in this task.
  std::uint32_t moved_at_ = 0;  ///< When that last rose.
};

}  // namespace

SendReport send_patch(Link& link, const SendPlan& plan) {
  check_source(plan.source);
  Conversation device(link, plan);
  SendReport report;
  report.before = device.ask();
  const ChosenPatch chosen = choose_patch(plan.source, report.before);
  if (plan.on_chosen) plan.on_chosen(report.before, chosen);
  report.patch_bytes = static_cast<std::uint32_t>(chosen.patch.bytes.size());
  if (report.before.update_identity == chosen.patch.identity())
    report.resumed_at = report.before.update_offset;

  report.status = device.send(chosen.patch);
  if (may_be_damage(report.status)) report.status = device.send(chosen.patch);
  report.after = device.ask();
  if (plan.confirm && report.status == Status::ok && report.after.state == ModelState::trial) {
    report.confirmed = device.confirm(chosen.patch.manifest.target);
    report.after = device.ask();
  }
  // A restart after the answer can have brought the model before back.
  if (report.status == Status::ok && report.confirmed == Status::ok &&
      !has_model(report.after, chosen.patch.manifest.target))
    throw Error(
        "the device took the patch, but does not have its model now: it went back, or was reset meanwhile; "
        "see why, and run this again");
  device.count_into(report);
  return report;
}

}  // namespace tmd::host::link
