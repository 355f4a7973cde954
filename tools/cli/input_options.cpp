// SPDX-License-Identifier: Apache-2.0
#include "cli/input_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/terminal_text.hpp"
#include "cli/command_line.hpp"
#include "cli/outcome.hpp"
#include "model/reader.hpp"

namespace tmd::host::cli {

void add_input_options(Command& command, input::InputChoice& choice) {
  command.add_option("--section", choice.section, "The model is this section of an ELF file");
  command.add_option("--symbol", choice.symbol,
                     "The model is this symbol of an ELF file, or array of a C source");
  command
      .add_option("--code", choice.code,
                  "Section or function of an ELF file that reads the model; all code and data but the model "
                  "where none is given")
      .one_value_each();
  command
      .add_option("--may-differ", choice.may_differ,
                  "Section or symbol of an ELF file that may differ between two versions of the same code")
      .one_value_each();
  command.add_flag("--raw", choice.raw, "Take the files as plain bytes, whatever they are");
}

void refuse_input_options(const input::InputChoice& choice, const std::string& why) {
  const char* const given = !choice.section.empty()      ? "--section"
                            : !choice.symbol.empty()     ? "--symbol"
                            : !choice.code.empty()       ? "--code"
                            : !choice.may_differ.empty() ? "--may-differ"
                            : choice.raw                 ? "--raw"
                                                         : nullptr;
  if (given != nullptr) throw UsageError(given, why);
}

void add_arena_options(Command& command, model::ArenaChoice& choice) {
  const Option bytes = command
                           .add_option("--arena", choice.explicit_bytes,
                                       "Bytes of tensor arena, instead of the computed value")
                           .positive();
  command.add_option("--arena-factor", choice.factor, "Multiplies the computed arena")
      .positive()
      .excludes(bytes);
  command
      .add_option("--kernels", choice.kernels,
                  "Whose kernels the firmware's TFLM has: they ask for scratch buffers of their own")
      .one_of({"reference", "cmsis-nn", "esp-nn"});
  command
      .add_option("--tflm", choice.tflm,
                  "State of TFLM that the firmware has, as YYYY-MM; else the newest that is known")
      .checked([](const std::string& text) {
        try {
          (void)model::parse_tflm(text);
        } catch (const host::Error& error) {
          return std::string(error.what());
        }
        return std::string();
      });
}

model::ArenaChoice arena_choice(const input::Input& input, model::ArenaChoice choice) {
  if (choice.explicit_bytes != 0 || input.arena_bytes == 0) return choice;
  const double bytes = std::ceil(static_cast<double>(input.arena_bytes) * choice.factor);
  constexpr double kLargest = std::numeric_limits<std::uint32_t>::max();
  choice.explicit_bytes = static_cast<std::uint32_t>(std::min(bytes, kLargest));
  return choice;
}

void warn_of_unknown_kernels(const model::Model& target, const std::string& path,
                             const model::ArenaChoice& choice) {
  if (choice.explicit_bytes != 0) return;
  const model::ArenaEstimate estimate = model::estimate_arena(target, choice);
  if (estimate.unknown_kernels.empty()) return;
  print_aside(fmt::format(
      "tmd: warning: {}: the memory of {} is not known and counts with {} bytes; measure it, and give it "
      "with --arena\n",
      path, host::terminal_text(fmt::format("{}", fmt::join(estimate.unknown_kernels, ", "))),
      estimate.unknown_bytes));
}

model::OpenModel open_model(const input::Input& input, const std::string& path) {
  return {model::parse_or_throw(host::view(input.bytes), path), host::view(input.bytes)};
}

}  // namespace tmd::host::cli
