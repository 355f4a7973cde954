// SPDX-License-Identifier: Apache-2.0
#include "slim/answer_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>

#include "base/child_process.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/in_parallel.hpp"
#include "base/temporary_folder.hpp"
#include "inference/model_runner.hpp"
#include "model/reader.hpp"

namespace tmd::host::slim {
namespace {

class OwnInterpreter final : public AnswerSource {
 public:
  explicit OwnInterpreter(const model::Tensor& recorded) : recorded_(recorded) {}

  Answers answers(ConstBytes model, const std::vector<inference::Sample>& samples,
                  std::size_t count) override {
    inference::ModelRunner runner(model, "the model");
    Answers all;
    for (std::size_t i = 0; i < std::min(count, samples.size()); ++i) {
      const host::Bytes input =
          inference::requantised(host::view(samples[i].input), recorded_, runner.input_tensor());
      const host::Bytes output = runner.run(host::view(input));
      all.push_back(inference::real_values(host::view(output), runner.output_tensor()));
    }
    return all;
  }

 private:
  model::Tensor recorded_;
};

/// The input of a model; one without quantisation where there are several, or nothing can be read.
model::Tensor input_of(ConstBytes file) {
  const model::ParseResult read = model::parse(file);
  if (!read || read.model->main().inputs.size() != 1) return {};
  return read.model->main().tensors[static_cast<std::size_t>(read.model->main().inputs.front())];
}

class CommandOfUser final : public AnswerSource {
 public:
  CommandOfUser(const std::string& command, const model::Tensor& recorded)
      : words_(command_words(command)), shown_(command), recorded_(recorded), written_for_(recorded) {
    for (const char* mark : {"{model}", "{input}"}) {
      if (command.find(mark) == command.npos)
        throw host::Error(fmt::format("the command '{}' has no {}", command, mark));
    }
  }

  Answers answers(ConstBytes model, const std::vector<inference::Sample>& samples,
                  std::size_t count) override {
    const std::string file = folder_ / "model.tflite";
    host::write_file(file, model);
    write_inputs(input_of(model), samples, count);
    Answers all(std::min(count, samples.size()));
    std::vector<std::exception_ptr> failures(all.size());
    in_parallel(all.size(), [&](std::size_t i) {
      try {
        all[i] = run(file, i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    });
    for (const std::exception_ptr& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
    return all;
  }

 private:
  void write_inputs(const model::Tensor& form, const std::vector<inference::Sample>& samples,
                    std::size_t count) {
    if (form.quantization.scales != written_for_.quantization.scales ||
        form.quantization.zero_points != written_for_.quantization.zero_points)
      written_ = 0;
    written_for_ = form;
    for (; written_ < std::min(count, samples.size()); ++written_)
      host::write_file(input(written_), host::view(inference::requantised(host::view(samples[written_].input),
                                                                          recorded_, form)));
  }

  std::string input(std::size_t index) const { return folder_ / fmt::format("input-{}", index); }

  std::vector<double> run(const std::string& model, std::size_t index) const {
    const ChildOutputs outputs = {folder_ / fmt::format("out-{}", index),
                                  folder_ / fmt::format("err-{}", index)};
    std::vector<std::string> words = words_;
    for (std::string& word : words) {
      replace(word, "{model}", model);
      replace(word, "{input}", input(index));
    }
    const int status = run_child(words, outputs);
    if (status == kNotInstalled)
      throw host::Error(fmt::format("'{}': there is no program {}", shown_, words.front()));
    if (status != 0) {
      const std::string said = first_line(outputs.errors);
      throw host::Error(
          fmt::format("'{}' ended with status {}{}{}", shown_, status, said.empty() ? "" : ": ", said));
    }
    std::vector<double> numbers = numbers_in(host::read_text(outputs.standard));
    if (numbers.empty()) throw host::Error(fmt::format("'{}' printed no number", shown_));
    return numbers;
  }

  static void replace(std::string& word, std::string_view mark, const std::string& by) {
    for (std::size_t at = word.find(mark); at != word.npos; at = word.find(mark, at + by.size()))
      word.replace(at, mark.size(), by);
  }

  static std::string first_line(const std::string& path) {
    const std::string text = host::read_text(path);
    return text.substr(0, text.find('\n'));
  }

  std::vector<std::string> words_;
  std::string shown_;
  TemporaryFolder folder_;
  model::Tensor recorded_;
  model::Tensor written_for_;
  std::size_t written_ = 0;  ///< So many samples are files already, as `written_for_` has them.
};

}  // namespace

std::unique_ptr<AnswerSource> own_interpreter(const model::Tensor& recorded) {
  return std::make_unique<OwnInterpreter>(recorded);
}

std::unique_ptr<AnswerSource> command_of_user(const std::string& command, const model::Tensor& recorded) {
  return std::make_unique<CommandOfUser>(command, recorded);
}

std::vector<double> numbers_in(const std::string& text) {
  constexpr std::string_view kBetween = " \t\r\n,;[](){}";
  std::vector<double> numbers;
  for (std::size_t at = text.find_first_not_of(kBetween); at != text.npos;
       at = text.find_first_not_of(kBetween, at)) {
    const std::size_t end = std::min(text.find_first_of(kBetween, at), text.size());
    double number = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, number);
    if (error != std::errc() || stop != text.data() + end || !std::isfinite(number))
      throw host::Error(
          fmt::format("'{}' is no number", text.substr(at, std::min<std::size_t>(end - at, 40))));
    numbers.push_back(number);
    at = end;
  }
  return numbers;
}

inference::AnswerChange compare(const Answers& wanted, const Answers& got) {
  inference::AnswerTally tally;
  for (std::size_t s = 0; s < std::min(wanted.size(), got.size()); ++s) {
    if (wanted[s].size() != got[s].size())
      throw host::Error(fmt::format("{} outputs where the target has {}", got[s].size(), wanted[s].size()));
    tally.add(wanted[s], got[s], wanted[s] == got[s]);
  }
  return tally.change();
}

double squared_difference(const Answers& wanted, const Answers& got) {
  double sum = 0;
  for (std::size_t s = 0; s < std::min(wanted.size(), got.size()); ++s) {
    for (std::size_t i = 0; i < std::min(wanted[s].size(), got[s].size()); ++i)
      sum += (wanted[s][i] - got[s][i]) * (wanted[s][i] - got[s][i]);
  }
  return wanted.empty() ? 0 : sum / static_cast<double>(wanted.size());
}

}  // namespace tmd::host::slim
