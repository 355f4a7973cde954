// SPDX-License-Identifier: Apache-2.0
#include "model/firmware_facts.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "model/model_entries.hpp"
#include "model/variables.hpp"

namespace tmd::host::model {
namespace {

/// Just enough of a C++ reader for the declarations that limits_header writes, in plain literals. What is anything else
/// is an error: only a compiler knows what it stands for.
class HeaderReader {
 public:
  HeaderReader(const std::string& text, const std::string& name) : name_(name) {
    strip_comments(text);
    keep_structure();
    check_directives();
  }

  /// What stands between `declaration` and the next `;`, or nothing where it is not declared.
  std::optional<std::string_view> value(std::string_view declaration) const {
    const std::string_view code = code_;
    std::optional<std::string_view> found;
    for (std::size_t at = code.find(declaration); at != code.npos; at = code.find(declaration, at + 1)) {
      if (is_part_of_name(at, declaration.size())) continue;
      std::string_view rest = code.substr(at + declaration.size());
      rest = trimmed(rest);
      if (rest.starts_with('[')) rest = trimmed(rest.substr(std::min(rest.find(']') + 1, rest.size())));
      const bool is_used = rest.starts_with(';') || rest.starts_with(')') || rest.starts_with('/') ||
                           rest.starts_with('[') || rest.starts_with(',');
      if (is_used && found) continue;
      if (!rest.starts_with('=') || found)
        refuse(std::string(declaration) +
               (found ? " has two values" : " is not given by = and a plain value"));
      found = trimmed(rest.substr(1, end_of_statement(rest) - 1));
    }
    return found;
  }

  std::uint32_t number(std::string_view declaration) const {
    const auto text = value(declaration);
    return text ? literal(*text, declaration) : 0;
  }

  bool truth(std::string_view declaration) const {
    const auto text = value(declaration);
    if (text && *text != "true" && *text != "false")
      refuse(std::string(declaration) + " is neither true nor false");
    return text && *text == "true";
  }

  /// A decimal or hexadecimal number, with separators and suffixes as C++ has them, and nothing else.
  std::uint32_t literal(std::string_view text, std::string_view what) const {
    std::string digits;
    for (const char c : trimmed(text)) {
      if (c != '\'') digits += c;
    }
    while (!digits.empty() && std::string_view("uUlL").find(digits.back()) != std::string_view::npos)
      digits.pop_back();
    const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    const std::string_view rest = std::string_view(digits).substr(hexadecimal ? 2 : 0);
    std::uint32_t number = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, hexadecimal ? 16 : 10);
    const bool octal = !hexadecimal && rest.size() > 1 && rest.front() == '0';
    if (rest.empty() || octal || error != std::errc() || end != rest.data() + rest.size())
      refuse("'" + std::string(trimmed(text).substr(0, 40)) + "' of " + std::string(what) +
             " is no plain number, and only a compiler knows what it is: name one in CXX");
    return number;
  }

  /// The parts of a list between commas that are in no braces or strings; a comma at the end adds none.
  std::vector<std::string_view> items(std::string_view list) const {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (quoted && list[i] == '\\') {
        ++i;
      } else if (list[i] == '"') {
        quoted = !quoted;
      } else if (!quoted && (list[i] == '{' || list[i] == '}')) {
        depth += list[i] == '{' ? 1 : -1;
      } else if (!quoted && depth == 0 && list[i] == ',') {
        parts.push_back(trimmed(list.substr(start, i - start)));
        start = i + 1;
      }
    }
    if (const std::string_view last = trimmed(list.substr(start)); !last.empty()) parts.push_back(last);
    return parts;
  }

  /// What stands between the braces that are all of `text`.
  std::string_view braced(std::string_view text, std::string_view what) const {
    if (!text.starts_with('{') || !text.ends_with('}')) refuse(std::string(what) + " is no list in braces");
    return text.substr(1, text.size() - 2);
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw host::Error(name_ + ": " + what + "; is it a header made by tmd limits?");
  }

 private:
  static std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \n\r\t";
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
  }

  static bool is_in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  bool is_part_of_name(std::size_t at, std::size_t length) const {
    return (at > 0 && is_in_name(code_[at - 1])) ||
           (at + length < code_.size() && is_in_name(code_[at + length]));
  }

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
      if (!quoted && text.compare(i, 2, "/*") == 0) {
        const std::size_t end = text.find("*/", i + 2);
        if (end == text.npos) refuse("a comment has no end");
        i = end + 1;
        code_ += ' ';
        continue;
      }
      code_ += text[i];
    }
  }

  /// Leaves what stands in the braces of the one structure that derives from FirmwareStatement.
  void keep_structure() {
    const std::size_t start = code_.find("FirmwareStatement");
    if (start == code_.npos) refuse("there is no FirmwareStatement in it");
    std::size_t end = code_.find('{', start);
    int depth = 0;
    bool quoted = false;
    for (; end < code_.size(); ++end) {
      if (quoted && code_[end] == '\\') {
        ++end;
      } else if (code_[end] == '"') {
        quoted = !quoted;
      } else if (!quoted && code_[end] == '{') {
        ++depth;
      } else if (!quoted && code_[end] == '}' && --depth == 0) {
        break;
      }
    }
    if (end >= code_.size()) refuse("its structure has no end");
    if (code_.find("FirmwareStatement", end) != code_.npos) refuse("there are several structures in it");
    before_ = code_.substr(0, start);
    code_ = code_.substr(start, end - start);
  }

  /// What is there under a condition only, comes from elsewhere or has another name, this does not know.
  void check_directives() const {
    if (const std::size_t at = code_.find('#'); at != code_.npos)
      refuse("there is a " + code_.substr(at, code_.find('\n', at) - at) + " in its structure");
    int conditions = 0;
    for (std::size_t at = before_.find('#'); at != before_.npos; at = before_.find('#', at + 1)) {
      const std::string_view line =
          trimmed(std::string_view(before_).substr(at + 1, before_.find('\n', at) - at));
      // An include guard is none; what it defines has no value.
      if (line.starts_with("if") && !line.starts_with("ifndef")) ++conditions;
      if (line.starts_with("endif") && conditions > 0) --conditions;
      if (line.starts_with("define")) check_macro(trimmed(line.substr(6)));
    }
    if (conditions != 0) refuse("its structure is there under a condition");
  }

  void check_macro(std::string_view definition) const {
    std::size_t length = 0;
    while (length < definition.size() && is_in_name(definition[length])) ++length;
    const std::string_view name = definition.substr(0, length);
    for (std::size_t at = code_.find(name); !name.empty() && at != code_.npos;
         at = code_.find(name, at + 1)) {
      if (!is_part_of_name(at, length))
        refuse("the macro " + std::string(name) + " is used in its structure");
    }
  }

  std::string name_;
  std::string before_;  ///< What stands before the structure.
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

UsedOperator read_operator(const HeaderReader& header, std::string_view row) {
  const std::vector<std::string_view> parts = header.items(header.braced(row, "a line of kOperatorList"));
  if (parts.size() < 2) header.refuse("a line of kOperatorList has no version");
  UsedOperator op;
  OperatorCode& code = op.code;
  const bool custom = parts[0] == "tmd::kCustomOperator" || parts[0] == "kCustomOperator";
  code.builtin = custom ? BuiltinOperator::CUSTOM
                        : static_cast<BuiltinOperator>(header.literal(parts[0], "kOperatorList"));
  code.version = static_cast<std::int32_t>(header.literal(parts[1], "kOperatorList"));
  if (parts.size() > 2 && parts[2].starts_with('"')) {
    std::string_view name = parts[2].substr(1);
    code.custom_name = take_string(name);
    if (!name.empty()) header.refuse("the name of a custom operator is no plain string");
  } else if (parts.size() > 2 && parts[2] != "nullptr") {
    header.refuse("the name of an operator is neither a string nor nullptr");
  }
  op.features = parts.size() > 3 ? header.literal(parts[3], "kOperatorList") : operator_features::kAny;
  return op;
}

/// A list whose length the header computes, or states: then the firmware looks at no more of it.
template <class Item>
void check_count(const HeaderReader& header, const std::vector<Item>& list, std::string_view declaration,
                 std::string_view sizeof_list) {
  const auto text = header.value(declaration);
  if (!text || text->find(sizeof_list) != text->npos) return;
  if (header.literal(*text, declaration) != list.size())
    header.refuse(std::string(declaration) + " says " + std::string(*text) + ", the list has " +
                  std::to_string(list.size()));
}

std::vector<UsedOperator> read_operators(const HeaderReader& header) {
  std::vector<UsedOperator> operators;
  const auto list = header.value("kOperatorList");
  if (!list) return operators;
  for (const std::string_view row : header.items(header.braced(*list, "kOperatorList")))
    operators.push_back(read_operator(header, row));
  check_count(header, operators, "kOperatorCount", "sizeof");
  return operators;
}

host::Bytes read_bytes(const HeaderReader& header, std::string_view declaration, std::string_view size) {
  host::Bytes bytes;
  const auto list = header.value(declaration);
  if (!list) return bytes;
  for (const std::string_view item : header.items(header.braced(*list, declaration))) {
    const std::uint32_t byte = header.literal(item, declaration);
    if (byte > 0xFF) header.refuse("a byte of " + std::string(declaration) + " is above 255");
    bytes.push_back(static_cast<std::uint8_t>(byte));
  }
  check_count(header, bytes, size, "sizeof");
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
  const ResourceVariables variables = resource_variables(base);
  facts.variables = static_cast<std::uint32_t>(variables.size());
  facts.variable_bytes = variable_bytes(variables);
  facts.accelerator = base.accelerator;
  return facts;
}

FirmwareFacts read_limits_header(const std::string& text, const std::string& name) {
  const HeaderReader header(text, name);
  FirmwareFacts facts;
  facts.arena_bytes = header.number("kArenaBytes");
  const std::uint32_t abi = header.number("kAbi");
  if (abi > std::numeric_limits<std::uint16_t>::max()) header.refuse("kAbi is above 65535");
  facts.abi = static_cast<std::uint16_t>(abi);
  facts.operators = read_operators(header);
  facts.io_schema = read_bytes(header, "kIoSchemaBytes", "kIoSchemaSize");
  facts.code_digest = read_bytes(header, "kCodeDigestBytes", "kCodeDigestSize");
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
