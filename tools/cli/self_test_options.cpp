// SPDX-License-Identifier: Apache-2.0
#include "cli/self_test_options.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "inference/model_runner.hpp"
#include "model/reader.hpp"
#include "model/self_test.hpp"
#include "patch/entry_text.hpp"

namespace tmd::host::cli {
namespace {

int expectations(const SelfTestOptions& options) {
  return (options.top1 ? 1 : 0) + (options.output.empty() ? 0 : 1) + (options.crc.empty() ? 0 : 1) +
         (options.automatic ? 1 : 0);
}

std::uint32_t crc_from(const std::string& digits) try {
  const host::Bytes bytes = host::from_hex(digits.starts_with("0x") ? digits.substr(2) : digits);
  if (bytes.size() != 4) throw host::Error("it has not eight hexadecimal digits");
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
} catch (const host::Error& error) {
  throw UsageError("--expect-crc32", error.what());
}

model::SelfTestPlan plan_of(const SelfTestOptions& options) {
  model::SelfTestPlan plan;
  if (!options.input.empty()) plan.input = host::read_file(options.input);
  if (options.seed != 0) plan.seed = options.seed;
  plan.top1 = options.top1;
  if (!options.output.empty()) plan.output = host::read_file(options.output);
  if (!options.crc.empty()) plan.crc = crc_from(options.crc);
  return plan;
}

/// Runs the target on the input of the plan, and expects of every device what comes out.
void expect_own_answer(model::SelfTestPlan& plan, const input::Input& target, const std::string& path) {
  inference::ModelRunner runner(host::view(target.bytes), path);
  plan.output = runner.run(host::view(plan.input ? *plan.input : runner.generated_input(*plan.seed)));
}

}  // namespace

void add_self_test_options(Command& command, SelfTestOptions& options) {
  const Option input =
      command
          .add_option(
              "--self-test", options.input,
              "Known input for the new model's trial: a file with its inputs' bytes, one after the other")
          .reads_file();
  command
      .add_option("--self-test-seed", options.seed,
                  "Or an input that is generated from this number (tmd self-test writes it to a file)")
      .positive()
      .excludes(input);
  command.add_option("--expect-top1", options.top1, "What must come out: the index of the largest element");
  command.add_option("--expect-output", options.output, "Or: a file with the outputs' bytes").reads_file();
  command.add_option("--expect-crc32", options.crc, "Or: the CRC-32 of the outputs' bytes, hexadecimal");
  command.add_flag("--self-test-auto", options.automatic,
                   "Or: run TARGET here, with kernels that are equal to TFLM's, and expect what comes out");
  command.add_flag("--self-test-critical", options.critical,
                   "Devices whose firmware keeps no self-tests refuse the patch");
}

void add_self_test(std::vector<format::EntryToWrite>& entries, const SelfTestOptions& options,
                   const input::Input& target, const std::string& path) {
  if (!options.wanted()) {
    if (expectations(options) != 0 || options.critical)
      throw UsageError("--expect-… and --self-test-critical go with --self-test or --self-test-seed");
    return;
  }
  if (expectations(options) != 1)
    throw UsageError(
        "--self-test needs one of --expect-top1, --expect-output, --expect-crc32 and --self-test-auto");
  model::SelfTestPlan plan = plan_of(options);
  const bool tflite = model::is_tflite(host::view(target.bytes));
  if (options.automatic) expect_own_answer(plan, target, path);
  try {
    host::Bytes value;
    if (tflite) {
      const model::Model parsed = model::parse_or_throw(host::view(target.bytes), path);
      value = model::encode_self_test(plan, &parsed);
    } else {
      value = model::encode_self_test(plan, nullptr);
    }
    patch::replace_entry(entries, {EntryNumber::self_test, options.critical, std::move(value)});
  } catch (const host::Error& error) {
    throw host::Error(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace tmd::host::cli
