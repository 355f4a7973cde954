// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "modelgen/evaluation.hpp"
#include "modelgen/experiment.hpp"

namespace {

using modelgen::TrainedModel;

constexpr std::size_t kRecorded = 60;

struct Arguments {
  std::filesystem::path directory;
  std::uint64_t seed = 1;
  std::filesystem::path windows;
  bool quick = false;
  bool recalibrate = false;
  bool from_scratch = false;
};

/// Whole or not at all: a file of the final name is never half a model.
void write_file(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  std::filesystem::path partial = path;
  partial += ".partial";
  {
    std::ofstream file(partial, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.flush();
    if (!file) throw std::runtime_error(fmt::format("cannot write {}", partial.string()));
  }
  std::filesystem::rename(partial, path);
}

modelgen::Progress terminal_progress() {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [](const std::string& name, int epoch, int epochs, float loss) {
    fmt::print(stderr, "\r\033[Ktraining {}: epoch {} of {}, loss {:.3f}", name, epoch, epochs, loss);
    if (epoch == epochs) fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
  };
}

std::size_t differing_bytes(const TrainedModel& a, const TrainedModel& b) {
  std::size_t count =
      a.file.size() > b.file.size() ? a.file.size() - b.file.size() : b.file.size() - a.file.size();
  for (std::size_t i = 0; i < a.file.size() && i < b.file.size(); ++i) {
    if (a.file[i] != b.file[i]) ++count;
  }
  return count;
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

void run(const Arguments& arguments) {
  const modelgen::Effort effort = arguments.quick ? modelgen::Effort::quick() : modelgen::Effort();
  const modelgen::Experiment experiment(arguments.seed, effort, terminal_progress());
  fmt::print(
      "Gestures in windows of {} x {} samples; trained on {} windows, adapted to other users on {};\n"
      "accuracy on {} windows of each that were never trained on. Seed {}.\n\n",
      modelgen::kWindowSamples, modelgen::kAxes, effort.training_windows, effort.adaptation_windows,
      effort.held_out_windows, arguments.seed);
  std::filesystem::create_directories(arguments.directory);
  print_heading();
  const auto keep = [&](const TrainedModel& model, const TrainedModel& base) {
    write_file(arguments.directory / (model.name + ".tflite"), model.file);
    print_row(model, base);
    std::fflush(stdout);
  };
  const TrainedModel base = experiment.base();
  keep(base, base);
  keep(experiment.head(base), base);
  keep(experiment.fine_tune(base, arguments.recalibrate), base);
  if (!arguments.windows.empty())
    write_file(arguments.windows, modelgen::recorded_windows({base.file.data(), base.file.size()},
                                                             std::span(experiment.held_out()).first(kRecorded)));
  if (arguments.from_scratch) keep(experiment.from_scratch(), base);
}

}  // namespace

int main(int count, char** values) {
  Arguments arguments;
  CLI::App app(
      "Trains a gesture classifier on synthetic motion, quantises it to int8, and writes\n"
      "base.tflite, head.tflite (last layer trained on for other users) and finetune.tflite\n"
      "(all layers).");
  app.footer("Example: modelgen --out models --seed 7");
  app.add_option("--out", arguments.directory, "Directory for the models; made if it is not there")
      ->required();
  app.add_option("--seed", arguments.seed, "Everything follows from it: same seed, same bytes")
      ->capture_default_str();
  app.add_option("--windows", arguments.windows,
                 "Also write 60 windows of other users, as the models take them, each after its gesture's number");
  app.add_flag("--quick", arguments.quick, "Less data and fewer epochs: a second, at some cost in accuracy");
  app.add_flag("--recalibrate", arguments.recalibrate,
               "Calibrate the fine-tuned model's activations on the other users' windows");
  app.add_flag("--from-scratch", arguments.from_scratch,
               "Also write retrain.tflite, trained anew on everyone's windows");
  try {
    app.parse(count, values);
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
