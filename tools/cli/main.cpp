// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace {

enum ExitStatus : int { kSuccess = 0, kFailure = 1, kWrongUsage = 2 };

/// Prints one line whatever the message holds.
int fail(std::string message, ExitStatus status) {
  for (char& character : message) {
    if (character == '\n' || character == '\r') character = ' ';
  }
  while (!message.empty() && message.back() == ' ') message.pop_back();
  fmt::print(stderr, "tmd: error: {}\n", message);
  return status;
}

/// "tmd" or "tmd diff": the command whose --help tells more about a usage error.
std::string command_in_question(const CLI::App& program) {
  const auto chosen = program.get_subcommands();
  return chosen.empty() ? "tmd" : "tmd " + chosen.front()->get_name();
}

int run(CLI::App& program, int argc, char** argv) {
  try {
    program.parse(argc, argv);
    if (program.get_subcommands().empty()) throw CLI::RequiredError("a command");
  } catch (const CLI::CallForHelp& help) {
    program.exit(help);
    fmt::print("\n");
  } catch (const CLI::Success& help_or_version) {
    return program.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    return fail(fmt::format("{}; see {} --help", error.what(), command_in_question(program)), kWrongUsage);
  } catch (const tmd::host::cli::UsageError& error) {
    return fail(fmt::format("{}; see {} --help", error.what(), command_in_question(program)), kWrongUsage);
  } catch (const tmd::host::cli::NegativeAnswer&) {
    return kFailure;
  } catch (const std::bad_alloc&) {
    return fail("out of memory; close other programs or use smaller files", kFailure);
  } catch (const std::exception& error) {
    return fail(error.what(), kFailure);
  }
  return kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("Updates machine-learning models on microcontrollers by sending only what changed.",
                   "tmd");
  program.set_version_flag("--version", "tmd " TMD_VERSION);
  program.set_help_flag("-h,--help", "Print this help and exit");
  program.footer("Example:\n  tmd diff old.tflite new.tflite -o update.tmd");
  tmd::host::cli::Command commands(&program);
  tmd::host::cli::add_diff(commands);
  tmd::host::cli::add_apply(commands);
  tmd::host::cli::add_verify(commands);
  tmd::host::cli::add_sign(commands);
  tmd::host::cli::add_keygen(commands);
  tmd::host::cli::add_certify(commands);
  tmd::host::cli::add_inspect(commands);
  tmd::host::cli::add_simulate(commands);
  tmd::host::cli::add_check(commands);
  tmd::host::cli::add_factory(commands);
  tmd::host::cli::add_limits(commands);
  tmd::host::cli::add_size(commands);
  tmd::host::cli::add_slim(commands);
  tmd::host::cli::add_plan(commands);
  tmd::host::cli::add_run(commands);
  tmd::host::cli::add_compare(commands);
  tmd::host::cli::add_publish(commands);
  tmd::host::cli::add_report(commands);
  tmd::host::cli::add_self_test_command(commands);
  tmd::host::cli::add_send(commands);

  const int status = run(program, argc, argv);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return fail("cannot write to standard output: is the disk full?", kFailure);
  }
  return status;
}
