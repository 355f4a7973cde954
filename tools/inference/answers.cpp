// SPDX-License-Identifier: Apache-2.0
#include "inference/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"

namespace tmd::host::inference {
namespace {

/// Fewer inputs cannot tell agreement of 95 percent from 85.
constexpr std::size_t kFewSamples = 32;

void append_samples(std::vector<Sample>& samples, const std::filesystem::path& file, const std::string& label,
                    std::size_t input_size) {
  const host::Bytes bytes = host::read_file(file.string());
  if (bytes.empty() || bytes.size() % input_size != 0)
    throw host::Error(fmt::format("{}: {} bytes are no whole number of inputs of {} bytes", file.string(),
                                  bytes.size(), input_size));
  for (std::size_t at = 0; at < bytes.size(); at += input_size) {
    const auto start = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    samples.push_back({host::Bytes(start, start + static_cast<std::ptrdiff_t>(input_size)), label});
  }
}

std::vector<std::filesystem::path> sorted_entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

void check_same_form(const ModelRunner& before, const ModelRunner& after) {
  const auto same = [](const model::Tensor& a, const model::Tensor& b) {
    return a.type == b.type && model::byte_count(a) == model::byte_count(b);
  };
  if (!same(before.input_tensor(), after.input_tensor()))
    throw host::Error(
        fmt::format("{} and {} take different inputs: no answers to compare", before.name(), after.name()));
  if (before.output_tensor().type != after.output_tensor().type)
    throw host::Error(fmt::format("{} and {} have outputs of different types: no answers to compare",
                                  before.name(), after.name()));
}

}  // namespace

std::string remark_on_few(std::size_t samples) {
  if (samples >= kFewSamples) return "";
  return fmt::format(
      "agreement on so few inputs means little, one of them is {:.0f} %: give some dozens or more\n",
      100.0 / static_cast<double>(samples));
}

std::vector<Sample> read_samples(const std::string& folder, std::size_t input_size) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) throw host::Error(folder + ": no folder of inputs");
  std::vector<Sample> samples;
  for (const std::filesystem::path& entry : sorted_entries(folder)) {
    if (!std::filesystem::is_directory(entry)) {
      append_samples(samples, entry, "", input_size);
      continue;
    }
    const std::vector<std::filesystem::path> files = sorted_entries(entry);
    if (files.empty())
      throw host::Error(
          entry.string() +
          ": there is no input of this class in it; give one, or take the folder away if it is no class");
    for (const std::filesystem::path& file : files)
      append_samples(samples, file, entry.filename().string(), input_size);
  }
  if (samples.empty()) throw host::Error(folder + ": there is no input in it");
  return samples;
}

void AnswerTally::add(const std::vector<double>& before, const std::vector<double>& after, bool equal) {
  ++change_.samples;
  change_.agree += top1(before) == top1(after) ? 1 : 0;
  change_.equal += equal ? 1 : 0;
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
    const double difference = std::abs(before[i] - after[i]);
    change_.largest_difference = std::max(change_.largest_difference, difference);
    sum_ += difference;
    terms_ += 1;
  }
}

AnswerChange AnswerTally::change() const {
  AnswerChange change = change_;
  change.mean_difference = terms_ == 0 ? 0 : sum_ / terms_;
  return change;
}

AnswerChange compare_answers(ModelRunner& before, ModelRunner& after, const std::vector<Sample>& samples) {
  check_same_form(before, after);
  std::set<std::string> labels;
  for (const Sample& sample : samples)
    if (!sample.label.empty()) labels.insert(sample.label);
  AnswerTally tally;
  std::map<std::string, ClassChange> classes;
  for (const Sample& sample : samples) {
    const host::Bytes old_output = before.run(host::view(sample.input));
    const host::Bytes new_output = after.run(
        host::view(requantised(host::view(sample.input), before.input_tensor(), after.input_tensor())));
    const std::vector<double> old_values = real_values(host::view(old_output), before.output_tensor());
    const std::vector<double> new_values = real_values(host::view(new_output), after.output_tensor());
    tally.add(old_values, new_values, old_output == new_output);
    const std::size_t old_top = top1(old_values), new_top = top1(new_values);
    const bool labelled = !sample.label.empty();
    ClassChange& group = classes[labelled ? sample.label : fmt::format("top-1 {}", old_top)];
    ++group.samples;
    group.agree += old_top == new_top ? 1 : 0;
    if (!labelled) continue;
    const auto place = static_cast<std::size_t>(std::distance(labels.begin(), labels.find(sample.label)));
    group.old_correct += old_top == place ? 1 : 0;
    group.new_correct += new_top == place ? 1 : 0;
  }
  AnswerChange change = tally.change();
  change.labelled = !labels.empty();
  for (auto& [name, group] : classes) {
    group.name = name;
    change.classes.push_back(group);
  }
  return change;
}

}  // namespace tmd::host::inference
