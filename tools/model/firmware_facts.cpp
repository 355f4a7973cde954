// SPDX-License-Identifier: Apache-2.0
#include "model/firmware_facts.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "model/model_entries.hpp"
#include "model/variables.hpp"

namespace tmd::host::model {
namespace {

/// Just enough of a C++ reader for the declarations that limits_header writes.
class HeaderReader {
 public:
  HeaderReader(const std::string& text, const std::string& name) : name_(name) { strip_comments(text); }

  /// What stands between `declaration` and the next `;`, or nothing where it is not declared.
  std::optional<std::string_view> value(std::string_view declaration) const {
    const std::string_view code = code_;
    for (std::size_t at = code.find(declaration); at != code.npos; at = code.find(declaration, at + 1)) {
      std::string_view rest = code.substr(at + declaration.size());
      rest = rest.substr(std::min(rest.find_first_not_of(" \n\r\t[]"), rest.size()));
      if (!rest.starts_with('=')) continue;
      return rest.substr(1, end_of_statement(rest) - 1);
    }
    return std::nullopt;
  }

  std::uint32_t number(std::string_view declaration) const {
    const auto text = value(declaration);
    if (!text) return 0;
    std::string_view rest = *text;
    return next_number(rest);
  }

  bool truth(std::string_view declaration) const {
    const auto text = value(declaration);
    return text && text->find("true") != text->npos;
  }

  /// Takes the next decimal or hexadecimal number off the front.
  std::uint32_t next_number(std::string_view& text) const {
    text = text.substr(std::min(text.find_first_of("0123456789"), text.size()));
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) text.remove_prefix(2);
    std::uint32_t number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, hexadecimal ? 16 : 10);
    if (error != std::errc()) refuse("a number is missing or too large");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw host::Error(name_ + ": " + what + "; is it a header made by tmd limits?");
  }

 private:
  /// The `;` that is not in a string.
  static std::size_t end_of_statement(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (quoted && text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        quoted = !quoted;
      } else if (text[i] == ';' && !quoted) {
        return i;
      }
    }
    return text.size();
  }

  void strip_comments(const std::string& text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (quoted && text[i] == '\\' && i + 1 < text.size()) code_ += text[i++];
      if (text[i] == '"') quoted = !quoted;
      if (!quoted && text.compare(i, 2, "//") == 0) i = std::min(text.find('\n', i), text.size() - 1);
      code_ += text[i];
    }
  }

  std::string name_;
  std::string code_;
};

/// A C string with octal escapes; `text` starts after the opening quote and is left after the closing one.
std::string take_string(std::string_view& text) {
  std::string out;
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() >= 4) {
      unsigned code = 0;
      std::from_chars(text.data() + 1, text.data() + 4, code, 8);
      out += static_cast<char>(code);
      text.remove_prefix(4);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  text.remove_prefix(std::min<std::size_t>(1, text.size()));
  return out;
}

/// What stands behind the name, if anything: features.
std::uint32_t read_features(const HeaderReader& header, std::string_view rest) {
  rest = rest.substr(0, std::min(rest.find('}'), rest.size()));
  return rest.find_first_of("0123456789") == rest.npos ? operator_features::kAny : header.next_number(rest);
}

std::vector<UsedOperator> read_operators(const HeaderReader& header) {
  std::vector<UsedOperator> operators;
  const auto list = header.value("kOperatorList");
  if (!list) return operators;
  std::string_view rest = list->substr(std::min(list->find('{') + 1, list->size()));
  while (rest.find('{') != rest.npos) {
    rest.remove_prefix(rest.find('{') + 1);
    UsedOperator op;
    const bool custom = rest.starts_with("tmd::kCustomOperator");
    op.code.builtin =
        custom ? BuiltinOperator::CUSTOM : static_cast<BuiltinOperator>(header.next_number(rest));
    op.code.version = static_cast<std::int32_t>(header.next_number(rest));
    const std::size_t quote = rest.find('"');
    const std::size_t brace = rest.find('}');
    if (quote < brace) {
      rest.remove_prefix(quote + 1);
      op.code.custom_name = take_string(rest);
    }
    op.features = read_features(header, rest);
    operators.push_back(op);
  }
  return operators;
}

host::Bytes read_io_schema(const HeaderReader& header) {
  host::Bytes bytes;
  const auto list = header.value("kIoSchemaBytes");
  if (!list) return bytes;
  std::string_view rest = *list;
  while (rest.find_first_of("0123456789") != rest.npos) {
    const std::uint32_t byte = header.next_number(rest);
    if (byte > 0xFF) header.refuse("a byte of kIoSchemaBytes is above 255");
    bytes.push_back(static_cast<std::uint8_t>(byte));
  }
  return bytes;
}

}  // namespace

FirmwareFacts facts_of_base(const Model& base, const ArenaChoice& arena) {
  FirmwareFacts facts;
  facts.arena_bytes = arena_bytes(base, arena);
  facts.abi = static_cast<std::uint16_t>(base.schema_version);
  facts.operators = operators_used(base);
  facts.io_schema = encode_io_schema(base);
  facts.slot_alignment = 1U << kTfliteAlignment;
  facts.allow_relaxed = true;
  const ResourceVariables variables = resource_variables(base);
  facts.variables = static_cast<std::uint32_t>(variables.size());
  facts.variable_bytes = variable_bytes(variables);
  facts.accelerator = base.accelerator;
  return facts;
}

FirmwareFacts read_limits_header(const std::string& text, const std::string& name) {
  const HeaderReader header(text, name);
  if (text.find("FirmwareStatement") == text.npos) header.refuse("there is no FirmwareStatement in it");
  FirmwareFacts facts;
  facts.arena_bytes = header.number("kArenaBytes");
  const std::uint32_t abi = header.number("kAbi");
  if (abi > std::numeric_limits<std::uint16_t>::max()) header.refuse("kAbi is above 65535");
  facts.abi = static_cast<std::uint16_t>(abi);
  facts.operators = read_operators(header);
  facts.io_schema = read_io_schema(header);
  facts.slot_alignment = header.number("kSlotAlignment");
  facts.slot_bytes = header.number("kSlotBytes");
  facts.allow_relaxed = header.truth("kAllowRelaxed");
  facts.io_flexible = static_cast<std::uint8_t>(header.number("kIoFlexible"));
  if (header.value("kVariables")) facts.variables = header.number("kVariables");
  if (header.value("kVariableBytes")) facts.variable_bytes = header.number("kVariableBytes");
  if (header.value("kAcceleratorConfig"))
    facts.accelerator =
        AcceleratorConfig{header.number("kAcceleratorConfig"), header.number("kAcceleratorId")};
  return facts;
}

}  // namespace tmd::host::model
