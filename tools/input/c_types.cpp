// SPDX-License-Identifier: Apache-2.0
#include "input/c_types.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tmd::host::input {
namespace {

constexpr std::array kBuiltinWords = {"char", "short", "int", "long", "signed", "unsigned", "bool", "_Bool"};

bool is_builtin(const std::string& word) {
  return std::find(kBuiltinWords.begin(), kBuiltinWords.end(), word) != kBuiltinWords.end();
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// Names that say their size: uint8_t, std::int_least8_t, u16, ai_u64, INT8, q7_t.
std::optional<CType> type_by_name(const std::string& word) {
  std::string name = lower(word);
  if (name.ends_with("_t")) name.resize(name.size() - 2);
  if (name == "byte" || name == "uchar") return CType{1, false};
  if (name == "schar") return CType{1, true};
  const std::size_t digits = name.find_last_not_of("0123456789") + 1;
  const std::string size = name.substr(digits);
  std::string stem = name.substr(0, digits);
  stem = stem.substr(stem.rfind('_') + 1);
  if (stem == "fast" && size != "8") return std::nullopt;  // as large as the machine likes
  if (stem == "least" || stem == "fast") stem = name.starts_with("u") ? "uint" : "int";
  if (stem == "q") {
    for (const auto& [text, bytes] : {std::pair("7", 1U), std::pair("15", 2U), std::pair("31", 4U)}) {
      if (size == text) return CType{bytes, true};
    }
    return std::nullopt;
  }
  constexpr std::array kStems = {"u", "s", "i", "int", "uint", "sint", "char"};
  if (std::find(kStems.begin(), kStems.end(), stem) == kStems.end()) return std::nullopt;
  for (const auto& [text, bytes] :
       {std::pair("8", 1U), std::pair("16", 2U), std::pair("32", 4U), std::pair("64", 8U)}) {
    if (size == text) return CType{bytes, stem.front() != 'u' && stem != "char"};
  }
  return std::nullopt;
}

/// The type of words of which at least one is C's own.
std::optional<CType> builtin_type(const std::vector<std::string>& words) {
  const auto count = [&](const char* word) { return std::count(words.begin(), words.end(), word); };
  const bool is_signed = count("unsigned") == 0;
  if (count("char") != 0) return CType{1, count("signed") != 0};
  if (count("bool") + count("_Bool") != 0) return CType{1, false};
  if (count("short") != 0) return CType{2, is_signed};
  if (count("long") >= 2) return CType{8, is_signed};
  if (count("long") == 1) return std::nullopt;
  return CType{4, is_signed};
}

}  // namespace

CTypes::CTypes(std::span<const CToken> tokens) {
  for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
    const bool is_typedef = tokens[i].is_name("typedef");
    const bool is_using = tokens[i].is_name("using") && tokens[i + 2].is('=');
    if (!is_typedef && !is_using) continue;
    std::vector<std::string> words;
    std::size_t end = is_using ? i + 3 : i + 1;
    bool plain = true;
    for (; end < tokens.size() && !tokens[end].is(';'); ++end) {
      plain = plain && (tokens[end].kind == CToken::Kind::name || tokens[end].is(':'));
      if (tokens[end].kind == CToken::Kind::name) words.push_back(tokens[end].text);
      if (!plain) break;
    }
    if (!plain || words.empty()) continue;
    std::string name = is_using ? tokens[i + 1].text : words.back();
    if (is_typedef) words.pop_back();
    if (const auto type = of(words)) declared_.emplace(std::move(name), *type);
  }
}

std::optional<CType> CTypes::of(const std::vector<std::string>& words) const {
  if (is_other(words)) return std::nullopt;
  if (std::any_of(words.begin(), words.end(), is_builtin)) return builtin_type(words);
  for (const std::string& word : words) {
    if (const auto found = declared_.find(word); found != declared_.end()) return found->second;
    if (const auto type = type_by_name(word)) return type;
  }
  return std::nullopt;
}

bool CTypes::is_other(const std::vector<std::string>& words) {
  constexpr std::array kOther = {"float", "double",    "struct",    "union",   "enum",   "class",
                                 "void",  "float32_t", "float16_t", "wchar_t", "string", "string_view"};
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(kOther.begin(), kOther.end(), word) != kOther.end();
  });
}

bool CTypes::names_type(const std::string& word) const {
  return is_builtin(word) || declared_.contains(word) || type_by_name(word).has_value();
}

}  // namespace tmd::host::input
