// SPDX-License-Identifier: Apache-2.0
#include "input/c_tokens.hpp"

#include <algorithm>
#include <optional>

namespace tmd::host::input {
namespace {

using Kind = CToken::Kind;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_name_character(char c) {
  return is_name_start(c) || is_digit(c);
}
bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\v';
}
int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : text_(source) {}

  std::vector<CToken> run() {
    bool line_start = true;  // only then a # begins a directive
    while (true) {
      skip_space(line_start);
      if (at_ == text_.size()) return std::move(tokens_);
      if (peek() == '#' && line_start) {
        directive();
        line_start = true;
        continue;
      }
      line_start = false;
      token();
    }
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  char take() {
    if (text_[at_] == '\n') ++line_;
    return text_[at_++];
  }
  bool continues_line() const {
    return peek() == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'));
  }
  void skip_continued_line() {
    while (take() != '\n') {
    }
  }

  bool skip_comment() {
    if (peek() != '/' || (peek(1) != '/' && peek(1) != '*')) return false;
    const bool to_line_end = peek(1) == '/';
    at_ += 2;
    while (at_ < text_.size()) {
      if (to_line_end && peek() == '\n') return true;
      if (continues_line()) {
        skip_continued_line();
      } else if (!to_line_end && peek() == '*' && peek(1) == '/') {
        at_ += 2;
        return true;
      } else {
        take();
      }
    }
    return true;
  }

  void skip_space(bool& line_start) {
    while (at_ < text_.size()) {
      if (continues_line()) {
        skip_continued_line();
      } else if (is_space(peek())) {
        line_start |= take() == '\n';
      } else if (!skip_comment()) {
        return;
      }
    }
  }

  void add(Kind kind, std::string text, std::size_t line) {
    tokens_.push_back({kind, std::move(text), line});
  }

  /// A directive to the end of its line.
  std::string directive_line() {
    std::string line;
    while (at_ < text_.size() && peek() != '\n') {
      if (continues_line()) {
        skip_continued_line();
        line += ' ';
      } else if (skip_comment()) {
        line += ' ';
      } else {
        line += take();
      }
    }
    return line;
  }

  /// The first two words behind the #: "if" and "0".
  static std::pair<std::string, std::string> words_of(const std::string& line) {
    std::string words[2];
    std::size_t at = 1;
    for (std::string& word : words) {
      while (at < line.size() && is_space(line[at])) ++at;
      while (at < line.size() && !is_space(line[at])) word += line[at++];
    }
    return {words[0], words[1]};
  }

  void directive() {
    const std::size_t line = line_;
    std::string text = directive_line();
    const auto [name, argument] = words_of(text);
    if (name == "if" && (argument == "0" || argument == "false")) {
      skip_group();
    } else {
      add(Kind::directive, std::move(text), line);
    }
  }

  /// Passes by what `#if 0` switches off, up to its #else, #elif or #endif.
  void skip_group() {
    std::size_t depth = 1;
    while (at_ < text_.size()) {
      bool line_start = false;
      skip_space(line_start);
      if (peek() != '#' || !line_start) {
        if (at_ < text_.size()) take();
        continue;
      }
      const std::size_t line = line_;
      std::string text = directive_line();
      const std::string name = words_of(text).first;
      if (name.starts_with("if")) ++depth;
      if (name == "endif" && --depth == 0) return;
      if (depth == 1 && name == "else") return;
      if (depth == 1 && name.starts_with("elif")) return add(Kind::directive, std::move(text), line);
    }
  }

  void token() {
    const std::size_t line = line_;
    const char c = peek();
    if (c == '"') return string(line);
    if (c == '\'') return character(line);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(line);
    if (is_name_start(c)) return name(line);
    add(Kind::sign, std::string(1, take()), line);
  }

  /// A line may be continued in the middle of a word.
  void join_lines() {
    while (continues_line()) skip_continued_line();
  }

  void name(std::size_t line) {
    std::string text;
    for (join_lines(); is_name_character(peek()); join_lines()) text += take();
    if (peek() == '"' || peek() == '\'') {
      if (text.ends_with('R') && peek() == '"' && (text == "R" || text == "u8R")) return raw_string(line);
      const bool wide = text == "L" || text == "u" || text == "U" || text.ends_with('R');
      if (wide || text == "u8") {
        peek() == '"' ? string(line) : character(line);
        if (wide) tokens_.back() = {Kind::unread, "a wide literal", line};
        return;
      }
    }
    add(Kind::name, std::move(text), line);
  }

  void number(std::size_t line) {
    std::string text;
    while (is_name_character(peek()) || peek() == '.' || (peek() == '\'' && is_name_character(peek(1))) ||
           ((peek() == '+' || peek() == '-') && is_exponent(text))) {
      const char c = take();
      if (c != '\'') text += c;
      join_lines();
    }
    add(Kind::number, std::move(text), line);
  }
  static bool is_exponent(const std::string& text) {
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    return hexadecimal ? text.back() == 'p' || text.back() == 'P' : text.back() == 'e' || text.back() == 'E';
  }

  /// The byte or bytes of one character of a literal; nothing where it stands for none.
  std::optional<std::string> literal_character() {
    if (peek() != '\\') return std::string(1, take());
    take();
    const char c = take();
    constexpr std::string_view kNames = "abfnrtv\\'\"?e";
    constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\'\"?\x1b";
    if (c != '\0' && kNames.find(c) != kNames.npos) return std::string(1, kValues[kNames.find(c)]);
    unsigned value = 0;
    if (c == 'x') {
      if (digit_value(peek()) >= 16) return std::nullopt;
      while (digit_value(peek()) < 16)
        value = std::min(0xFFFFU, value * 16 + static_cast<unsigned>(digit_value(take())));
    } else if (c >= '0' && c <= '7') {
      value = static_cast<unsigned>(c - '0');
      for (int i = 0; i < 2 && peek() >= '0' && peek() <= '7'; ++i)
        value = value * 8 + static_cast<unsigned>(take() - '0');
    } else {
      return std::nullopt;
    }
    if (value > 0xFF) return std::nullopt;
    return std::string(1, static_cast<char>(value));
  }

  /// What stands between quotes; nothing, and `why`, where that is no bytes.
  std::optional<std::string> literal(char quote, const char*& why) {
    std::string text;
    why = nullptr;
    take();
    while (at_ < text_.size() && peek() != quote && peek() != '\n') {
      if (continues_line()) {
        skip_continued_line();
        continue;
      }
      if (peek() == '\\' && at_ + 1 >= text_.size()) break;
      const auto character = literal_character();
      if (!character) why = "an escape that stands for no byte";
      text += character.value_or("");
    }
    if (peek() != quote) {
      why = "a literal without an end";
      return std::nullopt;
    }
    take();
    return why == nullptr ? std::optional(text) : std::nullopt;
  }

  void string(std::size_t line) {
    const char* why = nullptr;
    auto text = literal('"', why);
    text ? add(Kind::string, std::move(*text), line) : add(Kind::unread, why, line);
  }

  void character(std::size_t line) {
    const char* why = nullptr;
    auto text = literal('\'', why);
    if (text && text->size() != 1) why = "a character literal of several characters";
    why == nullptr ? add(Kind::character, std::move(*text), line) : add(Kind::unread, why, line);
  }

  void raw_string(std::size_t line) {
    const std::size_t open = text_.find('(', at_);
    if (open == text_.npos) {
      at_ = text_.size();
      return add(Kind::unread, "a literal without an end", line);
    }
    const std::string end = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const std::size_t close = text_.find(end, open);
    const std::size_t stop = close == text_.npos ? text_.size() : close + end.size();
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(stop), '\n'));
    at_ = stop;
    if (close == text_.npos) return add(Kind::unread, "a literal without an end", line);
    add(Kind::string, std::string(text_.substr(open + 1, close - open - 1)), line);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<CToken> tokens_;
};

}  // namespace

std::vector<CToken> c_tokens(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace tmd::host::input
