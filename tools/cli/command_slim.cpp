// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
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
#include "cli/outcome.hpp"
#include "codec/encode_body.hpp"
#include "fleet/release_patches.hpp"
#include "inference/answers.hpp"
#include "inference/model_runner.hpp"
#include "input/load_input.hpp"
#include "slim/curve_report.hpp"
#include "slim/search.hpp"

namespace tmd::host::cli {
namespace {

constexpr double kDefaultAgreement = 0.995;
constexpr std::uint32_t kGeneratedSamples = 256;
/// Of sensitivity, where each costs a run of the user's command.
constexpr std::size_t kCommandSamples = 8;
constexpr const char* kCurveTable = ".curve.txt";
constexpr const char* kCurveJson = ".curve.json";
constexpr const char* kCurvePicture = ".curve.svg";

struct SlimCommand {
  std::string base;
  std::string target;
  std::string output;
  std::string data;
  std::string points;  ///< A folder for the models of the whole curve; empty: they are not written.
  std::string runner;  ///< A command; empty: the project's interpreter.
  std::optional<std::uint32_t> bytes;
  double agree = kDefaultAgreement;
  bool curve = false;
  bool json = false;
};

struct Outcome {
  std::vector<slim::Point> curve;
  const slim::Point* chosen = nullptr;
  std::size_t plain_bytes = 0;  ///< Of the body from base to target as it is.
  std::size_t base_agrees =
      0;                   ///< Samples to which the base has the target's top-1: what no update at all gives.
  bool generated = false;  ///< The samples are random numbers.
  bool is_base = false;    ///< The target is the base: nothing was searched for, and no model was run.
};

const model::Tensor& input_of(const model::OpenModel& target, const std::string& name) {
  const model::Subgraph& graph = target.model.main();
  if (graph.inputs.size() != 1)
    throw host::Error(name + ": --data is for models of one input, and this has another number");
  return graph.tensors[static_cast<std::size_t>(graph.inputs.front())];
}

/// A command takes its time for each input: it is not asked about hundreds of random ones.
std::vector<inference::Sample> samples_for(const SlimCommand& command, const model::OpenModel& target) {
  if (!command.data.empty())
    return inference::read_samples(command.data, model::byte_count(input_of(target, command.target)));
  if (!command.runner.empty()) throw UsageError("--run", "it needs inputs, in --data");
  std::vector<inference::Sample> samples;
  const inference::ModelRunner runner(target.bytes, command.target);
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
          {"mean_difference", point.change.mean_difference}};
}

std::string json_text(const Outcome& outcome) {
  const slim::SharedGraph& graph = *outcome.chosen->graph;
  nlohmann::json layers = nlohmann::json::array();
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const slim::WeightLayer& layer = graph.layers[i];
    layers.push_back({{"name", layer.name},
                      {"weights", layer.base.size()},
                      {"changed", changed_weights(layer, outcome.chosen->layers[i].weights)}});
  }
  nlohmann::json curve = nlohmann::json::array();
  for (const slim::Point& point : outcome.curve) curve.push_back(json_of(point));
  return nlohmann::json{{"nothing_to_slim", outcome.is_base},
                        {"plain_body_bytes", outcome.plain_bytes},
                        {"chosen", json_of(*outcome.chosen)},
                        {"keeps_activation_quantisation", graph.keeps_activations},
                        {"samples", outcome.chosen->change.samples},
                        {"samples_are_generated", outcome.generated},
                        {"base_agrees", outcome.base_agrees},
                        {"layers", layers},
                        {"left_as_they_are", graph.left_as_they_are},
                        {"curve", curve}}
             .dump(2, ' ', true, nlohmann::json::error_handler_t::replace) +
         "\n";
}

/// Of the curve's files: beside the slim model, whose name they have in front.
std::filesystem::path curve_path(const SlimCommand& command, const char* ending) {
  return std::filesystem::path(command.output).replace_extension(ending);
}

void write_curve(const SlimCommand& command, const Outcome& outcome) {
  host::write_file(curve_path(command, kCurveTable),
                   curve_table(outcome.curve, outcome.plain_bytes, outcome.chosen));
  host::write_file(curve_path(command, kCurveJson), json_text(outcome));
  host::write_file(curve_path(command, kCurvePicture),
                   curve_svg(outcome.curve, outcome.plain_bytes, outcome.chosen));
}

std::filesystem::path point_path(const std::string& folder, std::size_t number) {
  return std::filesystem::path(folder) / fmt::format("{}.tflite", number);
}

void write_points(const std::string& folder, const std::vector<slim::Point>& curve) {
  for (std::size_t i = 0; i < curve.size(); ++i)
    host::write_file(point_path(folder, i + 1), host::view(slim_model(*curve[i].graph, curve[i].layers)));
}

/// Before the search, which takes minutes: a folder that can't be written to is known at once.
void open_points(const std::string& folder) {
  fleet::make_folder(folder);
  host::check_can_create(point_path(folder, 1));
}

void print_text(std::FILE* out, const Outcome& outcome) {
  if (outcome.is_base) {
    fmt::print(out, "nothing to slim: base and target are equal\n");
    return;
  }
  const slim::Point& point = *outcome.chosen;
  const slim::SharedGraph& graph = *point.graph;
  fmt::print(out, "{:<40} {:>9} {:>9}\n", "layer", "weights", "changed");
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const slim::WeightLayer& layer = graph.layers[i];
    fmt::print(out, "{:<40} {:>9} {:>9}\n", layer.name.substr(0, 40), layer.base.size(),
               changed_weights(layer, point.layers[i].weights));
  }
  for (const std::string& name : graph.left_as_they_are)
    fmt::print(out, "{:<40} as in the target: its weights are used in several places\n", name.substr(0, 40));
  fmt::print(out, "activations: {}\n",
             graph.keeps_activations ? "on the base's quantisation"
                                     : "on the target's: the base's ranges clip too much");
  fmt::print(out, "body: {} bytes, {:.0f} % of the {} of the target as it is\n",
             host::with_commas(point.body_bytes),
             100.0 * static_cast<double>(point.body_bytes) / static_cast<double>(outcome.plain_bytes),
             host::with_commas(outcome.plain_bytes));
  fmt::print(
      out,
      "agreement with the target: {} of {} {} inputs have the same top-1; largest difference of an output "
      "{:.4f}, mean {:.5f}\n",
      point.change.agree, point.change.samples, outcome.generated ? "generated" : "given",
      point.change.largest_difference, point.change.mean_difference);
  fmt::print(
      out, "the base agrees on {} of them already{}\n", outcome.base_agrees,
      outcome.base_agrees == point.change.samples ? ": these inputs can't tell an update from none" : "");
  if (outcome.generated)
    fmt::print(
        out,
        "generated inputs are random numbers: give inputs of yours with --data for a figure that means "
        "something\n");
  if (!outcome.generated) fmt::print(out, "{}", inference::remark_on_few(point.change.samples));
  fmt::print(
      out,
      "This is agreement, not accuracy: measure the slim model on your own test set before you send it.\n");
}

/// On the base's quantisation of activations, and on the target's, which costs more and clips less.
std::vector<slim::SharedGraph> graphs_of(const model::OpenModel& base, const model::OpenModel& target,
                                         const std::string& target_name) try {
  std::vector<slim::SharedGraph> graphs = {slim::share_graph(base, target)};
  if (!graphs.front().keeps_activations) return graphs;
  slim::SharedGraph on_the_target = slim::share_graph(base, target, slim::Activations::of_target);
  if (on_the_target.frame != graphs.front().frame) graphs.push_back(std::move(on_the_target));
  return graphs;
} catch (const host::Error& error) {
  throw host::Error(fmt::format("{}: {}", target_name, error.what()));
}

/// The trade-off where there is none: the target, which is the base, to the byte.
Outcome base_again(slim::SharedGraph& graph, ConstBytes base) {
  graph.frame.assign(base.begin(), base.end());
  slim::Point point;
  point.graph = &graph;
  for (const slim::WeightLayer& layer : graph.layers) point.layers.push_back({layer.base, {}});
  point.body_bytes = encode_body(base, base).bytes.size();
  Outcome outcome;
  outcome.is_base = true;
  outcome.plain_bytes = point.body_bytes;
  outcome.curve.push_back(std::move(point));
  return outcome;
}

Outcome searched(const SlimCommand& command, ConstBytes base, const model::OpenModel& target_model,
                 const std::vector<slim::SharedGraph>& graphs,
                 const std::vector<inference::Sample>& samples) {
  const ConstBytes target = target_model.bytes;
  const model::Tensor& recorded = input_of(target_model, command.target);
  const std::unique_ptr<slim::AnswerSource> source = command.runner.empty()
                                                         ? slim::own_interpreter(recorded)
                                                         : slim::command_of_user(command.runner, recorded);
  Outcome outcome;
  outcome.generated = command.data.empty();
  outcome.plain_bytes = encode_body(base, target).bytes.size();
  const slim::Answers wanted = source->answers(target, samples, samples.size());
  outcome.base_agrees = slim::compare(wanted, source->answers(base, samples, samples.size())).agree;
  host::Progress progress("slim", 1000);
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    // What our interpreter cannot run, it cannot look into either.
    const std::vector<slim::LayerMoments> moments = slim::input_moments(
        graphs[i], target, command.runner.empty() ? samples : std::vector<inference::Sample>());
    slim::SearchInput search = {graphs[i], base, samples, *source, wanted, moments};
    if (!command.runner.empty()) search.sensitivity_samples = kCommandSamples;
    search.on_progress = [&](double share) {
      const double all = (static_cast<double>(i) + share) / static_cast<double>(graphs.size());
      progress.update(static_cast<std::uint64_t>(1000 * all));
    };
    std::vector<slim::Point> points = slim::trade_off(search);
    std::move(points.begin(), points.end(), std::back_inserter(outcome.curve));
  }
  outcome.curve = slim::merged(std::move(outcome.curve));
  return outcome;
}

void write_models(const SlimCommand& command, const Outcome& outcome) {
  if (!command.output.empty()) {
    host::write_file(command.output, host::view(slim_model(*outcome.chosen->graph, outcome.chosen->layers)));
    if (command.curve) write_curve(command, outcome);
  }
  if (!command.points.empty()) write_points(command.points, outcome.curve);
}

/// Before the search, which takes minutes.
void check_outputs(const SlimCommand& command) {
  namespace fs = std::filesystem;
  if (command.output.empty()) return;
  host::check_can_create(command.output);
  if (!command.curve) return;
  if (fs::exists(command.output) && !fs::is_regular_file(command.output))
    throw UsageError("--curve", command.output + " is no file, and the curve's files go beside one");
  for (const char* ending : {kCurveTable, kCurveJson, kCurvePicture})
    host::check_can_create(curve_path(command, ending));
}

void run(const SlimCommand& command) {
  check_outputs(command);
  const input::Input base = input::load_input(command.base, {});
  const input::Input target = input::load_input(command.target, {});
  const model::OpenModel base_model = open_model(base, command.base);
  const model::OpenModel target_model = open_model(target, command.target);
  std::vector<slim::SharedGraph> graphs = graphs_of(base_model, target_model, command.target);
  const std::vector<inference::Sample> samples = samples_for(command, target_model);
  if (!command.points.empty()) open_points(command.points);
  Outcome outcome = base.bytes == target.bytes
                        ? base_again(graphs.front(), base_model.bytes)
                        : searched(command, base_model.bytes, target_model, graphs, samples);
  outcome.chosen = choose(command, outcome.curve);
  write_models(command, outcome);
  std::FILE* out = beside({command.output});
  if (command.json) {
    fmt::print(out, "{}", json_text(outcome));
    return;
  }
  if (command.curve) fmt::print(out, "{}", curve_table(outcome.curve, outcome.plain_bytes, outcome.chosen));
  print_text(out, outcome);
}

}  // namespace

void add_slim(Command& program) {
  auto command = std::make_shared<SlimCommand>();
  Command app = program.add_subcommand(
      "slim", "Make a target that costs fewer bytes to send and answers nearly as the given one does");
  app.add_option("BASE", command->base, "The model on the device").required().reads_file();
  app.add_option("TARGET", command->target, "The retrained model, of the same graph").required().reads_file();
  app.add_option("-o,--output", command->output, "Where to write the slim model").writes_file();
  Option bytes =
      app.add_option("--bytes", command->bytes, "The best answers within so many bytes of patch body");
  bytes.positive();
  app.add_option("--agree", command->agree,
                 "The fewest bytes with the target's top-1 on this share of the inputs")
      .between(0.0, 1.0)
      .shows_default()
      .excludes(bytes);
  app.add_option("--data", command->data,
                 "Folder of inputs as TARGET takes them, one or several to a file; else generated ones");
  app.add_option(
      "--run", command->runner,
      "Command that runs models in place of our interpreter: {model} and {input} in it are files, and it "
      "prints the outputs as numbers");
  app.add_flag("--curve", command->curve,
               "Also the whole trade-off: printed as a table, and beside the slim model as .curve.txt, "
               ".curve.json and "
               ".curve.svg");
  app.add_option(
         "--points", command->points,
         "Folder for the models of all points of the trade-off, the largest first: 1.tflite, 2.tflite")
      .writes_file();
  app.add_flag("--json", command->json, "Print all of it as JSON");
  app.footer(
      "The weights go onto the base's grid where it holds them; small changes are dropped where the model's "
      "outputs\n"
      "hardly feel it, at the codec's own prices. The result is judged by agreement with the target only.\n"
      "Examples:\n"
      "  tmd slim old.tflite new.tflite -o slim.tflite --data inputs --agree 0.99\n"
      "  tmd slim old.tflite new.tflite -o slim.tflite --data inputs --run 'python3 run.py {model} {input}'\n"
      "  tmd diff old.tflite slim.tflite -o update.tmd");
  app.callback([command] { run(*command); });
}

}  // namespace tmd::host::cli
