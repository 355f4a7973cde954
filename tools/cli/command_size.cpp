// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "sizing/device_costs.hpp"
#include "sizing/one_slot_costs.hpp"
#include "sizing/radio_costs.hpp"

namespace tmd::host::cli {
namespace {

using host::with_commas;
using Json = nlohmann::ordered_json;

struct SizeCommand {
  sizing::DeviceChoice choice;
  bool in_place = false;
  std::uint32_t spare = 3;
  bool json = false;
};

double update_seconds(const sizing::DeviceCosts& costs) {
  return costs.erase_seconds + costs.program_seconds + costs.compute_seconds;
}

void line(const char* name, const std::string& value, const std::string& remark) {
  fmt::print("{:<22}{:>14}  {}\n", name, value, remark);
}

std::string bytes(std::uint64_t value) {
  return with_commas(value);
}

void print_one_slot(const sizing::OneSlotCosts& costs, const sizing::DeviceCosts& two_slots) {
  fmt::print("\nThe same with one slot, all blocks of the model changed (tmd diff --in-place)\n\n");
  line("slot", bytes(costs.slot_size), "whole erase blocks");
  line("spare blocks", bytes(costs.ring_size), "what goes home to the slot by turns");
  line("journal", bytes(costs.journal_size), "with less such an update does not end");
  line("staging area", bytes(costs.staging_size), "the whole patch");
  line("staging area, trials", bytes(costs.reversible_staging_size),
       "in its place, where a patch brings a way back (--reversible)");
  line("flash for models", bytes(costs.flash_size),
       fmt::format("{:.0f} % of that of two slots", 100.0 * static_cast<double>(costs.flash_size) /
                                                        static_cast<double>(two_slots.flash_size)));
  line("code", bytes(costs.code), "with staging and full models");
  line("RAM", bytes(costs.ram), "store, updater and staging");
  line("erases of an update", bytes(costs.erases), "slot, spare blocks, journal and staging area");
  line("updates until worn", bytes(costs.updates_until_worn), "of blocks that bear 10,000 erases");
  line("programmed bytes", bytes(costs.programmed_bytes), "");
  line("time of an update", fmt::format("{:.1f} s", costs.update_seconds),
       fmt::format("{:.1f} of them without a model to run", costs.seconds_without_model));
}

void print_table(const sizing::DeviceChoice& choice, const sizing::DeviceCosts& costs,
                 const std::optional<sizing::OneSlotCosts>& one_slot) {
  fmt::print("A model of {} bytes, a patch of {}; erase blocks of {}, program units of {}\n\n",
             with_commas(choice.model_size), with_commas(choice.patch_size), with_commas(choice.erase_size),
             with_commas(choice.program_size));
  line("slot, each of two", bytes(costs.slot_size), "whole erase blocks");
  line("journal", bytes(costs.journal_size),
       costs.resumes_exactly ? "after a power cut nothing is sent again but what lay in RAM"
                             : "after a power cut more may be sent again");
  line("journal, at least", bytes(costs.least_journal_size), "with less the layout is refused");
  line("flash for models", bytes(costs.flash_size), "slots and journal");
  line("code", bytes(costs.code), "Cortex-M4, gcc -Os, default policies, without a signature");
  line("RAM, updater", bytes(costs.updater_ram), "lives while an update runs; may share its place");
  line("RAM, store", bytes(costs.store_ram), "lives always");
  line("stack", bytes(costs.stack), "deepest, measured");
  line("erases of an update", bytes(costs.slot_erases + costs.journal_erases),
       fmt::format("{} of the slot, {} of the journal", costs.slot_erases, costs.journal_erases));
  line("updates until worn", bytes(costs.updates_until_worn), "of blocks that bear 10,000 erases");
  line("programmed bytes", bytes(costs.programmed_bytes), "slot and journal");
  line("time of an update", fmt::format("{:.1f} s", update_seconds(costs)),
       fmt::format("erasing {:.1f}, programming {:.1f}, computing {:.1f} at {:g} MHz", costs.erase_seconds,
                   costs.program_seconds, costs.compute_seconds, choice.processor_megahertz));
  line("longest wait", fmt::format("{:.0f} ms", 1e3 * costs.longest_stall_seconds),
       "of one call, in the driver");
  if (one_slot) print_one_slot(*one_slot, costs);
  fmt::print("\n{:<16}{:>9}{:>9}{:>13}{:>13}{:>12}\n", "link", "payload", "packets", "airtime, s",
             "at least, s", "energy, mJ");
  for (const sizing::RadioCosts& radio : sizing::radio_costs(choice.patch_size))
    fmt::print("{:<16}{:>9}{:>9}{:>13.2f}{:>13.1f}{:>12.1f}\n", radio.link, radio.payload, radio.packets,
               radio.airtime_seconds, radio.least_seconds, radio.energy_millijoules);
  fmt::print("\nLinks that lose nothing; --json says what each line assumes.\n");
}

Json to_json(const sizing::OneSlotCosts& costs, std::uint32_t spare) {
  return {{"spare_blocks", spare},
          {"slot_bytes", costs.slot_size},
          {"journal_bytes", costs.journal_size},
          {"staging_bytes", costs.staging_size},
          {"reversible_staging_bytes", costs.reversible_staging_size},
          {"flash_bytes", costs.flash_size},
          {"code_bytes", costs.code},
          {"ram_bytes", costs.ram},
          {"erases", costs.erases},
          {"updates_until_worn", costs.updates_until_worn},
          {"programmed_bytes", costs.programmed_bytes},
          {"update_seconds", costs.update_seconds},
          {"seconds_without_model", costs.seconds_without_model}};
}

void print_json(const sizing::DeviceChoice& choice, const sizing::DeviceCosts& costs, const Json& one_slot) {
  Json json = {
      {"model_bytes", choice.model_size},
      {"patch_bytes", choice.patch_size},
      {"erase_size", choice.erase_size},
      {"program_size", choice.program_size},
      {"page", choice.page},
      {"interval", choice.interval},
      {"decoder", choice.decoder},
      {"slot_bytes", costs.slot_size},
      {"journal_bytes", costs.journal_size},
      {"least_journal_bytes", costs.least_journal_size},
      {"resumes_exactly", costs.resumes_exactly},
      {"flash_bytes", costs.flash_size},
      {"code_bytes", costs.code},
      {"updater_ram_bytes", costs.updater_ram},
      {"store_ram_bytes", costs.store_ram},
      {"ram_bytes", costs.updater_ram + costs.store_ram},
      {"stack_bytes", costs.stack},
      {"slot_erases", costs.slot_erases},
      {"journal_erases", costs.journal_erases},
      {"erases", costs.slot_erases + costs.journal_erases},
      {"updates_until_worn", costs.updates_until_worn},
      {"programmed_bytes", costs.programmed_bytes},
      {"erase_seconds", costs.erase_seconds},
      {"program_seconds", costs.program_seconds},
      {"compute_seconds", costs.compute_seconds},
      {"update_seconds", update_seconds(costs)},
      {"longest_stall_seconds", costs.longest_stall_seconds},
      {"links", Json::array()},
  };
  for (const sizing::RadioCosts& radio : sizing::radio_costs(choice.patch_size))
    json["links"].push_back({{"link", radio.link},
                             {"payload_bytes", radio.payload},
                             {"packets", radio.packets},
                             {"airtime_seconds", radio.airtime_seconds},
                             {"least_seconds", radio.least_seconds},
                             {"energy_millijoules", radio.energy_millijoules},
                             {"assumes", radio.assumes}});
  if (!one_slot.is_null()) json["in_place"] = one_slot;
  fmt::print("{}\n", json.dump(2));
}

void size(SizeCommand& command) {
  sizing::DeviceChoice& choice = command.choice;
  if (command.in_place && choice.decoder != "default")
    throw UsageError("--in-place", "what one slot takes is known for the default decoder only");
  // What fine-tuning all layers of the demo's classifier takes: a quarter of the model.
  if (choice.patch_size == 0) choice.patch_size = choice.model_size / 4 + 1;
  // First what may be refused: large models take seconds.
  std::optional<sizing::OneSlotCosts> one_slot;
  if (command.in_place) one_slot = sizing::one_slot_costs(choice, command.spare);
  const sizing::DeviceCosts costs = sizing::device_costs(choice);
  if (command.json)
    print_json(choice, costs, one_slot ? to_json(*one_slot, command.spare) : Json());
  else
    print_table(choice, costs, one_slot);
}

void add_memory_options(Command& app, sizing::DeviceChoice& choice) {
  app.add_option("--page", choice.page, "kPageSize: bytes of RAM that collect what is programmed")
      .between(1U, 1U << 15)
      .shows_default();
  app.add_option("--interval", choice.interval,
                 "kCheckpointInterval: patch bytes between checkpoints, 0 for none")
      .between(0U, 65535U)
      .shows_default();
  app.add_option("--decoder", choice.decoder, "default, or small for parts with little RAM")
      .one_of({"default", "small"})
      .shows_default();
  app.add_option("--journal", choice.journal_size,
                 "Bytes of the journal; what resumes exactly and wears little unless given")
      .between(1U, 1U << 30);
}

}  // namespace

void add_size(Command& program) {
  auto command = std::make_shared<SizeCommand>();
  sizing::DeviceChoice& choice = command->choice;
  Command app =
      program.add_subcommand("size", "Say what updates take: flash, RAM, erases, time, airtime, energy");
  app.add_option("--model", choice.model_size, "Bytes of the largest model").between(1U, 1U << 30).required();
  app.add_option("--patch", choice.patch_size, "Bytes of a patch; a quarter of the model unless given")
      .between(1U, 1U << 30);
  app.add_option("--erase", choice.erase_size, "Bytes of an erase block")
      .between(32U, 1U << 24)
      .shows_default();
  app.add_option("--program", choice.program_size, "Bytes of a program unit")
      .one_of({1, 2, 4, 8, 16, 32, 64, 128, 256, 512})
      .shows_default();
  add_memory_options(app, choice);
  app.add_option("--erase-ms", choice.erase_milliseconds,
                 "Time of one erase; 45 ms for each 4 KB unless given")
      .between(0.0, 1e6);
  app.add_option("--program-us", choice.program_microseconds,
                 "Time of one program unit; 11 microseconds for each byte unless given")
      .between(0.0, 1e6);
  app.add_option("--mhz", choice.processor_megahertz, "Clock of the processor, one instruction a cycle")
      .between(0.1, 1e5)
      .shows_default();
  const Option in_place =
      app.add_flag("--in-place", command->in_place, "Also what one slot takes, with updates in place");
  app.add_option("--spare", command->spare, "Spare blocks for updates in place")
      .between(2U, 4U)
      .only_with(in_place)
      .shows_default();
  app.add_flag("--json", command->json, "Print JSON");
  app.footer("Example:\n  tmd size --erase 4096 --program 8 --model 60000 --decoder small");
  app.callback([command] { size(*command); });
}

}  // namespace tmd::host::cli
