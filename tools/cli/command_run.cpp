// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/outcome.hpp"
#include "inference/model_runner.hpp"
#include "inference/profile.hpp"
#include "input/load_input.hpp"
#include "model/arena.hpp"

namespace tmd::host::cli {
namespace {

struct RunCommand {
  std::string model;
  std::string input_file;
  std::string output;
  std::string saved_input;
  std::uint32_t seed = 1;
  bool json = false;
  bool profile = false;
  double max_ms = 0;
  double max_mw = 0;
  inference::DeviceFigures device;
  input::InputChoice choice;
};

/// What the model answered, what that took, and what it is thought to take on a device.
struct RunReport {
  std::vector<double> stored, real;
  std::size_t top1 = 0;
  inference::Profile profile;
  std::uint32_t arena = 0;       ///< of this interpreter
  std::uint64_t tflm_arena = 0;  ///< what TFLM needs
};

using Json = nlohmann::ordered_json;

bool within_limits(const RunCommand& command, const RunReport& report) {
  return (command.max_ms <= 0 || report.profile.milliseconds(command.device) <= command.max_ms) &&
         (command.max_mw <= 0 || report.profile.mean_milliwatts(command.device) <= command.max_mw);
}

void print_json(std::FILE* out, const RunCommand& command, const RunReport& report, const std::string& type) {
  Json json = {{"model", command.model},      {"output_type", type},
               {"output", report.stored},     {"values", report.real},
               {"top1", report.top1},         {"host_us", report.profile.host_us},
               {"arena_bytes", report.arena}, {"tflm_arena_bytes", report.tflm_arena}};
  if (command.profile) {
    json["macs"] = report.profile.macs;
    json["weight_bytes"] = report.profile.weights;
    json["device_ms"] = report.profile.milliseconds(command.device);
    json["device_mj"] = report.profile.millijoules(command.device);
    json["device_mean_mw"] = report.profile.mean_milliwatts(command.device);
    json["within_limits"] = within_limits(command, report);
    json["layers"] = Json::array();
    for (const inference::LayerCost& layer : report.profile.layers)
      json["layers"].push_back({{"operator", layer.name},
                                {"macs", layer.macs},
                                {"weight_bytes", layer.weights},
                                {"live_bytes", layer.live},
                                {"host_us", layer.host_us}});
  }
  fmt::print(out, "{}\n", json.dump(2, ' ', true, Json::error_handler_t::replace));
}

void print_profile(std::FILE* out, const RunCommand& command, const inference::Profile& profile) {
  fmt::print(out, "\n{:>3}  {:<20} {:>12} {:>12} {:>12} {:>10}\n", "", "operator", "MACs", "weights",
             "live bytes", "host us");
  for (std::size_t i = 0; i < profile.layers.size(); ++i) {
    const inference::LayerCost& layer = profile.layers[i];
    fmt::print(out, "{:>3}  {:<20} {:>12} {:>12} {:>12} {:>10.1f}\n", i, layer.name,
               host::with_commas(layer.macs), host::with_commas(layer.weights), host::with_commas(layer.live),
               layer.host_us);
  }
  const inference::DeviceFigures& device = command.device;
  fmt::print(out, "     {:<20} {:>12} {:>12} {:>12} {:>10.1f}\n\n", "all", host::with_commas(profile.macs),
             host::with_commas(profile.weights), "", profile.host_us);
  fmt::print(out, "device: ({} MACs * {} + {} elements * {} cycles) / {} MHz = {:.2f} ms\n",
             host::with_commas(profile.macs), device.cycles_per_mac, host::with_commas(profile.elements),
             device.cycles_per_element, device.mhz, profile.milliseconds(device));
  fmt::print(out, "energy: {:.2f} ms * {} mW = {:.4f} mJ; every {} ms, and {} mW idle: {:.3f} mW\n",
             profile.milliseconds(device), device.active_mw, profile.millijoules(device), device.period_ms,
             device.idle_mw, profile.mean_milliwatts(device));
  if (profile.milliseconds(device) > device.period_ms)
    fmt::print(out, "an inference takes longer than the {} ms to the next one: it computes all the time\n",
               device.period_ms);
}

void print_text(std::FILE* out, const RunCommand& command, const RunReport& report) {
  fmt::print(out, "output: {:.6g}\n", fmt::join(report.real, " "));
  fmt::print(out, "top-1: {}\n", report.top1);
  fmt::print(out, "time: {:.0f} us here; arena: {} bytes here, {} in TFLM\n", report.profile.host_us,
             host::with_commas(report.arena), host::with_commas(report.tflm_arena));
  if (command.profile) print_profile(out, command, report.profile);
  const double ms = report.profile.milliseconds(command.device),
               mw = report.profile.mean_milliwatts(command.device);
  if (command.max_ms > 0)
    fmt::print(out, "time on the device: {:.2f} ms, {} than {} ms\n", ms,
               ms <= command.max_ms ? "no more" : "MORE", command.max_ms);
  if (command.max_mw > 0)
    fmt::print(out, "mean power: {:.3f} mW, {} than {} mW\n", mw, mw <= command.max_mw ? "no more" : "MORE",
               command.max_mw);
}

host::Bytes input_for(const RunCommand& command, inference::ModelRunner& runner) {
  if (command.input_file.empty()) return runner.generated_input(command.seed);
  host::Bytes input = host::read_file(command.input_file);
  if (input.size() != runner.input_size())
    throw host::Error(fmt::format("{} has {} bytes and the input of {} {}: give it as it lies in memory",
                                  command.input_file, input.size(), command.model, runner.input_size()));
  return input;
}

void run_model(const RunCommand& command) {
  const input::Input file = input::load_input(command.model, command.choice);
  input::check_part_is_there({{file.kind, command.model}}, command.choice);
  inference::ModelRunner runner(host::view(file.bytes), command.model);
  const host::Bytes input = input_for(command, runner);
  const host::Bytes output = runner.run(host::view(input));
  if (!command.saved_input.empty()) host::write_file(command.saved_input, host::view(input));
  if (!command.output.empty()) host::write_file(command.output, host::view(output));
  RunReport report;
  report.stored = inference::stored_values(host::view(output), runner.output_tensor());
  report.real = inference::real_values(host::view(output), runner.output_tensor());
  report.top1 = inference::top1(report.real);
  report.profile = inference::profile_model(runner, host::view(input), command.profile ? 5 : 1);
  report.arena = runner.arena_bytes();
  report.tflm_arena = model::estimate_arena(runner.model()).arena;
  std::FILE* out = beside({command.output, command.saved_input});
  if (command.json)
    print_json(out, command, report, model::type_name(runner.output_tensor().type));
  else
    print_text(out, command, report);
  if (!within_limits(command, report)) throw NegativeAnswer();
}

void add_device_options(Command& app, RunCommand& command) {
  const Option profile =
      app.add_flag("--profile", command.profile, "Say what each layer costs: MACs, weights, memory, time");
  const Option max_ms = app.add_option("--max-ms", command.max_ms,
                                       "Exit status 1 where one inference takes longer on the device")
                            .positive();
  const Option max_mw =
      app.add_option("--max-mw", command.max_mw, "Exit status 1 where the mean power is more").positive();
  const auto add = [&](const char* name, double& value, const char* help, double lowest, double highest) {
    return app.add_option(name, value, help).between(lowest, highest).shows_default();
  };
  inference::DeviceFigures& device = command.device;
  add("--mhz", device.mhz, "The device's clock", 0.001, 1e6).only_with_one_of({profile, max_ms, max_mw});
  add("--cycles-per-mac", device.cycles_per_mac, "Of the device's kernels", 0.0, 1e6)
      .only_with_one_of({profile, max_ms, max_mw});
  add("--cycles-per-element", device.cycles_per_element, "Of each layer's output", 0.0, 1e6)
      .only_with_one_of({profile, max_ms, max_mw});
  add("--active-mw", device.active_mw, "Power while it computes", 0.0, 1e6)
      .only_with_one_of({profile, max_mw});
  add("--idle-mw", device.idle_mw, "Power while it waits", 0.0, 1e6).only_with_one_of({profile, max_mw});
  add("--period-ms", device.period_ms, "Time from one inference to the next", 0.001, 1e9)
      .only_with_one_of({profile, max_mw});
}

}  // namespace

void add_run(Command& program) {
  auto command = std::make_shared<RunCommand>();
  Command app = program.add_subcommand("run", "Run a model on one input and print what it answers");
  app.add_option("MODEL", command->model, "The model").required().reads_file();
  const Option file =
      app.add_option("--input", command->input_file, "A file with the input's bytes, as they lie in memory")
          .reads_file();
  app.add_option("--seed", command->seed, "Or an input that is generated from this number")
      .positive()
      .shows_default()
      .excludes(file);
  app.add_option("-o,--output", command->output, "Where to write the output's bytes").writes_file();
  app.add_option("--save-input", command->saved_input, "Where to write the input's bytes").writes_file();
  app.add_flag("--json", command->json, "Print JSON");
  add_device_options(app, *command);
  add_input_options(app, command->choice);
  app.footer(
      "The answer is what TFLM's reference kernels give, to the bit for int8 models.\n"
      "On the device: cycles = MACs * cycles-per-mac + output elements * cycles-per-element.\n"
      "Exit status: 0 done, 1 a limit is exceeded.\n"
      "Examples:\n  tmd run new.tflite --seed 7\n  tmd run new.tflite --input window.bin --profile --max-ms "
      "20");
  app.callback([command] { run_model(*command); });
}

}  // namespace tmd::host::cli
