// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tmd::host::cli {
struct OptionRules;
}

namespace tmd::host::cli {

// The parser of arguments, as the commands see it. CLI11 stands behind it in command_line.cpp and program.cpp alone: it
// takes longer to compile than everything else of a command.

/// How the program ends, whatever the command.
enum ExitStatus : int {
  kDone = 0,
  kNegative = 1,    ///< Everything was read, and the answer to what was asked is "no".
  kWrongUsage = 2,  ///< The command line makes no sense.
  kError = 3,       ///< A file, a key or the machine is at fault.
};

/// The options make no sense together: printed with the hint at --help, exit status 2.
struct UsageError : std::runtime_error {
  explicit UsageError(const std::string& what) : std::runtime_error(what) {}
  UsageError(const std::string& option, const std::string& what) : UsageError(option + ": " + what) {}
};
/// As for an option that is required and not there.
UsageError missing(const std::string& option);

/// Ends a command whose answer is "no" with exit status 1: with no error line where it has printed the answer, else
/// with this one.
struct NegativeAnswer {
  std::string message;
};

/// One option of a command; each function narrows what it takes.
class Option {
 public:
  Option(CLI::Option* option, std::shared_ptr<OptionRules> rules)
      : option_(option), rules_(std::move(rules)) {}

  Option& required();
  /// Its default is shown in the help.
  Option& shows_default();
  /// Given several times it takes one value each time, not all that follow.
  Option& one_value_each();
  Option& positive();
  Option& between(std::uint32_t lowest, std::uint32_t highest);
  Option& between(double lowest, double highest);
  Option& one_of(std::initializer_list<int> values);
  Option& one_of(std::initializer_list<const char*> values);
  /// `find_fault` says what is wrong with a value; an empty answer means nothing is.
  Option& checked(std::function<std::string(const std::string&)> find_fault);
  /// Not together with `other`.
  Option& excludes(const Option& other);
  /// Without `other` it would change nothing: that is wrong usage.
  Option& only_with(const Option& other);
  /// The same where one of several will do.
  Option& only_with_one_of(std::initializer_list<Option> others);
  /// Its value is a file or folder that the command reads.
  Option& reads_file();
  /// Its value is a file, or a folder of files, that the command writes. One that it also reads, or writes twice, is
  /// wrong usage before anything is read; so is -, which other programs take for standard output.
  Option& writes_file();

 private:
  CLI::Option* option_;
  std::shared_ptr<OptionRules> rules_;
};

/// The program (cli/program.hpp), or one of its subcommands. `value` must live as long as the command: until its
/// callback has run.
class Command {
 public:
  explicit Command(CLI::App* app);

  Command add_subcommand(const std::string& name, const std::string& purpose);
  Option add_option(const std::string& name, std::string& value, const std::string& help);
  Option add_option(const std::string& name, std::vector<std::string>& value, const std::string& help);
  Option add_option(const std::string& name, int& value, const std::string& help);
  Option add_option(const std::string& name, std::uint32_t& value, const std::string& help);
  Option add_option(const std::string& name, std::uint64_t& value, const std::string& help);
  Option add_option(const std::string& name, double& value, const std::string& help);
  Option add_option(const std::string& name, std::optional<std::uint32_t>& value, const std::string& help);
  Option add_option(const std::string& name, std::optional<double>& value, const std::string& help);
  Option add_flag(const std::string& name, bool& value, const std::string& help);
  /// One that was added before.
  Option option(const std::string& name) const;
  /// The options that are added from here on stand under this heading in the help.
  void group(const std::string& heading);
  /// What stands at the end of the help.
  void footer(const std::string& text);
  /// What runs where the command is given and its options are in order.
  void callback(std::function<void()> work);

 private:
  Option text_option(CLI::Option* option);

  CLI::App* app_;
  std::shared_ptr<OptionRules> rules_;
};

}  // namespace tmd::host::cli
