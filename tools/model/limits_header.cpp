// SPDX-License-Identifier: Apache-2.0
#include "model/limits_header.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "model/accelerator.hpp"
#include "model/model_entries.hpp"
#include "model/op_resolver.hpp"
#include "model/source_text.hpp"
#include "model/variables.hpp"

namespace tmd::host::model {
namespace {

/// A C string; an octal escape ends by itself after three digits.
std::string string_literal(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?';
    text += plain ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return text + "\"";
}

std::string features_comment(std::uint32_t bits) {
  std::string text;
  for (const Feature& feature : describe_features(bits))
    text += (text.empty() ? ": " : ", ") + std::string(feature.text);
  return text;
}

std::string operator_lines(const std::vector<UsedOperator>& operators) {
  std::string lines;
  for (const UsedOperator& op : operators) {
    if (op.code.builtin == BuiltinOperator::CUSTOM) {
      lines += fmt::format("      {{tmd::kCustomOperator, {}, {}, {:#x}}},\n", op.code.version,
                           string_literal(op.code.custom_name), op.features);
    } else {
      lines +=
          fmt::format("      {{{}, {}, nullptr, {:#x}}},  // {}{}\n", static_cast<int>(op.code.builtin),
                      op.code.version, op.features, operator_name(op.code), features_comment(op.features));
    }
  }
  return lines;
}

std::string byte_lines(const char* name, const host::Bytes& bytes) {
  std::string lines = fmt::format("  static inline constexpr std::uint8_t {}[] = {{", name);
  constexpr std::size_t kPerLine = 16;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    lines += (i % kPerLine == 0 ? "\n      " : " ") + fmt::format("{:#04x},", bytes[i]);
  return lines + "};\n";
}

std::string io_lines(const FirmwareFacts& facts) {
  if (facts.io_schema.empty()) return {};
  return "  // " + describe_io_schema(host::view(facts.io_schema)) + "\n" +
         byte_lines("kIoSchemaBytes", facts.io_schema) +
         "  static constexpr const std::uint8_t* kIoSchema = kIoSchemaBytes;\n"
         "  static constexpr std::size_t kIoSchemaSize = sizeof kIoSchemaBytes;\n";
}

std::string code_lines(const FirmwareFacts& facts) {
  if (facts.code_digest.empty()) return {};
  return "  // SHA-256 of the compiled code and data that read the table\n" +
         byte_lines("kCodeDigestBytes", facts.code_digest) +
         "  static constexpr const std::uint8_t* kCodeDigest = kCodeDigestBytes;\n"
         "  static constexpr std::size_t kCodeDigestSize = sizeof kCodeDigestBytes;\n";
}

std::string number_lines(const FirmwareFacts& facts) {
  if (facts.abi == 0) return {};  // a table of compiled code describes nothing
  std::string lines = fmt::format(
      "  static constexpr std::uint32_t kArenaBytes = {};{}\n"
      "  static constexpr std::uint16_t kAbi = {};\n"
      "  static constexpr std::uint32_t kSlotAlignment = {};\n",
      facts.arena_bytes, is_arena_bound(facts.arena_bytes) ? "  // a bound: not all kernels are known" : "",
      facts.abi, facts.slot_alignment);
  if (facts.slot_bytes != 0)
    lines += fmt::format("  static constexpr std::uint32_t kSlotBytes = {};\n", facts.slot_bytes);
  lines += fmt::format("  static constexpr bool kAllowRelaxed = {};\n", facts.allow_relaxed);
  if (facts.io_flexible != 0)
    lines += fmt::format("  static constexpr std::uint8_t kIoFlexible = {};  // {}\n", facts.io_flexible,
                         flexible_text(facts.io_flexible));
  if (facts.variables && facts.variable_bytes) {
    if (*facts.variables != 0)
      lines += fmt::format("  // In an arena of their own the variables' table takes {} bytes.\n",
                           variable_arena(*facts.variables));
    lines += fmt::format(
        "  static constexpr std::uint32_t kVariables = {};\n"
        "  static constexpr std::uint32_t kVariableBytes = {};\n",
        *facts.variables, *facts.variable_bytes);
  }
  if (facts.accelerator)
    lines += fmt::format(
        "  // {}\n"
        "  static constexpr std::uint32_t kAcceleratorConfig = {:#x};\n"
        "  static constexpr std::uint32_t kAcceleratorId = {:#x};\n",
        describe(*facts.accelerator), facts.accelerator->config, facts.accelerator->id);
  return lines + "\n";
}

/// Whether the header has a member or function of that name, behind the comment at its top.
bool is_taken(const std::string& name, const std::string& text) {
  const std::size_t code = text.find("#pragma once");
  return text.find(" " + name + " = ", code) != text.npos || text.find(" " + name + "[", code) != text.npos ||
         text.find(" " + name + "(", code) != text.npos;
}

}  // namespace

std::string limits_header(const Envelope& envelope, const std::string& structure) {
  if (const std::string fault = name_fault(structure); !fault.empty()) throw host::Error(fault);
  const FirmwareFacts& facts = envelope.facts;
  std::string text = "// What this firmware can run, from:\n";
  for (const std::string& note : envelope.notes) text += "//   " + comment_text(note) + "\n";
  text += fmt::format(
      "// Made by: tmd limits. Use it as: using Limits = tmd::FirmwareLimits<firmware::{}>;\n"
      "#pragma once\n\n"
      "#include <cstddef>\n#include <cstdint>\n\n"
      "#include \"tmd/firmware_limits.hpp\"\n\n"
      "namespace firmware {{\n\n"
      "struct {} : tmd::FirmwareStatement {{\n",
      structure, structure);
  text += number_lines(facts);
  if (!facts.operators.empty()) {
    // Lists are inline variables, which GCC has in gnu++14, too: else a program would have to define them.
    text +=
        "  // TFLite's builtin code, newest version, name of a custom operator, features of its kernel\n"
        "  // (tmd/internal/guard/operator_set.hpp; left out: all)\n"
        "  static inline constexpr tmd::SupportedOperator kOperatorList[] = {\n" +
        operator_lines(facts.operators) +
        "  };\n"
        "  static constexpr const tmd::SupportedOperator* kOperators = kOperatorList;\n"
        "  static constexpr std::size_t kOperatorCount = sizeof kOperatorList / sizeof kOperatorList[0];\n\n";
  }
  text += io_lines(facts) + code_lines(facts) + "};\n";
  if (!facts.operators.empty()) text += op_resolver(facts.operators);
  if (is_taken(structure, text))
    throw host::Error(in_quotes(structure) + " is the name of something else in the header; choose another");
  return text + "\n}  // namespace firmware\n";
}

std::string limits_header(const Model& model, const LimitsChoice& choice) {
  EnvelopeChoice envelope;
  envelope.allow_relaxed = choice.allow_relaxed;
  return limits_header(envelope_of({{choice.model_name, model, 0, choice.arena}}, envelope),
                       choice.structure);
}

}  // namespace tmd::host::model
