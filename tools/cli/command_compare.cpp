// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "inference/answers.hpp"
#include "inference/model_runner.hpp"
#include "input/load_input.hpp"

namespace tmd::host::cli {
namespace {

struct CompareCommand {
  std::string before;
  std::string after;
  std::string data;
  std::uint32_t seed = 1;
  std::uint32_t count = 200;
  double min_agreement = 0;
  bool json = false;
  input::InputChoice choice;
};

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::vector<inference::Sample> generated_samples(inference::ModelRunner& runner,
                                                 const CompareCommand& command) {
  std::vector<inference::Sample> samples;
  for (std::uint32_t i = 0; i < command.count; ++i)
    samples.push_back({runner.generated_input(command.seed + i), ""});
  return samples;
}

void print_json(const inference::AnswerChange& change) {
  nlohmann::ordered_json json = {{"samples", change.samples},
                                 {"agreement_percent", percent(change.agree, change.samples)},
                                 {"equal", change.equal},
                                 {"largest_difference", change.largest_difference},
                                 {"mean_difference", change.mean_difference}};
  json["classes"] = nlohmann::ordered_json::array();
  for (const inference::ClassChange& group : change.classes) {
    nlohmann::ordered_json entry = {{"class", group.name},
                                    {"samples", group.samples},
                                    {"agreement_percent", percent(group.agree, group.samples)}};
    if (change.labelled) {
      entry["old_correct_percent"] = percent(group.old_correct, group.samples);
      entry["new_correct_percent"] = percent(group.new_correct, group.samples);
    }
    json["classes"].push_back(entry);
  }
  fmt::print("{}\n", json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

void print_text(const inference::AnswerChange& change) {
  fmt::print("{} inputs: top-1 agrees on {:.1f} %, {} outputs are equal byte for byte\n", change.samples,
             percent(change.agree, change.samples), change.equal);
  fmt::print("largest difference of an output {:.6g}, mean {:.6g}\n\n", change.largest_difference,
             change.mean_difference);
  const std::string remark = inference::remark_on_few(change.samples);
  if (!remark.empty()) fmt::print("{}\n", remark);
  fmt::print("{:<20} {:>8} {:>10}{}\n", "class", "inputs", "agreement",
             change.labelled ? fmt::format(" {:>12} {:>12}", "old correct", "new correct") : "");
  for (const inference::ClassChange& group : change.classes) {
    fmt::print("{:<20} {:>8} {:>8.1f} %", group.name, group.samples, percent(group.agree, group.samples));
    if (change.labelled)
      fmt::print(" {:>10.1f} % {:>10.1f} %", percent(group.old_correct, group.samples),
                 percent(group.new_correct, group.samples));
    fmt::print("\n");
  }
}

void compare(const CompareCommand& command) {
  const input::Input before = input::load_input(command.before, command.choice);
  const input::Input after = input::load_input(command.after, command.choice);
  input::check_part_is_there({{before.kind, command.before}, {after.kind, command.after}}, command.choice);
  inference::ModelRunner old_runner(host::view(before.bytes), command.before);
  inference::ModelRunner new_runner(host::view(after.bytes), command.after);
  const std::vector<inference::Sample> samples =
      command.data.empty() ? generated_samples(old_runner, command)
                           : inference::read_samples(command.data, old_runner.input_size());
  const inference::AnswerChange change = inference::compare_answers(old_runner, new_runner, samples);
  command.json ? print_json(change) : print_text(change);
  if (percent(change.agree, change.samples) < command.min_agreement) throw NegativeAnswer();
}

}  // namespace

void add_compare(Command& program) {
  auto command = std::make_shared<CompareCommand>();
  Command app = program.add_subcommand("compare", "Say how a new model's answers differ from the old one's");
  app.add_option("OLD", command->before, "The model that devices have now").required().reads_file();
  app.add_option("NEW", command->after, "The model that they shall have").required().reads_file();
  const Option data = app.add_option("--data", command->data,
                                     "A folder of recorded inputs, as OLD takes them in memory; a folder in "
                                     "it is a class, and classes are counted in the order of their names");
  app.add_option("--seed", command->seed, "Without --data: inputs are generated from this number on")
      .positive()
      .shows_default()
      .excludes(data);
  app.add_option("--count", command->count, "How many are generated")
      .between(1U, 1000000U)
      .shows_default()
      .excludes(data);
  app.add_option("--min-agreement", command->min_agreement,
                 "Exit status 1 where top-1 agrees on fewer, in percent")
      .between(0.0, 100.0);
  app.add_flag("--json", command->json, "Print JSON");
  add_input_options(app, command->choice);
  app.footer(
      "A NEW whose input has another scale or zero point gets the same real values, requantised.\n"
      "Exit status: 0 done, 1 they agree on fewer than --min-agreement says.\n"
      "Example:\n  tmd compare old.tflite new.tflite --data windows/ --min-agreement 90");
  app.callback([command] { compare(*command); });
}

}  // namespace tmd::host::cli
