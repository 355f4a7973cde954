// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <string_view>

#include "cli/commands.hpp"
#include "cli/program.hpp"

namespace tmd::host::cli {
namespace {

struct CommandEntry {
  std::string_view name;  ///< As `add` calls it.
  void (*add)(Command& program);
};

constexpr CommandEntry kCommands[] = {
    {"diff", add_diff},       {"apply", add_apply},
    {"verify", add_verify},   {"sign", add_sign},
    {"keygen", add_keygen},   {"certify", add_certify},
    {"inspect", add_inspect}, {"simulate", add_simulate},
    {"check", add_check},     {"factory", add_factory},
    {"limits", add_limits},   {"size", add_size},
    {"slim", add_slim},       {"plan", add_plan},
    {"run", add_run},         {"compare", add_compare},
    {"publish", add_publish}, {"export", add_export},
    {"report", add_report},   {"self-test", add_self_test_command},
    {"send", add_send},
};

}  // namespace
}  // namespace tmd::host::cli

int main(int argc, char** argv) {
  using namespace tmd::host::cli;
  Program program("Updates machine-learning models on microcontrollers by sending only what changed.", "tmd",
                  "tmd " TMD_VERSION);
  Command commands = program.commands();
  // Where one is named, its options are all that is set up.
  const std::string_view called = argc > 1 ? argv[1] : "";
  const bool is_known = std::any_of(std::begin(kCommands), std::end(kCommands),
                                    [&](const CommandEntry& entry) { return entry.name == called; });
  for (const CommandEntry& entry : kCommands) {
    if (!is_known || entry.name == called) entry.add(commands);
  }
  commands.footer(
      "tmd help COMMAND says more about one of them.\n"
      "Exit status: 0 done, 1 the answer is no (check, verify, compare and the like), 2 wrong usage, 3 an "
      "error.\n"
      "Example:\n  tmd diff old.tflite new.tflite -o update.tmd");
  return program.run(argc, argv);
}
