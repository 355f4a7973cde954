// SPDX-License-Identifier: Apache-2.0
#include "cli/simulate_in_place.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/outcome.hpp"
#include "device/simulation_in_place.hpp"
#include "tmd/config.hpp"

namespace tmd::host::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string one_slot_model_text(const ActiveModel& model) {
  if (!model.present) return state_name(model.state);
  return fmt::format("{} bytes, {}", with_commas(model.region.size), state_name(model.state));
}

std::string cut_text(const device::OneSlotReport& report) {
  switch (report.cut) {
    case device::CutWhile::never:
      break;
    case device::CutWhile::receiving:
      return fmt::format("while patch byte {} was being kept", with_commas(report.cut_offset));
    case device::CutWhile::trying_out:
      return "while the staged patch was being tried out";
    case device::CutWhile::overwriting:
      return "while the model was being overwritten";
    case device::CutWhile::on_trial:
      return "while the new model was on trial";
    case device::CutWhile::returning:
      return "while the way back was being tried out";
    case device::CutWhile::taking_back:
      return "while the model was being taken back";
  }
  return "";
}

/// How the update ended.
const char* outcome(const device::OneSlotReport& report) {
  if (report.after.state == ModelState::reverted) return "reverted";
  return report.trial.present ? "confirmed" : "restarted";
}

void print_cut(std::FILE* out, const device::OneSlotReport& report) {
  if (report.cut == device::CutWhile::never) return;
  fmt::print(out, "           power cut {}", cut_text(report));
  if (report.stopped_at_cut)
    fmt::print(out,
               "\nstopped    at the power cut, as asked; run again without --stop-at-cut and it goes on\n");
  else
    fmt::print(out, "; restarted, and gone on without what is staged being sent again\n");
}

void print_report(std::FILE* out, const device::OneSlotPart& part, const patch::PatchFile& patch,
                  const device::SimulationPlan& plan, const device::OneSlotReport& report) {
  const codec::ReadWindow window = patch.window();
  fmt::print(
      out,
      "flash      1 slot of {} bytes, {} spare blocks, journal {}, staging {}; erase block {}, program unit "
      "{}\n",
      with_commas(part.layout.slot_a.size), window.spare, with_commas(part.layout.journal.size),
      with_commas(part.staging.size), with_commas(window.block_size), plan.part.program_size);
  print_long_manifest(out, patch.manifest);
  fmt::print(out, "before     active: {}\n", one_slot_model_text(report.before));
  fmt::print(out, "stage      {} patch bytes in {} packets of {}: {} sent, {} lost, {} bytes on the air\n",
             with_commas(patch.bytes.size()), with_commas(report.packets_needed),
             with_commas(plan.link.packet_size), with_commas(report.packets_sent),
             with_commas(report.packets_lost), with_commas(report.bytes_sent));
  print_cut(out, report);
  print_missed_cut(out, report.missed_cut);
  fmt::print(out, "flash      {} erases, {} programs, {} bytes programmed\n",
             with_commas(report.flash.erases), with_commas(report.flash.programs),
             with_commas(report.flash.programmed_bytes));
  if (report.stopped_at_cut) return;
  fmt::print(out, "no model   for {} of these erases and {} of these programs\n",
             with_commas(report.without_model.erases), with_commas(report.without_model.programs));
  if (report.trial.present) fmt::print(out, "restarted  active: {}\n", one_slot_model_text(report.trial));
  fmt::print(out, "{:<9}  active: {}\n", outcome(report), one_slot_model_text(report.after));
}

Json one_slot_model_json(const ActiveModel& model) {
  if (!model.present) return nullptr;
  return {{"bytes", model.region.size},
          {"state", state_name(model.state)},
          {"digest", host::to_hex(model.digest.view())}};
}

void print_json(std::FILE* out, const device::OneSlotPart& part, const patch::PatchFile& patch,
                const device::SimulationPlan& plan, const device::OneSlotReport& report) {
  const codec::ReadWindow window = patch.window();
  const Json json = {{"patch_bytes", patch.bytes.size()},
                     {"manifest_bytes", patch.manifest.body_offset},
                     {"part",
                      {{"slot_bytes", part.layout.slot_a.size},
                       {"spare_blocks", window.spare},
                       {"journal_bytes", part.layout.journal.size},
                       {"staging_bytes", part.staging.size},
                       {"erase_size", window.block_size},
                       {"program_size", plan.part.program_size}}},
                     {"packet_bytes", plan.link.packet_size},
                     {"packets_needed", report.packets_needed},
                     {"packets_sent", report.packets_sent},
                     {"packets_lost", report.packets_lost},
                     {"bytes_sent", report.bytes_sent},
                     {"power_cut", device::to_string(report.cut)},
                     {"cut_missed", report.missed_cut.has_value()},
                     {"erases_without_model", report.without_model.erases},
                     {"programs_without_model", report.without_model.programs},
                     {"erases", report.flash.erases},
                     {"programs", report.flash.programs},
                     {"programmed_bytes", report.flash.programmed_bytes},
                     {"finished", !report.stopped_at_cut},
                     {"before", one_slot_model_json(report.before)},
                     {"trial", one_slot_model_json(report.trial)},
                     {"after", one_slot_model_json(report.after)}};
  fmt::print(out, "{}\n", json.dump(2));
}

}  // namespace

void print_missed_cut(std::FILE* out, const std::optional<std::uint64_t>& operations) {
  if (!operations) return;
  fmt::print(
      out,
      "           no power cut: the update ended after {} programs and erases, before what --cut-at says\n",
      with_commas(*operations));
}

void print_long_manifest(std::FILE* out, const Manifest& manifest) {
  constexpr std::uint32_t kByDefault = DefaultConfig<void>::kManifestSize;
  if (manifest.body_offset <= kByDefault) return;
  fmt::print(out, "manifest   {0} bytes: for firmware whose kManifestSize is at least {0} (by default {1})\n",
             manifest.body_offset, kByDefault);
}

void run_in_place(const SimulatedFiles& files, ConstBytes base, const patch::PatchFile& patch,
                  const device::SimulationPlan& plan, device::BodyCipher* cipher, bool json) {
  const std::uint32_t block = patch.window().block_size;
  if (plan.part.erase_size != block)
    throw UsageError("--erase-size", fmt::format("the patch is for erase blocks of {} bytes", block));
  if (plan.unconfirmed && patch.way_back().empty())
    throw UsageError("--unconfirmed", "only for a patch that was made with --reversible");
  const device::OneSlotPart part = device::part_in_place(patch, plan);
  device::FileFlash flash(files.flash, part.geometry);
  host::Progress progress("simulate", patch.bytes.size(), "B");
  const device::OneSlotReport report = device::simulate_in_place(
      flash, files.base, base, patch, plan, [&](std::uint32_t done, std::uint32_t) { progress.update(done); },
      cipher);
  if (!files.output.empty() && !report.stopped_at_cut) {
    const Region active = report.after.region;
    host::write_file(files.output, flash.memory().slice(active.address, active.size));
  }
  std::FILE* out = beside({files.output});
  if (json)
    print_json(out, part, patch, plan, report);
  else
    print_report(out, part, patch, plan, report);
}

}  // namespace tmd::host::cli
