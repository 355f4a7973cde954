// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/decrypting_options.hpp"
#include "cli/input_options.hpp"
#include "cli/kept_log_text.hpp"
#include "cli/outcome.hpp"
#include "cli/simulate_in_place.hpp"
#include "device/kept_log.hpp"
#include "device/simulation.hpp"
#include "input/load_input.hpp"

namespace tmd::host::cli {
namespace {

constexpr std::uint32_t kLeastLog = 32 * 1024;
// Two slots and a journal of this size still have flash offsets of 32 bits.
constexpr std::uint32_t kLargestRegion = 1U << 30;
constexpr std::uint32_t kLargestBlock = 1U << 24;

struct SimulateOptions {
  std::string base;
  std::string patch;
  std::string flash;
  std::string cut_at;
  std::string output;
  std::string decrypt;
  device::SimulationPlan plan;
  bool json = false;
  bool log = false;
  input::InputChoice input;
};

using host::with_commas;

/// "N": a flash operation; "N%": that share of the patch.
device::CutPlan parse_cut(const std::string& text, std::size_t patch_size) try {
  device::CutPlan cut;
  if (text.ends_with('%')) {
    const std::uint64_t percent = host::to_number(text.substr(0, text.size() - 1), 100);
    cut.patch_bytes = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(patch_size * percent / 100));
  } else if (!text.empty()) {
    cut.operation = host::to_number(text, 0xFFFFFFFF);
    if (cut.operation == 0) throw host::Error("programs and erases are counted from 1");
  }
  return cut;
} catch (const host::Error& error) {
  throw UsageError("--cut-at", error.what());
}

/// Sizes that were not given: slots that hold both models, a journal that can resume well.
void complete_part(device::Part& part, const patch::PatchFile& patch, bool keeps_log) {
  const Manifest& manifest = patch.manifest;
  if (part.slot_size == 0) {
    part.slot_size =
        device::slot_for(std::max(manifest.base_length, manifest.target_length), part.erase_size);
  }
  if (part.journal_size == 0) {
    part.journal_size =
        std::max(2 * part.erase_size, device::slot_for(device::journal_for(patch), part.erase_size));
  }
  if (keeps_log) part.log_size = std::max(2 * part.erase_size, device::slot_for(kLeastLog, part.erase_size));
  if (part.slot_size % part.erase_size != 0 || part.journal_size % part.erase_size != 0) {
    throw UsageError("--slot-size and --journal-size are whole numbers of erase blocks");
  }
}

const char* slot_name(SlotId slot) {
  return slot == SlotId::a ? "A" : "B";
}

std::string model_text(const ActiveModel& model) {
  if (!model.present) return "none";
  return fmt::format("slot {}, {} bytes, {}", slot_name(model.slot), with_commas(model.region.size),
                     state_name(model.state));
}

struct EventWords {
  const char* name;  ///< For JSON.
  const char* text;  ///< For people; the offset follows.
};

EventWords words_for(device::Event::Kind kind) {
  using Kind = device::Event::Kind;
  switch (kind) {
    case Kind::resumed_before:
      return {"resumed", "the image holds an unfinished update: goes on at patch byte"};
    case Kind::packet_lost:
      return {"packet_lost", "packet lost: patch byte"};
    case Kind::went_back:
      return {"sent_again", "  sent again from patch byte"};
    case Kind::power_cut:
      return {"power_cut", "power cut in the middle of a flash operation, patch byte"};
    case Kind::resumed:
      return {"resumed", "  restarted; the journal knows everything before patch byte"};
    case Kind::began_again:
      return {"began_again", "  restarted; nothing durable yet, sends again from patch byte"};
    case Kind::switched_already:
      return {"switched", "  restarted; the switch was complete, patch byte"};
  }
  return {"", ""};
}

void print_events(std::FILE* out, const device::SimulationReport& report) {
  constexpr std::size_t kMostShown = 20;
  for (std::size_t i = 0; i < report.events.size() && i < kMostShown; ++i) {
    fmt::print(out, "           {} {}\n", words_for(report.events[i].kind).text,
               with_commas(report.events[i].offset));
  }
  if (report.events.size() > kMostShown) {
    fmt::print(out, "           and {} more like these\n", report.events.size() - kMostShown);
  }
}

void print_report(std::FILE* out, const SimulateOptions& options, const patch::PatchFile& patch,
                  const device::SimulationReport& report) {
  const device::Part& part = options.plan.part;
  fmt::print(out, "flash      2 slots of {} bytes, journal {}; erase block {}, program unit {}\n",
             with_commas(part.slot_size), with_commas(part.journal_size), with_commas(part.erase_size),
             part.program_size);
  print_long_manifest(out, patch.manifest);
  fmt::print(out, "before     active: {}\n", model_text(report.before));
  fmt::print(out, "stream     {} patch bytes in {} packets of {}\n", with_commas(patch.bytes.size()),
             with_commas(report.packets_needed), with_commas(options.plan.link.packet_size));
  print_events(out, report);
  print_missed_cut(out, report.missed_cut);
  fmt::print(out, "           {} packets sent, {} lost, {} bytes on the air\n",
             with_commas(report.packets_sent), with_commas(report.packets_lost),
             with_commas(report.bytes_sent));
  fmt::print(out, "flash      {} erases, {} programs, {} bytes programmed\n",
             with_commas(report.flash.erases), with_commas(report.flash.programs),
             with_commas(report.flash.programmed_bytes));
  if (report.stopped_at_cut) {
    fmt::print(out,
               "stopped    at the power cut, as asked; run again without --stop-at-cut and it goes on\n");
    return;
  }
  fmt::print(out, "restarted  active: {}\n", model_text(report.trial));
  fmt::print(out, "confirmed  active: {}\n", model_text(report.after));
}

nlohmann::ordered_json model_json(const ActiveModel& model) {
  if (!model.present) return nullptr;
  return {{"slot", slot_name(model.slot)},
          {"bytes", model.region.size},
          {"state", state_name(model.state)},
          {"digest", host::to_hex(model.digest.view())}};
}

void print_json(std::FILE* out, const SimulateOptions& options, const patch::PatchFile& patch,
                const device::SimulationReport& report, const std::optional<device::KeptLog>& log) {
  const device::Part& part = options.plan.part;
  auto events = nlohmann::ordered_json::array();
  for (const device::Event& event : report.events) {
    events.push_back({{"event", words_for(event.kind).name}, {"patch_offset", event.offset}});
  }
  nlohmann::ordered_json json = {
      {"patch_bytes", patch.bytes.size()},
      {"manifest_bytes", patch.manifest.body_offset},
      {"part",
       {{"slot_bytes", part.slot_size},
        {"journal_bytes", part.journal_size},
        {"erase_size", part.erase_size},
        {"program_size", part.program_size}}},
      {"packet_bytes", options.plan.link.packet_size},
      {"packets_needed", report.packets_needed},
      {"packets_sent", report.packets_sent},
      {"packets_lost", report.packets_lost},
      {"bytes_sent", report.bytes_sent},
      {"events", events},
      {"cut_missed", report.missed_cut.has_value()},
      {"erases", report.flash.erases},
      {"programs", report.flash.programs},
      {"programmed_bytes", report.flash.programmed_bytes},
      {"finished", !report.stopped_at_cut},
      {"before", model_json(report.before)},
      {"trial", model_json(report.trial)},
      {"after", model_json(report.after)},
  };
  if (log) json["log"] = log_json(*log);
  fmt::print(out, "{}\n", json.dump(2));
}

/// A patch that is refused ends the simulation with an error; what the device wrote down of it is printed before.
template <class Run>
device::SimulationReport with_log_of_refusals(const SimulateOptions& options, device::FileFlash& flash,
                                              Run&& run) try {
  return run();
} catch (const host::Error&) {
  if (!options.json) print_log(beside({options.output}), device::read_log(flash, options.plan.part));
  throw;
}

void simulate(SimulateOptions options) {
  // Before the image is changed.
  if (!options.output.empty()) host::check_can_create(options.output);
  const input::Input input = input::load_base(options.base, options.input);
  input::check_part_is_there({{input.kind, options.base}}, options.input);
  const host::Bytes& base = input.bytes;
  const patch::PatchFile patch = patch::open_patch(options.patch);
  if (!patch.window().is_open() && options.plan.part.slot_size != 0)
    throw UsageError("--slot-size",
                     "not for a patch that is applied in place: the slot is as large as it has to be");
  complete_part(options.plan.part, patch, options.log);
  options.plan.clock = [] { return static_cast<std::uint32_t>(std::time(nullptr)); };
  options.plan.cut = parse_cut(options.cut_at, patch.bytes.size());
  const device::Link& link = options.plan.link;
  const std::size_t last_packet = (patch.bytes.size() - 1) / link.packet_size * link.packet_size;
  if (link.lose_packet_at > last_packet)
    throw UsageError("--lose-at",
                     fmt::format("the last packet of this patch begins at byte {}", last_packet));
  const std::unique_ptr<device::BodyCipher> cipher = open_cipher(options.decrypt, patch);
  if (!patch.window().is_open()) {
    if (options.log) throw UsageError("--log", "not for a patch that is applied in place");
    return run_in_place({options.base, options.flash, options.output}, host::view(base), patch, options.plan,
                        cipher.get(), options.json);
  }
  if (options.plan.unconfirmed)
    throw UsageError("--unconfirmed", "only for a patch that is applied in place and has a way back");
  device::FileFlash flash(options.flash, options.plan.part.geometry());
  host::Progress progress("simulate", patch.bytes.size(), "B");
  const auto run = [&] {
    return device::simulate(
        flash, options.base, host::view(base), patch, options.plan,
        [&](std::uint32_t done, std::uint32_t) { progress.update(done); }, cipher.get());
  };
  const device::SimulationReport report = options.log ? with_log_of_refusals(options, flash, run) : run();
  // An image that is to stay as the cut left it is not even read as a device would: that mends its journal.
  std::optional<device::KeptLog> log;
  if (options.log && !report.stopped_at_cut) log = device::read_log(flash, options.plan.part);
  if (!options.output.empty() && !report.stopped_at_cut) {
    const Region active = report.after.region;
    host::write_file(options.output, flash.memory().slice(active.address, active.size));
  }
  std::FILE* out = beside({options.output});
  if (options.json) {
    print_json(out, options, patch, report, log);
  } else {
    print_report(out, options, patch, report);
    if (log) print_log(out, *log);
  }
}

void add_part_options(Command& command, device::Part& part) {
  command.add_option("--slot-size", part.slot_size, "Bytes of each slot; fits both models unless given")
      .between(1U, kLargestRegion);
  command
      .add_option("--journal-size", part.journal_size,
                  "Bytes of the journal; unless given 32 KiB, or what a long manifest wants")
      .between(1U, kLargestRegion);
  command.add_option("--erase-size", part.erase_size, "Bytes of an erase block")
      .between(1U, kLargestBlock)
      .shows_default();
  command.add_option("--program-size", part.program_size, "Bytes of a program unit")
      .one_of({1, 2, 4, 8, 16, 32})
      .shows_default();
}

}  // namespace

void add_simulate(Command& program) {
  auto options = std::make_shared<SimulateOptions>();
  device::Link& link = options->plan.link;
  Command command = program.add_subcommand(
      "simulate", "Stream a patch over a bad link into simulated flash, with the power cut on the way");
  command.add_option("BASE", options->base, "The model that the device has").required().reads_file();
  command.add_option("PATCH", options->patch, "The patch, of format 1 or 2").required().reads_file();
  command.add_option("--flash", options->flash, "The flash image: made where it is absent, else gone on with")
      .required()
      .writes_file();
  command.add_option("-o,--output", options->output, "Write the active model, as it lies in flash")
      .writes_file();
  command.add_option("--mtu", link.packet_size, "Patch bytes in a packet")
      .between(1U, 65535U)
      .shows_default();
  const Option loss = command.add_option("--loss", link.loss, "Share of the packets that are lost, 0 to 0.9")
                          .between(0.0, 0.9)
                          .shows_default();
  command.add_option("--seed", link.seed, "Of the loss").shows_default().only_with(loss);
  command.add_option("--lose-at", link.lose_packet_at, "Lose the first packet at or after this patch byte");
  const Option cut_at =
      command.add_option("--cut-at", options->cut_at,
                         "Cut the power at the Nth program or erase, from 1, or at N% of the patch");
  command.add_flag("--log", options->log,
                   "Keep an audit log in the image, behind the journal, and print it; say so each time");
  command.add_flag("--stop-at-cut", options->plan.stop_at_cut, "Leave the image as the power cut left it")
      .only_with(cut_at);
  command.add_flag("--unconfirmed", options->plan.unconfirmed,
                   "Nobody confirms the new model: it is taken back in place when its trial has ended");
  add_part_options(command, options->plan.part);
  add_decrypting_options(command, options->decrypt);
  add_input_options(command, options->input);
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(
      "Example:\n  tmd simulate old.tflite update.tmd --flash flash.bin --mtu 51 --loss 0.05 "
      "--cut-at 50%");
  command.callback([options] { simulate(*options); });
}

}  // namespace tmd::host::cli
