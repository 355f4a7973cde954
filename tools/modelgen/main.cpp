// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "modelgen/anomaly.hpp"
#include "modelgen/evaluation.hpp"
#include "modelgen/experiment.hpp"
#include "modelgen/language.hpp"
#include "modelgen/scenarios.hpp"
#include "modelgen/sine.hpp"

namespace {

namespace host = tmd::host;
using modelgen::TrainedModel;

constexpr std::size_t kRecorded = 60;

struct Arguments {
  std::filesystem::path directory;
  std::uint64_t seed = 1;
  std::filesystem::path windows;
  std::filesystem::path inputs;
  std::vector<std::string> measure;
  std::filesystem::path anomaly;
  std::filesystem::path sine;
  std::filesystem::path language;
  int language_units = modelgen::kLanguageUnits;
  bool quick = false;
  bool scenarios = false;
  bool recalibrate = false;
  bool from_scratch = false;
  std::vector<double> patch_aware;
  std::size_t held_out = 0;
  modelgen::ClassifierForm form;
  bool json = false;
};

modelgen::Progress terminal_progress() {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [](const std::string& name, int epoch, int epochs, float loss) {
    fmt::print(stderr, "\r\033[Ktraining {}: epoch {} of {}, loss {:.3f}", name, epoch, epochs, loss);
    if (epoch == epochs) fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
  };
}

void write_scenarios(const Arguments& arguments, const modelgen::Effort& effort) {
  std::filesystem::create_directories(arguments.directory);
  const auto keep = [&](const modelgen::Step& step) {
    host::write_file(arguments.directory / (step.name + ".base.tflite"), host::view(step.base));
    host::write_file(arguments.directory / (step.name + ".target.tflite"), host::view(step.target));
    fmt::print("{:<24} {}\n", step.name, step.what);
    std::fflush(stdout);
  };
  modelgen::train_scenarios(arguments.seed, effort, keep);
}

std::size_t differing_bytes(const TrainedModel& a, const TrainedModel& b) {
  std::size_t count =
      a.file.size() > b.file.size() ? a.file.size() - b.file.size() : b.file.size() - a.file.size();
  for (std::size_t i = 0; i < a.file.size() && i < b.file.size(); ++i) {
    if (a.file[i] != b.file[i]) ++count;
  }
  return count;
}

nlohmann::json json_of(const TrainedModel& model, const TrainedModel& base) {
  const auto scores = [](const modelgen::Score& score) {
    return nlohmann::json{{"float", score.in_float}, {"int8", score.in_int8}};
  };
  return {{"name", model.name},
          {"bytes", model.file.size()},
          {"differing", differing_bytes(model, base)},
          {"first_users", scores(model.first_users)},
          {"other_users", scores(model.other_users)}};
}

void print_heading() {
  fmt::print("{:38}{:^21}{:^21}\n", "", "first users", "other users");
  fmt::print("{:17}{:>8}{:>13}{:>11}{:>10}{:>11}{:>10}\n", "model", "bytes", "differing", "float", "int8",
             "float", "int8");
}

void print_row(const TrainedModel& model, const TrainedModel& base) {
  const auto percent = [](float part) { return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part)); };
  const std::string differs = &model == &base ? "" : fmt::format("{}", differing_bytes(model, base));
  fmt::print("{:17}{:>8}{:>13}{:>11}{:>10}{:>11}{:>10}\n", model.name + ".tflite", model.file.size(), differs,
             percent(model.first_users.in_float), percent(model.first_users.in_int8),
             percent(model.other_users.in_float), percent(model.other_users.in_int8));
}

void print_table(const Arguments& arguments, const modelgen::Effort& effort) {
  fmt::print(
      "Gestures in windows of {} x {} samples; trained on {} windows, adapted to other users on {};\n"
      "accuracy on {} windows of each that were never trained on. Seed {}.\n\n",
      modelgen::kWindowSamples, modelgen::kAxes, effort.training_windows, effort.adaptation_windows,
      effort.held_out_windows, arguments.seed);
  print_heading();
}

std::vector<std::uint8_t> read_model(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path))
    throw std::runtime_error(fmt::format("cannot read {}: it is a folder; give a model", path.string()));
  return host::read_file(path);
}

float accuracy_of(const std::string& path, const std::vector<std::uint8_t>& file,
                  const modelgen::Experiment& experiment) try {
  return modelgen::accuracy({file.data(), file.size()}, experiment.held_out());
} catch (const std::runtime_error& error) {
  throw std::runtime_error(fmt::format("{}: {}", path, error.what()));
}

/// Models that came about elsewhere, on the windows that no model is trained on.
void measure(const Arguments& arguments, const modelgen::Experiment& experiment) {
  nlohmann::json models = nlohmann::json::array();
  for (const std::string& path : arguments.measure) {
    const std::vector<std::uint8_t> file = read_model(path);
    const float part = accuracy_of(path, file, experiment);
    models.push_back({{"file", path}, {"other_users", {{"int8", part}}}});
    if (!arguments.json)
      fmt::print("{}: {:.2f} % of other users' windows\n", path, 100.0 * static_cast<double>(part));
  }
  if (arguments.json)
    fmt::print("{}\n", nlohmann::json{{"seed", arguments.seed},
                                      {"held_out_windows", experiment.held_out().size()},
                                      {"models", models}}
                           .dump(2));
}

/// The windows of other users that models are adapted on, as a model takes them: one file, one after the other.
void write_inputs(const Arguments& arguments, const modelgen::Experiment& experiment,
                  const TrainedModel& base) {
  const std::vector<std::uint8_t> recorded =
      modelgen::recorded_windows({base.file.data(), base.file.size()}, experiment.adaptation());
  constexpr std::size_t kSize = modelgen::kWindowSamples * modelgen::kAxes;
  std::vector<std::uint8_t> inputs;
  for (std::size_t at = 0; at + 1 + kSize <= recorded.size(); at += 1 + kSize) {
    const auto start = recorded.begin() + static_cast<std::ptrdiff_t>(at + 1);
    inputs.insert(inputs.end(), start, start + static_cast<std::ptrdiff_t>(kSize));
  }
  std::filesystem::create_directories(arguments.inputs);
  host::write_file(arguments.inputs / "windows.bin", host::view(inputs));
}

/// For examples/anomaly: two detectors with their thresholds, and what a sensor writes in summer.
void write_anomaly(const std::filesystem::path& directory, std::uint64_t seed) {
  std::filesystem::create_directories(directory);
  const modelgen::Random random(seed);
  constexpr modelgen::Season kBoth[] = {modelgen::winter(), modelgen::summer()};
  const modelgen::AnomalyDetector first =
      modelgen::train_detector(std::span(kBoth).first(1), random.stream(1));
  const modelgen::AnomalyDetector second = modelgen::train_on(first, kBoth, random.stream(2));
  const auto write = [&](const std::string& name, const modelgen::AnomalyDetector& detector) {
    host::write_file(directory / (name + ".tflite"), host::view(detector.file));
    host::write_file(directory / (name + ".threshold"), host::view(modelgen::companion_of(detector)));
  };
  write("first", first);
  write("second", second);
  constexpr std::size_t kShown = 12;
  const auto write_readings = [&](const std::string& name,
                                  const std::vector<modelgen::TemperatureWindow>& windows) {
    const std::string text = modelgen::text_of(windows);
    host::write_file(directory / (name + ".txt"), text);
  };
  write_readings("winter", modelgen::normal_readings(modelgen::winter(), kShown, random.stream(3)));
  write_readings("summer", modelgen::normal_readings(modelgen::summer(), kShown, random.stream(4)));
  write_readings("faults", modelgen::abnormal_readings(modelgen::summer(), kShown, random.stream(5)));
}

void write_sine(const std::filesystem::path& directory, std::uint64_t seed) {
  std::filesystem::create_directories(directory);
  const modelgen::SineModel first = modelgen::train_sine(modelgen::Random(seed));
  host::write_file(directory / "sine.tflite", host::view(first.file));
  host::write_file(directory / "better.tflite",
                   host::view(modelgen::improve_sine(first, modelgen::Random(seed)).file));
}

void write_language(const Arguments& arguments) {
  std::filesystem::create_directories(arguments.language);
  const modelgen::LanguagePair pair =
      modelgen::train_language(modelgen::Random(arguments.seed), arguments.language_units);
  const auto write = [&](const std::string& name, const modelgen::LanguageModel& model) {
    host::write_file(arguments.language / name, host::view(model.file));
    fmt::print("{:<17}{:>9} bytes, {:.2f} nats a letter of the first text, {:.2f} of the second\n", name,
               model.file.size(), model.first_text, model.second_text);
  };
  write("base.tflite", pair.base);
  write("finetune.tflite", pair.fine_tuned);
}

void run(const Arguments& arguments) {
  if (!arguments.language.empty()) write_language(arguments);
  if (!arguments.anomaly.empty()) write_anomaly(arguments.anomaly, arguments.seed);
  if (!arguments.sine.empty()) write_sine(arguments.sine, arguments.seed);
  if (arguments.directory.empty() && arguments.measure.empty()) return;
  modelgen::Effort effort = arguments.quick ? modelgen::Effort::quick() : modelgen::Effort();
  if (arguments.held_out != 0) effort.held_out_windows = arguments.held_out;
  const modelgen::Experiment experiment(arguments.seed, effort, terminal_progress(), arguments.form);
  if (!arguments.measure.empty()) return measure(arguments, experiment);
  if (arguments.scenarios) return write_scenarios(arguments, effort);
  std::filesystem::create_directories(arguments.directory);
  if (!arguments.json) print_table(arguments, effort);
  nlohmann::json models = nlohmann::json::array();
  const auto keep = [&](const TrainedModel& model, const TrainedModel& base) {
    host::write_file(arguments.directory / (model.name + ".tflite"), host::view(model.file));
    models.push_back(json_of(model, base));
    if (!arguments.json) print_row(model, base);
    std::fflush(stdout);
  };
  const TrainedModel base = experiment.base();
  keep(base, base);
  keep(experiment.head(base), base);
  keep(experiment.fine_tune(base, arguments.recalibrate), base);
  for (const double share : arguments.patch_aware) {
    TrainedModel model = experiment.patch_aware(base, share);
    if (arguments.patch_aware.size() > 1) model.name += fmt::format("-{:g}", share);
    keep(model, base);
  }
  if (!arguments.windows.empty())
    host::write_file(arguments.windows, host::view(modelgen::recorded_windows(
                                            {base.file.data(), base.file.size()},
                                            std::span(experiment.held_out()).first(kRecorded))));
  if (!arguments.inputs.empty()) write_inputs(arguments, experiment, base);
  if (arguments.from_scratch) keep(experiment.from_scratch(), base);
  if (!arguments.json) return;
  const nlohmann::json all = {
      {"seed", arguments.seed}, {"held_out_windows", effort.held_out_windows}, {"models", models}};
  fmt::print("{}\n", all.dump(2));
}

}  // namespace

int main(int count, char** values) {
  Arguments arguments;
  CLI::App app(
      "Trains a gesture classifier on synthetic motion, quantises it to int8, and writes\n"
      "base.tflite, head.tflite (last layer trained on for other users) and finetune.tflite\n"
      "(all layers). Or trains pairs of models for the ways in which models change.");
  app.footer("Example: modelgen --out models --seed 7");
  CLI::Option* out =
      app.add_option("--out", arguments.directory, "Directory for the models; made if it is not there");
  CLI::Option* measured =
      app.add_option("--measure", arguments.measure,
                     "Trains nothing: prints the accuracy of these models on other users' windows");
  CLI::Option* scenarios =
      app.add_flag("--scenarios", arguments.scenarios,
                   "Trains pairs NAME.base.tflite and NAME.target.tflite for each way in which models change")
          ->needs(out)
          ->excludes(measured);
  app.add_option("--anomaly", arguments.anomaly,
                 "Directory for first.tflite and second.tflite, autoencoders of temperatures, with their\n"
                 "thresholds and with readings to try them on");
  app.add_option("--sine", arguments.sine,
                 "Directory for sine.tflite, which was trained too short, and better.tflite");
  app.add_option(
      "--language", arguments.language,
      "Directory for base.tflite and finetune.tflite, a small language model of 4.2 million weights\n"
      "and the same trained on with another text; takes a minute");
  app.add_option("--language-units", arguments.language_units, "Width of its two inner layers")
      ->check(CLI::Range(16, 4096))
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "Everything follows from it: same seed, same bytes")
      ->capture_default_str();
  app.add_option(
      "--windows", arguments.windows,
      "Also write 60 windows of other users, as the models take them, each after its gesture's number");
  app.add_option(
      "--inputs", arguments.inputs,
      "Also write the windows that models are adapted on into a file of this folder, as models take them");
  app.add_flag("--quick", arguments.quick, "Less data and fewer epochs: a second, at some cost in accuracy");
  app.add_flag("--recalibrate", arguments.recalibrate,
               "Calibrate the fine-tuned model's activations on the other users' windows");
  app.add_flag("--from-scratch", arguments.from_scratch,
               "Also write retrain.tflite, trained anew on everyone's windows");
  app.add_option(
         "--patch-aware", arguments.patch_aware,
         "Also write patch-aware.tflite: fine-tuned with so large a share of the weights, the others\n"
         "held, for a small patch; of several shares patch-aware-SHARE.tflite each")
      ->check(CLI::Range(0.001, 1.0));
  app.add_option("--held-out", arguments.held_out,
                 "So many windows of each kind of user to measure accuracy on")
      ->check(CLI::Range(std::size_t{60}, std::size_t{100000}));
  app.add_option("--units", arguments.form.units, "Width of the layer that has most of the weights")
      ->check(CLI::Range(16, 512))
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "Print the table as one JSON object");
  out->excludes(measured);
  // What would be passed over is refused.
  for (const char* name : {"--windows", "--inputs", "--recalibrate", "--from-scratch", "--patch-aware"})
    app.get_option(name)->needs(out)->excludes(scenarios);
  for (const char* name : {"--held-out", "--units", "--json"}) app.get_option(name)->excludes(scenarios);
  try {
    app.parse(count, values);
    if (out->count() + measured->count() == 0 && arguments.anomaly.empty() && arguments.sine.empty() &&
        arguments.language.empty())
      throw CLI::RequiredError("--out, --measure, --anomaly, --sine or --language");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    run(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "modelgen: error: {}\n", error.what());
    return 1;
  }
  return 0;
}
