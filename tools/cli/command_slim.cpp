// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "codec/encode_body.hpp"
#include "inference/answers.hpp"
#include "inference/model_runner.hpp"
#include "input/load_input.hpp"
#include "slim/search.hpp"

namespace tmd::host::cli {
namespace {

constexpr double kDefaultAgreement = 0.995;
constexpr std::uint32_t kGeneratedSamples = 256;

struct SlimCommand {
  std::string base;
  std::string target;
  std::string output;
  std::string data;
  std::optional<std::uint32_t> bytes;
  double agree = kDefaultAgreement;
  bool curve = false;
  bool json = false;
};

struct Outcome {
  std::vector<slim::Point> curve;
  const slim::Point* chosen = nullptr;
  std::size_t plain_bytes = 0;  ///< Of the body from base to target as it is.
  bool generated = false;       ///< The samples are random numbers.
};

std::vector<inference::Sample> samples_for(const SlimCommand& command, ConstBytes target) {
  inference::ModelRunner runner(target, command.target);
  if (!command.data.empty()) return inference::read_samples(command.data, runner.input_size());
  std::vector<inference::Sample> samples;
  for (std::uint32_t seed = 1; seed <= kGeneratedSamples; ++seed)
    samples.push_back({runner.generated_input(seed), ""});
  return samples;
}

const slim::Point* choose(const SlimCommand& command, const std::vector<slim::Point>& curve) {
  if (command.bytes) {
    const slim::Point* point = slim::best_within(curve, *command.bytes);
    if (point == nullptr)
      throw host::Error(fmt::format("{}: nothing within {} bytes; the smallest there is takes {}",
                                    command.target, host::with_commas(*command.bytes),
                                    host::with_commas(curve.back().body_bytes)));
    return point;
  }
  const slim::Point* point = slim::smallest_that_agrees(curve, command.agree);
  if (point == nullptr)
    throw host::Error(
        fmt::format("{}: not even all its weights on the base's grid agree on {:.1f} % of the inputs; "
                    "ask for less with --agree, or send it as it is",
                    command.target, 100 * command.agree));
  return point;
}

nlohmann::json json_of(const slim::Point& point) {
  return {{"body_bytes", point.body_bytes},
          {"agreement", point.agreement()},
          {"largest_difference", point.change.largest_difference},
          {"mean_difference", point.change.mean_difference},
          {"thresholds", point.thresholds}};
}

void print_json(const slim::SharedGraph& graph, const Outcome& outcome) {
  nlohmann::json layers = nlohmann::json::array();
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const slim::WeightLayer& layer = graph.layers[i];
    layers.push_back(
        {{"name", layer.name},
         {"weights", layer.base.size()},
         {"changed", changed_weights(layer, slim_weights(layer, outcome.chosen->thresholds[i]))}});
  }
  nlohmann::json curve = nlohmann::json::array();
  for (const slim::Point& point : outcome.curve) curve.push_back(json_of(point));
  fmt::print("{}\n", nlohmann::json{{"plain_body_bytes", outcome.plain_bytes},
                                    {"chosen", json_of(*outcome.chosen)},
                                    {"keeps_activation_quantisation", graph.keeps_activations},
                                    {"samples", outcome.chosen->change.samples},
                                    {"samples_are_generated", outcome.generated},
                                    {"layers", layers},
                                    {"curve", curve}}
                         .dump(2));
}

void print_curve(const Outcome& outcome) {
  fmt::print("{:>12} {:>9} {:>11} {:>20}\n", "body bytes", "of plain", "agreement", "largest difference");
  for (const slim::Point& point : outcome.curve) {
    fmt::print("{:>12} {:>7.0f} % {:>9.2f} % {:>20.4f}{}\n", host::with_commas(point.body_bytes),
               100.0 * static_cast<double>(point.body_bytes) / static_cast<double>(outcome.plain_bytes),
               100 * point.agreement(), point.change.largest_difference,
               &point == outcome.chosen ? "  <- chosen" : "");
  }
}

void print_text(const slim::SharedGraph& graph, const Outcome& outcome) {
  const slim::Point& point = *outcome.chosen;
  fmt::print("{:<40} {:>9} {:>9}\n", "layer", "weights", "changed");
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const slim::WeightLayer& layer = graph.layers[i];
    fmt::print("{:<40} {:>9} {:>9}\n", layer.name.substr(0, 40), layer.base.size(),
               changed_weights(layer, slim_weights(layer, point.thresholds[i])));
  }
  fmt::print("activations: {}\n", graph.keeps_activations
                                      ? "on the base's quantisation"
                                      : "on the target's: the base's ranges do not hold them");
  fmt::print("body: {} bytes, {:.0f} % of the {} of the target as it is\n",
             host::with_commas(point.body_bytes),
             100.0 * static_cast<double>(point.body_bytes) / static_cast<double>(outcome.plain_bytes),
             host::with_commas(outcome.plain_bytes));
  fmt::print(
      "agreement with the target: {} of {} {} inputs have the same top-1; largest difference of an output "
      "{:.4f}, mean {:.5f}\n",
      point.change.agree, point.change.samples, outcome.generated ? "generated" : "given",
      point.change.largest_difference, point.change.mean_difference);
  if (outcome.generated)
    fmt::print(
        "generated inputs are random numbers: give inputs of yours with --data for a figure that means "
        "something\n");
  fmt::print(
      "This is agreement, not accuracy: measure the slim model on your own test set before you send it.\n");
}

void run(const SlimCommand& command) {
  const input::Input base = input::load_input(command.base, {});
  const input::Input target = input::load_input(command.target, {});
  const model::OpenModel base_model = open_model(base, command.base);
  const model::OpenModel target_model = open_model(target, command.target);
  const slim::SharedGraph graph = slim::share_graph(base_model, target_model);
  const std::vector<inference::Sample> samples = samples_for(command, target_model.bytes);
  Outcome outcome;
  outcome.generated = command.data.empty();
  outcome.plain_bytes = encode_body(base_model.bytes, target_model.bytes, EncodeOptions()).bytes.size();
  host::Progress progress("slim", 1000);
  outcome.curve = slim::trade_off({graph, base_model.bytes, target_model.bytes, samples, [&](double share) {
                                     progress.update(static_cast<std::uint64_t>(1000 * share));
                                   }});
  outcome.chosen = choose(command, outcome.curve);
  if (!command.output.empty())
    host::write_file(command.output, host::view(slim_model(graph, outcome.chosen->thresholds)));
  if (command.json) {
    print_json(graph, outcome);
    return;
  }
  if (command.curve) print_curve(outcome);
  print_text(graph, outcome);
}

}  // namespace

void add_slim(Command& program) {
  auto command = std::make_shared<SlimCommand>();
  Command app = program.add_subcommand(
      "slim", "Make a target that costs fewer bytes to send and answers nearly as the given one does");
  app.add_option("BASE", command->base, "The model on the device").required().reads_file().reads_file();
  app.add_option("TARGET", command->target, "The retrained model, of the same graph")
      .required()
      .reads_file()
      .reads_file();
  app.add_option("-o,--output", command->output, "Where to write the slim model").writes_file().writes_file();
  Option bytes =
      app.add_option("--bytes", command->bytes, "The best answers within so many bytes of patch body");
  bytes.positive();
  app.add_option("--agree", command->agree,
                 "The fewest bytes with the target's top-1 on this share of the inputs")
      .between(0.0, 1.0)
      .shows_default()
      .excludes(bytes);
  app.add_option("--data", command->data,
                 "Folder of inputs as the model takes them, one or several to a file; else generated ones");
  app.add_flag("--curve", command->curve, "Also print the whole trade-off");
  app.add_flag("--json", command->json, "Print all of it as JSON");
  app.footer(
      "The weights go onto the base's grid where it holds them; small changes are dropped where the model's "
      "outputs\n"
      "hardly feel it, at the codec's own prices. The result is judged by agreement with the target only.\n"
      "  tmd slim old.tflite new.tflite -o slim.tflite --data inputs --agree 0.99\n"
      "  tmd diff old.tflite slim.tflite -o update.tmd");
  app.callback([command] { run(*command); });
}

}  // namespace tmd::host::cli
