// SPDX-License-Identifier: Apache-2.0
#include "model/limits_structure.hpp"

#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tmd::host::model {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The words and signs of a source, without comments, preprocessor lines and what stands in quotes.
std::vector<std::string_view> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  bool line_starts = true;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto skip_to = [&](std::string_view end) {
      const std::size_t at = text.find(end, i + 1);
      i = at == text.npos ? text.size() : at + end.size();
    };
    if (c == '\n' || c == ' ' || c == '\t' || c == '\r') {
      line_starts = line_starts || c == '\n';
      ++i;
      continue;
    }
    if (text.substr(i, 2) == "/*") {
      ++i;  // so that "/*/" does not end it
      skip_to("*/");
    } else if ((c == '#' && line_starts) || text.substr(i, 2) == "//") {
      do {
        i = text.find('\n', i + 1);
      } while (i != text.npos && c == '#' && text[i - 1] == '\\');
      if (i == text.npos) i = text.size();
    } else if (c == '"' || (c == '\'' && (i == 0 || !is_name_character(text[i - 1])))) {
      for (++i; i < text.size() && text[i] != c; ++i) i += text[i] == '\\' ? 1 : 0;
      ++i;
    } else {
      std::size_t end = i + 1;
      while (is_name_character(c) && end < text.size() && is_name_character(text[end])) ++end;
      tokens.push_back(text.substr(i, end - i));
      i = end;
    }
    line_starts = false;
  }
  return tokens;
}

class Finder {
 public:
  explicit Finder(std::string_view header) : tokens_(tokens_of(header)) {}

  std::vector<std::string> run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const std::string_view token = tokens_[i];
      if (token == "namespace") {
        i = open_namespace(i + 1);
      } else if (token == "struct" || token == "class") {
        i = open_structure(i + 1);
      } else if (token == "{") {
        scopes_.emplace_back();
      } else if (token == "}" && !scopes_.empty()) {
        scopes_.pop_back();
      }
    }
    return std::move(found_);
  }

 private:
  /// Returns the place of its brace, or of what ends it without one.
  std::size_t open_namespace(std::size_t i) {
    std::string name;
    for (; i < tokens_.size() && tokens_[i] != "{" && tokens_[i] != ";" && tokens_[i] != "="; ++i)
      name += tokens_[i];
    if (i < tokens_.size() && tokens_[i] == "{") scopes_.push_back(name);
    return i;
  }

  std::size_t open_structure(std::size_t i) {
    const std::size_t named = i;
    bool states = false;
    for (; i < tokens_.size() && tokens_[i] != "{" && tokens_[i] != ";" && tokens_[i] != ")" &&
           tokens_[i] != "=";
         ++i)
      states = states || (i > named && tokens_[i] == "FirmwareStatement");
    if (i >= tokens_.size() || tokens_[i] != "{") return i;
    if (states) found_.push_back(qualified(tokens_[named]));
    scopes_.emplace_back(tokens_[named]);
    return i;
  }

  std::string qualified(std::string_view name) const {
    std::string whole;
    for (const std::string& scope : scopes_) whole += scope.empty() ? "" : scope + "::";
    return whole + std::string(name);
  }

  std::vector<std::string_view> tokens_;
  std::vector<std::string> scopes_;  ///< Empty: one without a name.
  std::vector<std::string> found_;
};

}  // namespace

std::string structure_name(const std::string& header, const std::string& path) {
  const std::vector<std::string> found = Finder(header).run();
  if (found.empty())
    throw host::Error(path + ": there is no FirmwareStatement in it; is it a header made by tmd limits?");
  if (found.size() > 1)
    throw host::Error(path + ": there are several structures in it: " + found[0] + ", " + found[1]);
  return found.front();
}

}  // namespace tmd::host::model
