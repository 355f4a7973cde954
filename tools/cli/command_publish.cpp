// SPDX-License-Identifier: Apache-2.0
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "base/terminal_text.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/outcome.hpp"
#include "cli/signing_options.hpp"
#include "fleet/publish_tree.hpp"

namespace tmd::host::cli {
namespace {

struct PublishCommand {
  std::string patches;
  std::string tree;
  std::string verify;
  std::string channel;
  std::string key;
  std::string public_key;
  std::optional<std::uint32_t> percent;
  bool withdraw = false;
  bool json = false;
};

std::string user() {
  const char* name = std::getenv("USER");
  return name != nullptr && *name != '\0' ? name : fmt::format("uid {}", ::getuid());
}

/// Draws as soon as the total is known.
class Bar {
 public:
  explicit Bar(const char* label) : label_(label) {}
  void operator()(std::uint32_t done, std::uint32_t total) {
    if (!progress_) progress_ = std::make_unique<host::Progress>(label_, total, "files");
    progress_->update(done);
  }

 private:
  const char* label_;
  std::unique_ptr<host::Progress> progress_;
};

void verify(const PublishCommand& command) {
  fleet::CheckSignature check;
  if (!command.public_key.empty()) check = signature_checker(command.public_key);
  auto bar = std::make_shared<Bar>("verify");
  const std::vector<std::string> faults = fleet::verify_tree(
      command.verify, check, [bar](std::uint32_t done, std::uint32_t total) { (*bar)(done, total); });
  bar.reset();
  std::string text;
  for (const std::string& fault : faults) text += host::terminal_text(fault) + "\n";
  if (faults.empty())
    text = fmt::format(
        "{}: the log, every object and every pointer are as they should be{}\n", command.verify,
        command.public_key.empty() ? "; no signature was checked (--public-key)" : ", each entry is signed");
  print_outcome(command.json, text,
                {{"tree", command.verify},
                 {"sound", faults.empty()},
                 {"faults", std::uint64_t{faults.size()}},
                 {"first_fault", faults.empty() ? std::string() : faults.front()}});
  if (!faults.empty()) throw NegativeAnswer();
}

void run(const PublishCommand& command) {
  if (!command.verify.empty()) {
    if (!command.patches.empty() || !command.channel.empty() || command.withdraw || command.percent ||
        !command.key.empty())
      throw UsageError("--verify takes a tree and changes nothing");
    return verify(command);
  }
  if (command.patches.empty() || command.tree.empty()) throw missing("PATCHES TREE");
  if (command.channel.empty()) throw missing("--channel");
  if (!command.public_key.empty())
    throw UsageError("--public-key", "only with --verify; --key signs an entry");
  if (command.withdraw && command.percent)
    throw UsageError("--percent", "not with --withdraw: nobody takes it");
  fleet::PublishPlan plan;
  if (!command.key.empty()) {
    plan.sign = text_signer(command.key);
    // A key that can't sign is found before anything is written.
    (void)plan.sign("");
  }
  const std::uint32_t percent = command.percent.value_or(100);
  plan.tree = command.tree;
  plan.channel = command.channel;
  plan.percent = percent;
  plan.withdraw = command.withdraw;
  plan.who = user();
  plan.time = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  auto bar = std::make_unique<Bar>("publish");
  plan.on_progress = [&](std::uint32_t done, std::uint32_t total) { (*bar)(done, total); };
  const fleet::PublishReport report = fleet::publish(command.patches, plan);
  bar.reset();
  const std::string what = command.withdraw ? "withdrawn from" : fmt::format("for {} % of", percent);
  print_outcome(
      command.json,
      fmt::format("{}{} channel {}: {} objects written, {} pointers written, {} removed\n",
                  report.changed ? "" : "nothing new: ", what, command.channel, report.objects_written,
                  host::with_commas(report.pointers_written), host::with_commas(report.pointers_removed)),
      {{"channel", command.channel},
       {"changed", report.changed},
       {"objects_written", static_cast<std::uint64_t>(report.objects_written)},
       {"pointers_written", static_cast<std::uint64_t>(report.pointers_written)},
       {"pointers_removed", static_cast<std::uint64_t>(report.pointers_removed)}});
}

}  // namespace

void add_publish(Command& program) {
  auto command = std::make_shared<PublishCommand>();
  Command app = program.add_subcommand(
      "publish", "Put the patches of a release into a tree of files for any web server");
  app.add_option("PATCHES", command->patches, "Folder that tmd diff --bases wrote").reads_file();
  app.add_option("TREE", command->tree, "Folder that is served; made where it is absent").writes_file();
  app.add_option("--channel", command->channel, "Which devices: beta, stable, …");
  app.add_option("--percent", command->percent,
                 "Share of the devices that take the release, by their bucket; 0 pauses it; without it 100")
      .between(std::uint32_t{0}, std::uint32_t{100});
  app.add_flag("--withdraw", command->withdraw,
               "Take the release back: devices get what they got without it");
  app.add_option("--key", command->key,
                 "Private key in PEM to sign the log's entry with; - is standard input");
  app.add_option("--verify", command->verify, "Prove a tree instead: its log, objects and pointers");
  app.add_option("--public-key", command->public_key,
                 "With --verify: the key that every entry must be signed with; - is standard input");
  app.add_flag("--json", command->json, "Print JSON");
  app.footer(
      "Examples:\n  tmd publish patches/ /srv/models --channel stable --percent 10\n"
      "  tmd publish --verify /srv/models\n"
      "--verify: exit status 1 where the tree is not as its log says.");
  app.callback([command] { run(*command); });
}

}  // namespace tmd::host::cli
