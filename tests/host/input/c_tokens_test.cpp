// SPDX-License-Identifier: Apache-2.0
#include "input/c_tokens.hpp"

#include <doctest/doctest.h>

using namespace tmd::host::input;
using Kind = CToken::Kind;

namespace {

/// The words of a source, with what kind each is in front.
std::vector<std::string> words(std::string_view source) {
  std::vector<std::string> all;
  constexpr char kKinds[] = {'n', '0', '"', '\'', '.', '#', '?'};
  for (const CToken& token : c_tokens(source))
    all.push_back(kKinds[static_cast<int>(token.kind)] + token.text);
  return all;
}
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("names, numbers, signs and literals") {
  CHECK(words("int8_t m[3] = {0x1f, -2, 1'000};") == Words{"nint8_t", "nm", ".[", "03", ".]", ".=", ".{",
                                                           "00x1f", ".,", ".-", "02", ".,", "01000", ".}",
                                                           ".;"});
  CHECK(words("\"a\\x41\\101\\n\" 'b' '\\''") == Words{"\"aAA\n", "'b", "''"});
  CHECK(words("").empty());
}

TEST_CASE("comments, continued lines and what is switched off are left out; lines are counted") {
  CHECK(words("a /* b\n */ c // d\ne") == Words{"na", "nc", "ne"});
  CHECK(words("ab\\\ncd") == Words{"nabcd"});
  CHECK(words("\"/* no comment */\"") == Words{"\"/* no comment */"});
  CHECK(words("#if 0\na\n#if 1\nb\n#endif\n#else\nc\n#endif\nd").back() == "nd");
  for (const std::string& word : words("#if 0\na\n#if 1\nb\n#endif\n#else\nc\n#endif\nd")) {
    CHECK(word != "na");
    CHECK(word != "nb");
  }
  const std::vector<CToken> tokens = c_tokens("a\n\n/*\n*/ b");
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].line == 1);
  CHECK(tokens[1].line == 4);
}

TEST_CASE("a directive is one word, and only where a line begins with it") {
  const Words found = words("#define N 5 // five\nx # y");
  REQUIRE(found.size() == 4);
  CHECK(found[0].rfind("##define N 5", 0) == 0);
  CHECK(found[0].find("five") == std::string::npos);
  CHECK(found[1] == "nx");
}

TEST_CASE("literals that stand for no bytes say so, and do not end the reading") {
  for (const char* source : {"L\"wide\" x", "'ab' x", "u'a' x", "\"\\x100\" x"}) {
    CAPTURE(source);
    const std::vector<CToken> tokens = c_tokens(source);
    REQUIRE(tokens.size() == 2);
    CHECK(tokens[0].kind == Kind::unread);
    CHECK_FALSE(tokens[0].text.empty());
    CHECK(tokens[1].is_name("x"));
  }
}

TEST_CASE("text that ends in the middle of anything is read to its end") {
  for (const char* source : {"\"abc", "'a", "/* abc", "#if 0\nabc", "#define", "R\"x(abc", "a\\", "0x"})
    CHECK_NOTHROW((void)c_tokens(source));
}
