// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/outcome.hpp"
#include "link/send_patch.hpp"

namespace tmd::host::cli {
namespace {

using host::with_commas;

struct SendCommand {
  std::string source;
  std::string serial;
  std::string udp;
  bool stdio = false;
  bool keep_on_trial = false;
  std::uint32_t baud = 115200;
  std::uint32_t message_size = 244;
  std::uint32_t patience = 400;
  std::uint32_t give_up = 60;
  bool json = false;
};

std::unique_ptr<link::Link> open_link(const SendCommand& command) {
  const int links = int{!command.serial.empty()} + int{!command.udp.empty()} + int{command.stdio};
  if (command.stdio && command.json)
    throw UsageError("--json", "not with --stdio: standard output is the link");
  if (links != 1) throw UsageError("one of --serial, --udp and --stdio says how to reach the device");
  if (command.stdio && (::isatty(STDIN_FILENO) == 1 || ::isatty(STDOUT_FILENO) == 1))
    throw UsageError("--stdio",
                     "messages are no text for a terminal; connect both to the device, as socat does");
  if (!command.serial.empty()) return link::open_serial(command.serial, command.baud);
  return command.udp.empty() ? link::open_stdio() : link::open_udp(command.udp);
}

/// Who has not answered yet, as the user knows it.
std::string link_name(const SendCommand& command) {
  if (!command.serial.empty()) return command.serial;
  return command.udp.empty() ? "standard input" : command.udp;
}

std::string model_text(const transfer::DeviceReport& device) {
  if (device.state == ModelState::none) return "no model";
  const ModelVersion& version = device.model_version;
  std::string text = fmt::format("{}, {} bytes, {}…", state_name(device.state),
                                 with_commas(device.model_bytes), host::to_hex(device.digest.view()));
  if (!(version == ModelVersion()))
    text += fmt::format(", version {}.{}.{}", version.major, version.minor, version.patch);
  return text;
}

link::SendPlan plan_of(const SendCommand& command) {
  link::SendPlan plan;
  plan.source = command.source;
  plan.largest_message = static_cast<std::uint16_t>(command.message_size);
  plan.patience = std::chrono::milliseconds(command.patience);
  plan.give_up = std::chrono::seconds(command.give_up);
  plan.confirm = !command.keep_on_trial;
  plan.on_waiting = [&] {
    print_aside(fmt::format("tmd: no answer from {} yet; asking on for {} seconds\n", link_name(command),
                            command.give_up));
  };
  return plan;
}

/// Where messages or JSON go over standard output the words go to standard error.
void run(const SendCommand& command) {
  std::FILE* out = command.stdio || command.json ? stderr : stdout;
  const std::unique_ptr<link::Link> link = open_link(command);
  std::unique_ptr<host::Progress> progress;
  link::SendPlan plan = plan_of(command);
  const char* full = std::filesystem::is_directory(command.source)
                         ? ", the full model: no patch fits what the device has"
                         : ", a full model";
  plan.on_chosen = [&](const transfer::DeviceReport& device, const link::ChosenPatch& chosen) {
    fmt::print(out, "device     {}\n", model_text(device));
    fmt::print(out, "patch      {}, {} bytes{}\n", chosen.patch.path.string(),
               with_commas(chosen.patch.bytes.size()),
               chosen.is_there_already ? "; the device has its target already"
               : chosen.is_full_model  ? full
                                       : "");
    std::fflush(out);
    progress = std::make_unique<host::Progress>("send", chosen.patch.bytes.size(), "B");
  };
  plan.on_progress = [&](std::uint32_t done, std::uint32_t) { progress->update(done); };
  const link::SendReport report = link::send_patch(*link, plan);
  progress.reset();
  if (report.resumed_at != 0)
    fmt::print(out, "resumed    at patch byte {}: an interrupted update went on\n",
               with_commas(report.resumed_at));
  fmt::print(out, "sent       {} bytes in messages, {} received, asked again {} times\n",
             with_commas(report.bytes_sent), with_commas(report.bytes_received), report.repeated);
  fmt::print(out, "update     {}\n", to_string(report.status));
  if (report.confirmed != Status::ok) fmt::print(out, "confirm    {}\n", to_string(report.confirmed));
  fmt::print(out, "device     {}\n", model_text(report.after));
  if (report.status == Status::ok && report.confirmed == Status::ok && command.json)
    print_outcome(true, {},
                  {{"bytes_sent", static_cast<std::uint64_t>(report.bytes_sent)},
                   {"bytes_received", static_cast<std::uint64_t>(report.bytes_received)},
                   {"resumed_at", static_cast<std::uint64_t>(report.resumed_at)},
                   {"repeated", static_cast<std::uint64_t>(report.repeated)}});
  if (report.status != Status::ok)
    throw host::Error(fmt::format("the device refused the patch: {}", to_string(report.status)));
  if (report.confirmed != Status::ok)
    throw host::Error(fmt::format("the device did not confirm the model: {}", to_string(report.confirmed)));
}

}  // namespace

void add_send(Command& program) {
  auto command = std::make_shared<SendCommand>();
  Command app =
      program.add_subcommand("send", "Send a patch to a device over a bare link, and see it applied");
  app.add_option(
         "SOURCE", command->source,
         "A patch; or a folder of tmd diff --bases, out of which the one is taken that fits the device")
      .required();
  const Option serial = app.add_option("--serial", command->serial, "Serial device, such as /dev/ttyUSB0");
  app.add_option("--baud", command->baud, "Speed of the serial device").only_with(serial).shows_default();
  app.add_option("--udp", command->udp, "HOST:PORT of the device");
  app.add_flag("--stdio", command->stdio, "Frames on standard input and output; words go to standard error");
  app.add_flag("--keep-on-trial", command->keep_on_trial,
               "Leave the new model on trial: the device's application decides");
  app.add_option("--message-size", command->message_size,
                 "The largest message of the link in bytes; the device may ask for smaller ones")
      .between(std::uint32_t{20}, std::uint32_t{link::kLargestMessage})
      .shows_default();
  app.add_option("--patience", command->patience, "Milliseconds until an answer counts as lost")
      .between(std::uint32_t{5}, std::uint32_t{60000})
      .shows_default();
  app.add_option(
         "--give-up", command->give_up,
         "Seconds without a sign of the device after which this ends; ten times as long where it answers "
         "and nothing moves")
      .between(std::uint32_t{1}, std::uint32_t{86400})
      .shows_default();
  app.add_flag("--json", command->json, "Print JSON");
  app.footer(
      "Examples:\n  tmd send update.tmd --serial /dev/ttyUSB0\n  tmd send patches/ --udp sensor7.local:5700\n"
      "What goes over the link: docs/transfer.md.");
  app.callback([command] { run(*command); });
}

}  // namespace tmd::host::cli
