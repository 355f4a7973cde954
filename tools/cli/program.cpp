// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/terminal_text.hpp"
#include "cli/outcome.hpp"
#include "cli/similar_words.hpp"

namespace tmd::host::cli {
namespace {

/// One line whatever the message holds.
std::string in_one_line(std::string message) {
  for (char& character : message) {
    if (character == '\n' || character == '\r') character = ' ';
  }
  while (!message.empty() && message.back() == ' ') message.pop_back();
  return host::terminal_text(std::move(message));
}

/// What a command line is about, before it is understood.
struct Words {
  std::vector<std::string> arguments;
  std::string help_on;  ///< The command that `tmd help` is asked about.
  bool json = false;
};

/// `tmd help diff` is `tmd diff --help`.
Words words_of(int count, const char* const* arguments) {
  Words words;
  words.arguments.assign(arguments + std::min(count, 1), arguments + count);
  std::vector<std::string>& list = words.arguments;
  words.json = std::find(list.begin(), list.end(), "--json") != list.end();
  if (!list.empty() && list.front() == "help") {
    list.erase(list.begin());
    list.resize(std::min<std::size_t>(list.size(), 1));
    if (!list.empty()) words.help_on = list.front();
    list.emplace_back("--help");
  }
  return words;
}

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// What was perhaps meant by the first word that is not known: "; did you mean diff?", or nothing.
std::string suggestion(const CLI::App& program, const Words& words) {
  const std::vector<std::string> commands = command_names(program);
  const CLI::App* command = &program;
  for (const std::string& argument : words.arguments) {
    const std::string word = argument.substr(0, argument.find('='));
    const bool is_option = word.starts_with("--") && word.size() > 2;
    if (!is_option && command != &program) continue;
    if (!is_option && std::find(commands.begin(), commands.end(), word) != commands.end()) {
      command = program.get_subcommand(word);
      continue;
    }
    const std::vector<std::string> known = is_option ? option_names(*command) : commands;
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const std::string similar = most_similar(word, known);
    return similar.empty() ? similar : fmt::format("; did you mean {}?", similar);
  }
  return {};
}

/// "tmd" or "tmd diff": the command whose --help tells more about a usage error.
std::string command_in_question(const CLI::App& program) {
  const auto chosen = program.get_subcommands();
  return chosen.empty() ? "tmd" : "tmd " + chosen.front()->get_name();
}

int fail(const std::string& message, ExitStatus status, bool json) {
  const std::string line = in_one_line(message);
  print_aside(fmt::format("tmd: error: {}\n", line));
  if (json) {
    const nlohmann::ordered_json object = {{"error", line}, {"status", static_cast<int>(status)}};
    fmt::print("{}\n", object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
  }
  return status;
}

int run_words(CLI::App& program, const Words& words) {
  const auto wrong_usage = [&](const std::string& what) {
    return fail(fmt::format("{}; see {} --help", what, command_in_question(program)), kWrongUsage,
                words.json);
  };
  try {
    const std::vector<std::string> known = command_names(program);
    if (!words.help_on.empty() && std::find(known.begin(), known.end(), words.help_on) == known.end())
      return wrong_usage(fmt::format("there is no command {}{}", words.help_on, suggestion(program, words)));
    program.parse(std::vector<std::string>(words.arguments.rbegin(), words.arguments.rend()));
    if (program.get_subcommands().empty()) throw CLI::RequiredError("a command");
  } catch (const CLI::CallForHelp& help) {
    program.exit(help);
    fmt::print("\n");
  } catch (const CLI::Success& help_or_version) {
    return program.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what() + suggestion(program, words));
  } catch (const UsageError& error) {
    return wrong_usage(error.what());
  } catch (const NegativeAnswer& answer) {
    return answer.message.empty() ? static_cast<int>(kNegative) : fail(answer.message, kNegative, words.json);
  } catch (const std::bad_alloc&) {
    return fail("out of memory; close other programs or use smaller files", kError, words.json);
  } catch (const std::exception& error) {
    return fail(error.what(), kError, words.json);
  }
  return kDone;
}

}  // namespace

Program::Program(const std::string& purpose, const std::string& name, const std::string& version)
    : app_(std::make_unique<CLI::App>(purpose, name)) {
  app_->set_version_flag("--version", version);
  app_->set_help_flag("-h,--help", "Print this help and exit");
}

Program::~Program() = default;

Command Program::commands() {
  return Command(app_.get());
}

int Program::run(int count, const char* const* arguments) {
  // A file that grows beyond its limit is said like a full disk, and what was begun is removed.
  (void)std::signal(SIGXFSZ, SIG_IGN);
  const Words words = words_of(count, arguments);
  const int status = run_words(*app_, words);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return fail("cannot write to standard output: is the disk full?", kError, false);
  return status;
}

}  // namespace tmd::host::cli
