// SPDX-License-Identifier: Apache-2.0
#include "device/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "device/kept_log.hpp"
#include "device/simulated_config.hpp"
#include "tmd/updater.hpp"

namespace tmd::host::device {
namespace {

using Counted = CountedFlash<FileFlash>;
using Flash = SimulatedFlash;

/// What a device loses when power goes.
template <class Config>
struct Memory {
  ModelStore<Config> store;
  Updater<Config> updater;
  Memory(Flash& flash, const Layout& layout, const Policies<Config>& policies)
      : store(flash, layout), updater(store, policies) {}
};

template <class Config>
class Simulation {
 public:
  Simulation(FileFlash& flash, ConstBytes base, const patch::PatchFile& patch, const SimulationPlan& plan,
             BodyCipher* cipher)
      : file_(flash),
        counted_(flash),
        flash_(counted_),
        patch_(patch),
        plan_(plan),
        link_(plan.link),
        factory_(factory_model(base)) {
    policies_.cipher.cipher = cipher;
  }

  SimulationReport run(const std::filesystem::path& base_path, ConstBytes base,
                       const ProgressHook& on_progress) {
    restart();
    file_.publish();
    report_.before = memory_->store.active();
    const auto size = static_cast<std::uint32_t>(patch_.bytes.size());
    report_.packets_needed = (size + plan_.link.packet_size - 1) / plan_.link.packet_size;
    finished_ = has_switched_before();
    if (finished_) {
      note(Event::Kind::switched_already, size);
    } else {
      check_active(base_path, base);
      observe();
      begin_or_resume(Event::Kind::resumed_before);
    }
    flash_.cut_at(plan_.cut.operation);
    const std::uint64_t before = flash_.operations();
    cut_pending_ = plan_.cut.is_planned();
    while (!finished_ && !report_.stopped_at_cut) {
      try {
        send_all(on_progress);
      } catch (const PowerCut&) {
        power_cut();
      }
    }
    const bool was_cut = std::any_of(report_.events.begin(), report_.events.end(),
                                     [](const Event& event) { return event.kind == Event::Kind::power_cut; });
    if (plan_.cut.is_planned() && !was_cut) report_.missed_cut = flash_.operations() - before;
    if (finished_) confirm();
    report_.flash = counted_.counters();
    return report_;
  }

 private:
  void restart() {
    memory_.emplace(flash_, plan_.part.layout(), policies_);
    const Status status = until_done([this] { return memory_->store.boot(factory_); });
    if (status != Status::ok && status != Status::not_found) refuse_image(file_, status);
    if (plan_.part.log_size == 0) return;
    recorder_.emplace(flash_, plan_.part.log_region());
    observe();
  }

  std::uint32_t now() const { return plan_.clock ? plan_.clock() : 0; }
  /// After whatever may have changed the store.
  void observe() {
    if (recorder_) recorder_->observe(memory_->store, now());
  }

  [[noreturn]] void refuse(Status status) {
    if (recorder_) {
      flash_.cut_at(0);
      recorder_->note_refusal(status, now());
    }
    patch::refuse_patch(patch_, status, policies_.cipher.cipher != nullptr);
  }

  /// The cut that left this image came when the switch counted already: what remains is the trial.
  bool has_switched_before() const {
    const ActiveModel& active = report_.before;
    return active.state == ModelState::trial && active.digest == patch_.manifest.target;
  }

  void check_active(const std::filesystem::path& base_path, ConstBytes base) {
    const ActiveModel active = memory_->store.active();
    require_model(active, base_path, base);
    const auto keep = [this] { return memory_->store.confirm(); };
    if (active.state == ModelState::trial && until_done(keep) != Status::ok) {
      throw Error("the flash image holds a model on trial that cannot be confirmed; use a fresh image");
    }
  }

  /// Where sending starts: behind what the journal knows of this very patch, else at its first byte.
  void begin_or_resume(Event::Kind kind) {
    Updater<Config>& updater = memory_->updater;
    Status status = until_done([&] { return updater.resume(patch_.identity()); });
    if (status == Status::ok) {
      note(kind, updater.resume_offset());
    } else {
      status = until_done([&updater] { return updater.begin(); });
      if (kind == Event::Kind::resumed) note(Event::Kind::began_again, 0);
    }
    if (status != Status::ok) refuse(status);
    offset_ = updater.resume_offset();
  }

  /// Sends packet after packet, without waiting for answers, until the device says that it has a gap or is
  /// done.
  void send_all(const ProgressHook& on_progress) {
    const auto size = static_cast<std::uint32_t>(patch_.bytes.size());
    Updater<Config>& updater = memory_->updater;
    Status status = Status::need_more;
    while (status != Status::ready_to_finish) {
      if (offset_ >= size) {
        // A resumed update may have had everything already.
        status = until_done([&updater] { return updater.poll(); });
        if (status == Status::ready_to_finish) break;
        if (is_error(status)) refuse(status);
        go_back();  // the device asks again for what it did not get
      }
      const ConstBytes packet = patch_.view().slice(offset_, plan_.link.packet_size);
      ++report_.packets_sent;
      report_.bytes_sent += static_cast<std::uint32_t>(packet.size());
      if (link_.loses(offset_)) {
        ++report_.packets_lost;
        note(Event::Kind::packet_lost, offset_);
        offset_ += static_cast<std::uint32_t>(packet.size());
        continue;
      }
      status = feed(packet);
      if (status == Status::offset_gap) {
        go_back();
        continue;
      }
      if (is_error(status)) refuse(status);
      observe();
      offset_ += static_cast<std::uint32_t>(packet.size());
      arm_cut();
      if (on_progress) on_progress(offset_, size);
    }
    status = until_done([&updater] { return updater.finish(); });
    if (status != Status::ok) refuse(status);
    finished_ = true;
    observe();
  }

  /// The device takes a packet, in as many calls as it wants.
  Status feed(ConstBytes packet) {
    std::uint32_t at = offset_;
    return until_done([&] {
      const FeedResult fed = memory_->updater.feed_at(at, packet);
      at += static_cast<std::uint32_t>(fed.consumed);
      packet = packet.from(fed.consumed);
      return fed.status;
    });
  }

  void go_back() {
    if (offset_ == memory_->updater.resume_offset()) refuse(Status::body_truncated);
    offset_ = memory_->updater.resume_offset();
    note(Event::Kind::went_back, offset_);
  }

  void arm_cut() {
    if (!cut_pending_ || plan_.cut.patch_bytes == 0 || offset_ < plan_.cut.patch_bytes) return;
    flash_.cut_at(1);
    cut_pending_ = false;
  }

  void power_cut() {
    note(Event::Kind::power_cut, offset_);
    cut_pending_ = false;
    report_.stopped_at_cut = plan_.stop_at_cut;
    if (plan_.stop_at_cut) return;
    restart();
    // The cut may have hit the very record that switches over, after all of it that counts.
    const ActiveModel active = memory_->store.active();
    finished_ = active.present && (!report_.before.present || active.slot != report_.before.slot);
    if (finished_) {
      note(Event::Kind::switched_already, offset_);
    } else {
      begin_or_resume(Event::Kind::resumed);
    }
  }

  /// The device starts with the model on trial, reads all of it, finds it good, and keeps it.
  void confirm() {
    flash_.cut_at(0);
    restart();
    ModelStore<Config>& store = memory_->store;
    report_.trial = store.active();
    Status status = store.verify_active();
    if (status == Status::ok && report_.trial.state == ModelState::trial)
      status = until_done([&store] { return store.confirm(); });
    if (status != Status::ok) refuse(status);
    observe();
    report_.after = store.active();
  }

  void note(Event::Kind kind, std::uint32_t offset) { report_.events.push_back({kind, offset}); }

  FileFlash& file_;
  Counted counted_;
  Flash flash_;
  const patch::PatchFile& patch_;
  const SimulationPlan& plan_;
  LossyLink link_;
  FactoryModel factory_;
  Policies<Config> policies_;
  std::optional<Memory<Config>> memory_;
  std::optional<Recorder<Flash>> recorder_;
  SimulationReport report_;
  std::uint32_t offset_ = 0;
  bool finished_ = false;
  bool cut_pending_ = false;
};

}  // namespace

std::uint32_t journal_for(const patch::PatchFile& patch) {
  // Each half holds the manifest, or the state that is as large as its buffer, and what is logged behind it.
  return with_config_for(patch.manifest.body_offset, [](auto config) {
    constexpr std::uint32_t kUsual = 32 * 1024;
    constexpr std::uint32_t kHalf = 3 * sizeof(UpdateState<decltype(config)>);
    return std::max(kUsual, 2 * kHalf);
  });
}

SimulationReport simulate(FileFlash& flash, const std::filesystem::path& base_path, ConstBytes base,
                          const patch::PatchFile& patch, const SimulationPlan& plan,
                          const ProgressHook& on_progress, BodyCipher* cipher) {
  if (flash.is_new()) program_factory_model(flash, plan.part, base);
  return with_config_for(patch.manifest.body_offset, [&](auto config) {
    return Simulation<decltype(config)>(flash, base, patch, plan, cipher).run(base_path, base, on_progress);
  });
}

}  // namespace tmd::host::device
