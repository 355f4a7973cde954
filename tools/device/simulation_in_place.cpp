// SPDX-License-Identifier: Apache-2.0
#include "device/simulation_in_place.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "device/simulated_config.hpp"
#include "tmd/in_place.hpp"

namespace tmd::host::device {
namespace {

template <class Simulated, std::uint8_t kBoots>
struct InPlaceConfig : Simulated {
  static constexpr bool kOneSlot = true;
  static constexpr std::uint8_t kTrialBoots = kBoots;
};
using PacketArea = Staging<SimulatedFlash>;

FragmentPlan packets_of(const patch::PatchFile& patch, const Link& link) {
  return {patch.identity(), static_cast<std::uint32_t>(patch.bytes.size()), link.packet_size};
}

/// What a device loses when power goes.
template <class Config>
struct OneSlotMemory {
  ModelStore<Config> store;
  PacketArea area;
  InPlaceUpdater<Config> updater;
  OneSlotMemory(SimulatedFlash& flash, const OneSlotPart& part, const Policies<Config>& policies)
      : store(flash, part.layout), area(store.port(), part.staging), updater(store, area, policies) {}
};

template <class Config>
class OneSlotSimulation {
 public:
  OneSlotSimulation(FileFlash& flash, ConstBytes base, const patch::PatchFile& patch,
                    const SimulationPlan& plan, BodyCipher* cipher)
      : file_(flash),
        counted_(flash),
        flash_(counted_),
        patch_(patch),
        plan_(plan),
        part_(part_in_place(patch, plan)),
        packets_(packets_of(patch, plan.link)),
        link_(plan.link),
        factory_(factory_model(base)) {
    policies_.cipher.cipher = cipher;
  }

  OneSlotReport run(const std::filesystem::path& base_path, ConstBytes base,
                    const ProgressHook& on_progress) {
    restart();
    report_.before = memory_->store.active();
    const bool is_under_way = report_.before.state == ModelState::updating || has_target(report_.before);
    if (!is_under_way) require_model(report_.before, base_path, base);
    was_on_trial_ = is_under_way;
    report_.packets_needed = packets_.count();
    flash_.cut_at(plan_.cut.operation);
    const std::uint64_t operations = flash_.operations();
    cut_at_bytes_ = plan_.cut.patch_bytes;
    bool finished = false;
    while (!finished && !report_.stopped_at_cut) {
      try {
        finished = go_on(on_progress);
      } catch (const PowerCut&) {
        power_cut();
      }
    }
    flash_.cut_at(0);
    if (plan_.cut.is_planned() && report_.cut == CutWhile::never)
      report_.missed_cut = flash_.operations() - operations;
    if (finished) {
      restart();
      report_.after = memory_->store.active();
      if (memory_->store.verify_active() != Status::ok) refuse(Status::verify_failed);
    }
    report_.flash = counted_.counters();
    return report_;
  }

 private:
  /// One step of the device's life, by what its store says. True after the last one.
  bool go_on(const ProgressHook& on_progress) {
    const ActiveModel active = memory_->store.active();
    if (active.state == ModelState::updating) {
      apply(on_progress);
    } else if (is_on_trial()) {
      was_on_trial_ = true;
      end_trial();
    } else if (was_on_trial_ || has_target(active)) {
      return true;
    } else {
      receive(on_progress);
      apply(on_progress);
    }
    return false;
  }
  bool is_on_trial() const {
    const ActiveModel active = memory_->store.active();
    return active.state == ModelState::trial && has_target(active);
  }
  bool has_target(const ActiveModel& active) const {
    return active.present && active.digest == patch_.manifest.target;
  }
  /// The device runs its new model for the first time: somebody confirms it, or the next boots pass like this one.
  void end_trial() {
    phase_ = CutWhile::on_trial;
    restart();
    if (!report_.trial.present) report_.trial = memory_->store.active();
    if (plan_.unconfirmed || !is_on_trial()) return;
    const Status status = until_done([this] { return memory_->store.confirm(); });
    if (status != Status::ok) refuse(status);
  }

  [[noreturn]] void refuse(Status status) {
    if (status == Status::invalid_layout)
      refuse_image(file_, status);  // the journal is too small for such an update
    patch::refuse_patch(patch_, status, policies_.cipher.cipher != nullptr);
  }

  void restart() {
    memory_.emplace(flash_, part_, policies_);
    const Status booted = until_done([this] { return memory_->store.boot(factory_); });
    if (is_error(booted) && booted != Status::not_found && booted != Status::updating)
      refuse_image(file_, booted);
    const Status reopened = until_done([this] { return memory_->area.reopen(); });
    if (is_error(reopened) && reopened != Status::not_found) refuse(reopened);
  }

  /// Sends what the device lacks, round after round, until it has all.
  void receive(const ProgressHook& on_progress) {
    phase_ = CutWhile::receiving;
    PacketArea& area = memory_->area;
    const Status opened = until_done([&] { return area.open(packets_); });
    if (opened != Status::ok) refuse(opened);
    while (!area.complete()) {
      std::uint32_t index = 0;
      for (std::uint32_t from = 0; from < packets_.count() && area.next_missing(from, index);
           from = index + 1)
        send(index, on_progress);
    }
  }

  void send(std::uint32_t index, const ProgressHook& on_progress) {
    const std::uint32_t offset = index * packets_.fragment_size;
    const ConstBytes packet = patch_.view().slice(offset, packets_.fragment_size);
    ++report_.packets_sent;
    report_.bytes_sent += static_cast<std::uint32_t>(packet.size());
    if (link_.loses(offset)) {
      ++report_.packets_lost;
      return;
    }
    if (cut_at_bytes_ != 0 && offset + packet.size() >= cut_at_bytes_) {
      flash_.cut_at(1);
      cut_at_bytes_ = 0;
    }
    staged_ = offset;
    const Status status = until_done([&] { return memory_->area.store(index, packet); });
    if (status != Status::ok) refuse(status);
    if (on_progress) on_progress(offset, packets_.patch_length);
  }

  void apply(const ProgressHook& on_progress) {
    Status status = Status::would_block;
    while (status != Status::ok) {
      const FlashCounters before = counted_.counters();
      const bool is_dark = memory_->store.active().state == ModelState::updating;
      phase_ = phase_now();
      status = memory_->updater.apply();
      if (is_dark) count_without_model(before);
      if (status == Status::not_found) {
        receive(on_progress);  // a packet that rotted is asked for again
      } else if (status != Status::ok && status != Status::would_block) {
        refuse(status);
      } else {
        file_.publish();  // it takes the patch
      }
    }
  }

  CutWhile phase_now() const {
    const auto& store = memory_->store;
    if (store.is_returning()) return CutWhile::returning;
    if (!store.is_being_overwritten()) return CutWhile::trying_out;
    return store.is_going_back() ? CutWhile::taking_back : CutWhile::overwriting;
  }

  void count_without_model(const FlashCounters& before) {
    const FlashCounters& now = counted_.counters();
    report_.without_model.erases += now.erases - before.erases;
    report_.without_model.programs += now.programs - before.programs;
    report_.without_model.programmed_bytes += now.programmed_bytes - before.programmed_bytes;
  }

  void power_cut() {
    report_.cut = phase_;
    report_.cut_offset = staged_;
    report_.stopped_at_cut = plan_.stop_at_cut;
    if (plan_.stop_at_cut) return file_.publish();
    restart();
  }

  FileFlash& file_;
  CountedFlash<FileFlash> counted_;
  SimulatedFlash flash_;
  const patch::PatchFile& patch_;
  const SimulationPlan& plan_;
  OneSlotPart part_;
  FragmentPlan packets_;
  LossyLink link_;
  FactoryModel factory_;
  Policies<Config> policies_;
  std::optional<OneSlotMemory<Config>> memory_;
  OneSlotReport report_;
  CutWhile phase_ = CutWhile::never;
  bool was_on_trial_ = false;  ///< Or being updated, or updated: what is active then is how the update ended.
  std::uint32_t cut_at_bytes_ = 0;
  std::uint32_t staged_ = 0;
};

}  // namespace

const char* to_string(CutWhile what) {
  switch (what) {
    case CutWhile::never:
      break;
    case CutWhile::receiving:
      return "receiving";
    case CutWhile::trying_out:
      return "trying_out";
    case CutWhile::overwriting:
      return "overwriting";
    case CutWhile::on_trial:
      return "on_trial";
    case CutWhile::returning:
      return "returning";
    case CutWhile::taking_back:
      return "taking_back";
  }
  return "never";
}

OneSlotPart part_in_place(const patch::PatchFile& patch, const SimulationPlan& plan) {
  const codec::ReadWindow window = patch.window();
  const std::uint64_t staging =
      PacketArea::needed(packets_of(patch, plan.link), plan.part.program_size, window.block_size);
  const std::uint32_t behind_model = patch.way_back().empty() ? 0 : sizeof(Digest);
  return one_slot_part(
      window, std::max(patch.manifest.base_length, patch.manifest.target_length + behind_model),
      plan.part.journal_size, static_cast<std::uint32_t>(staging) + 1, plan.part.program_size);
}

OneSlotReport simulate_in_place(FileFlash& flash, const std::filesystem::path& base_path, ConstBytes base,
                                const patch::PatchFile& patch, const SimulationPlan& plan,
                                const ProgressHook& on_progress, BodyCipher* cipher) {
  if (flash.is_new()) {
    const Region slot = part_in_place(patch, plan).layout.slot_a;
    program_factory_model(flash, {slot.size, 0, patch.window().block_size, plan.part.program_size}, base);
  }
  return with_config_for(patch.manifest.body_offset, [&](auto config) {
    using Simulated = decltype(config);
    if (patch.way_back().empty())
      return OneSlotSimulation<InPlaceConfig<Simulated, 0>>(flash, base, patch, plan, cipher)
          .run(base_path, base, on_progress);
    return OneSlotSimulation<InPlaceConfig<Simulated, 3>>(flash, base, patch, plan, cipher)
        .run(base_path, base, on_progress);
  });
}

}  // namespace tmd::host::device
