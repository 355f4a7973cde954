// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

namespace tmd::host::cli {

/// What the parser itself does not look at.
struct OptionRules {
  /// An option that changes nothing without one of the others.
  struct Dependent {
    CLI::Option* option;
    std::vector<CLI::Option*> others;
  };
  std::vector<CLI::Option*> texts;  ///< What is no number.
  std::vector<CLI::Option*> read;
  std::vector<CLI::Option*> written;
  std::vector<Dependent> dependents;
};

namespace {

/// The same file or folder, whether it is there already or not.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  if (std::filesystem::exists(a, error) && std::filesystem::exists(b, error))
    return std::filesystem::equivalent(a, b, error) && !std::filesystem::is_character_file(a, error);
  return std::filesystem::weakly_canonical(a, error) == std::filesystem::weakly_canonical(b, error);
}

/// True for a file that lies in a folder, at any depth.
bool is_inside(const std::filesystem::path& file, const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error) || !std::filesystem::is_regular_file(file, error))
    return false;
  const std::filesystem::path inner = std::filesystem::canonical(file, error);
  const std::filesystem::path outer = std::filesystem::canonical(folder, error);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// An empty word is mostly that of a variable that the shell does not know. It would count as an option that was not
/// given, and so turn off what was asked for: a key's check, or a family's.
void check_texts(const std::vector<CLI::Option*>& options) {
  for (const CLI::Option* option : options) {
    for (const std::string& text : option->results()) {
      if (text.empty())
        throw UsageError(option->get_name(), "this is empty; leave the option out, or give it a value");
    }
  }
}

/// A file's name that was left out makes the parser take the option behind it for one.
void check_names(const std::vector<CLI::Option*>& options) {
  for (const CLI::Option* option : options) {
    for (const std::string& path : option->results()) {
      if (path.starts_with("--"))
        throw UsageError(option->get_name(), fmt::format("{0} is no file's name; ./{0} is one", path));
    }
  }
}

/// Nothing that is written may be among what is read: not by another name, a link or as part of a folder.
void check_files(const OptionRules& rules) {
  check_names(rules.read);
  check_names(rules.written);
  for (const CLI::Option* output : rules.written) {
    for (const std::string& path : output->results()) {
      if (path == "-")
        throw UsageError(output->get_name(), "give a file's name; standard output is /dev/stdout");
      for (const CLI::Option* other : rules.written) {
        if (other == output) break;
        for (const std::string& twice : other->results()) {
          if (is_same_file(path, twice))
            throw UsageError(output->get_name(),
                             fmt::format("{} is written for {} already", twice, other->get_name()));
        }
      }
      for (const CLI::Option* input : rules.read) {
        if (input == output) continue;
        for (const std::string& other : input->results()) {
          if (is_same_file(path, other) || is_inside(path, other))
            throw UsageError(output->get_name(),
                             fmt::format("this would overwrite {}, which is read", other));
        }
      }
    }
  }
}

void check_dependents(const std::vector<OptionRules::Dependent>& dependents) {
  for (const auto& [option, others] : dependents) {
    const bool is_used = std::any_of(others.begin(), others.end(),
                                     [](const CLI::Option* other) { return other->count() != 0; });
    if (option->count() == 0 || is_used) continue;
    std::string names;
    for (const CLI::Option* other : others) names += (names.empty() ? "" : ", ") + other->get_name();
    throw UsageError(option->get_name(), "only with one of " + names);
  }
}

/// Takes numbers of this type alone, and of these only those in the range: what is not a number is in none.
template <class Number>
CLI::Validator range(const char* kind, Number lowest, Number highest) {
  const auto fault = [=](const std::string& text) {
    Number number{};
    const bool is_inside = CLI::detail::lexical_cast(text, number) && number >= lowest && number <= highest;
    return is_inside ? std::string()
                     : fmt::format("'{}' is no {} from {} to {}", text, kind, lowest, highest);
  };
  return CLI::Validator(fault, fmt::format("{} to {}", lowest, highest));
}

/// The range of all numbers that the option's type holds, of which the help says nothing.
constexpr const char* kRangeOfType = "type";
template <class Number>
CLI::Option* whole_number(CLI::Option* option) {
  CLI::Validator holds = range("whole number", Number{0}, std::numeric_limits<Number>::max());
  return option->check(holds.description(""), kRangeOfType);
}

}  // namespace

UsageError missing(const std::string& option) {
  return UsageError(option + " is required");
}

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::shows_default() {
  option_->capture_default_str();
  return *this;
}

Option& Option::one_value_each() {
  option_->allow_extra_args(false);
  return *this;
}

Option& Option::positive() {
  const auto fault = [](const std::string& text) {
    double number = 0;
    const bool is_positive = CLI::detail::lexical_cast(text, number) && number > 0;
    return is_positive ? std::string() : "'" + text + "' is no number above 0";
  };
  option_->check(CLI::Validator(fault, "POSITIVE"));
  return *this;
}

Option& Option::between(std::uint32_t lowest, std::uint32_t highest) {
  option_->get_validator(kRangeOfType)->active(false);
  option_->check(range("whole number", lowest, highest));
  return *this;
}

Option& Option::between(double lowest, double highest) {
  option_->check(range("number", lowest, highest));
  return *this;
}

Option& Option::one_of(std::initializer_list<int> values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option& Option::one_of(std::initializer_list<const char*> values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option& Option::checked(std::function<std::string(const std::string&)> find_fault) {
  option_->check(std::move(find_fault));
  return *this;
}

Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Option& Option::only_with(const Option& other) {
  option_->needs(other.option_);
  return *this;
}

Option& Option::only_with_one_of(std::initializer_list<Option> others) {
  OptionRules::Dependent dependent{option_, {}};
  for (const Option& other : others) dependent.others.push_back(other.option_);
  rules_->dependents.push_back(std::move(dependent));
  return *this;
}

Option& Option::reads_file() {
  rules_->read.push_back(option_);
  return *this;
}

Option& Option::writes_file() {
  rules_->written.push_back(option_);
  return *this;
}

Command::Command(CLI::App* app) : app_(app), rules_(std::make_shared<OptionRules>()) {}

Command Command::add_subcommand(const std::string& name, const std::string& purpose) {
  return Command(app_->add_subcommand(name, purpose));
}

Option Command::add_option(const std::string& name, std::string& value, const std::string& help) {
  return text_option(app_->add_option(name, value, help));
}

Option Command::add_option(const std::string& name, std::vector<std::string>& value,
                           const std::string& help) {
  return text_option(app_->add_option(name, value, help));
}

Option Command::text_option(CLI::Option* option) {
  rules_->texts.push_back(option);
  return Option(option, rules_);
}

Option Command::add_option(const std::string& name, int& value, const std::string& help) {
  return Option(app_->add_option(name, value, help), rules_);
}

Option Command::add_option(const std::string& name, std::uint32_t& value, const std::string& help) {
  return Option(whole_number<std::uint32_t>(app_->add_option(name, value, help)), rules_);
}

Option Command::add_option(const std::string& name, std::uint64_t& value, const std::string& help) {
  return Option(whole_number<std::uint64_t>(app_->add_option(name, value, help)), rules_);
}

Option Command::add_option(const std::string& name, double& value, const std::string& help) {
  return Option(app_->add_option(name, value, help), rules_);
}

Option Command::add_option(const std::string& name, std::optional<std::uint32_t>& value,
                           const std::string& help) {
  return Option(whole_number<std::uint32_t>(app_->add_option(name, value, help)), rules_);
}

Option Command::add_option(const std::string& name, std::optional<double>& value, const std::string& help) {
  return Option(app_->add_option(name, value, help), rules_);
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& help) {
  return Option(app_->add_flag(name, value, help), rules_);
}

Option Command::option(const std::string& name) const {
  return Option(app_->get_option(name), rules_);
}

void Command::footer(const std::string& text) {
  app_->footer(text);
}

void Command::group(const std::string& heading) {
  app_->option_defaults()->group(heading);
}

void Command::callback(std::function<void()> work) {
  app_->callback([rules = rules_, work = std::move(work)] {
    check_texts(rules->texts);
    check_dependents(rules->dependents);
    check_files(*rules);
    work();
  });
}

}  // namespace tmd::host::cli
