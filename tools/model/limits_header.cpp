// SPDX-License-Identifier: Apache-2.0
#include "model/limits_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "model/model_entries.hpp"

namespace tmd::host::model {
namespace {

bool is_identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// Safe in a `//` comment: a name from a file or the command line must not end it.
std::string comment_text(const std::string& name) {
  std::string text;
  for (const char c : name) text += c >= ' ' && c <= '~' && c != '\\' ? c : '?';
  return text;
}

/// A C string; an octal escape ends by itself after three digits.
std::string string_literal(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?';
    text += plain ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return text + "\"";
}

std::string operator_lines(const std::vector<OperatorCode>& operators) {
  std::string lines;
  for (const OperatorCode& code : operators) {
    if (code.builtin == BuiltinOperator::CUSTOM) {
      lines += fmt::format("      {{tmd::kCustomOperator, {}, {}}},\n", code.version,
                           string_literal(code.custom_name));
    } else {
      lines += fmt::format("      {{{}, {}, nullptr}},  // {}\n", static_cast<int>(code.builtin),
                           code.version, operator_name(code));
    }
  }
  return lines;
}

std::string io_lines(const Model& model) {
  const host::Bytes schema = encode_io_schema(model);
  std::string lines;
  const Subgraph& main = model.main();
  for (const std::int32_t t : main.inputs)
    lines += "  // input  " + describe_io(main.tensors[static_cast<std::size_t>(t)]) + "\n";
  for (const std::int32_t t : main.outputs)
    lines += "  // output " + describe_io(main.tensors[static_cast<std::size_t>(t)]) + "\n";
  lines += "  static constexpr std::uint8_t kIoSchemaBytes[] = {";
  constexpr std::size_t kPerLine = 16;
  for (std::size_t i = 0; i < schema.size(); ++i)
    lines += (i % kPerLine == 0 ? "\n      " : " ") + fmt::format("{:#04x},", schema[i]);
  return lines + "};\n";
}

}  // namespace

std::string limits_header(const Model& model, const LimitsChoice& choice) {
  if (!is_identifier(choice.structure))
    throw host::Error(fmt::format("'{}' is no C++ name", comment_text(choice.structure)));
  const std::vector<OperatorCode> operators = operators_used(model);
  std::string text = fmt::format(
      "// What this firmware can run, from {}.\n"
      "// Made by: tmd limits. Use it as: using Limits = tmd::FirmwareLimits<firmware::{}>;\n"
      "#pragma once\n\n"
      "#include <cstddef>\n#include <cstdint>\n\n"
      "#include \"tmd/firmware_limits.hpp\"\n\n"
      "namespace firmware {{\n\n"
      "struct {} : tmd::FirmwareStatement {{\n"
      "  static constexpr std::uint32_t kArenaBytes = {};\n"
      "  static constexpr std::uint16_t kAbi = {};\n"
      "  static constexpr std::uint32_t kSlotAlignment = {};\n"
      "  static constexpr bool kAllowRelaxed = {};\n\n",
      comment_text(choice.model_name), choice.structure, choice.structure, arena_bytes(model, choice.arena),
      model.schema_version, 1U << kTfliteAlignment, choice.allow_relaxed);
  if (!operators.empty()) {
    text +=
        "  // TFLite's builtin code, newest version, name of a custom operator\n"
        "  static constexpr tmd::SupportedOperator kOperatorList[] = {\n" +
        operator_lines(operators) + "  };\n" +
        fmt::format(
            "  static constexpr const tmd::SupportedOperator* kOperators = kOperatorList;\n"
            "  static constexpr std::size_t kOperatorCount = sizeof kOperatorList / sizeof "
            "kOperatorList[0];\n\n");
  }
  text += io_lines(model);
  text +=
      "  static constexpr const std::uint8_t* kIoSchema = kIoSchemaBytes;\n"
      "  static constexpr std::size_t kIoSchemaSize = sizeof kIoSchemaBytes;\n"
      "};\n\n}  // namespace firmware\n";
  return text;
}

}  // namespace tmd::host::model
