// SPDX-License-Identifier: Apache-2.0
#include "model/compiled_limits.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/temporary_folder.hpp"
#include "model/limits_header.hpp"
#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using host::model::FirmwareFacts;

namespace {

/// What the compiler of this build says of a header.
FirmwareFacts asked(const std::string& text) {
  const host::TemporaryFolder folder;
  host::write_file(folder / "limits.hpp", std::string_view(text));
  const char* compiler = std::getenv("TMD_COMPILER");
  REQUIRE(compiler != nullptr);
  return host::model::compiled_limits(folder / "limits.hpp", text, compiler);
}

/// A header whose structure has this in it.
std::string header_with(const std::string& body, const std::string& before = "") {
  return "#pragma once\n" + before + "namespace firmware {\nstruct A : tmd::FirmwareStatement {\n" + body +
         "};\n}\n";
}

}  // namespace

TEST_CASE("a header that limits wrote says the same to the compiler as it does as text") {
  test::ModelMaker maker = test::small_classifier();
  maker.add_custom("post\"process\\?", 2, {4}, {4});
  host::model::LimitsChoice choice;
  choice.allow_relaxed = true;
  const std::string header = host::model::limits_header(test::parsed(maker), choice);
  const FirmwareFacts compiled = asked(header);
  const FirmwareFacts read = host::model::read_limits_header(header, "limits.hpp");
  CHECK(compiled.arena_bytes == read.arena_bytes);
  CHECK(compiled.abi == read.abi);
  CHECK(compiled.operators == read.operators);
  CHECK(compiled.io_schema == read.io_schema);
  CHECK(compiled.slot_alignment == read.slot_alignment);
  CHECK(compiled.allow_relaxed == read.allow_relaxed);
  CHECK(compiled.variables == read.variables);
  CHECK(compiled.variable_bytes == read.variable_bytes);
}

TEST_CASE("whatever C++ can work out is what the firmware has") {
  const std::string type = "  static constexpr std::uint32_t ";
  CHECK(asked(header_with(type + "kArenaBytes = 100 * 1024;")).arena_bytes == 102400);
  CHECK(asked(header_with(type + "kArenaBytes = 102'400;")).arena_bytes == 102400);
  CHECK(asked(header_with(type + "kArenaBytes{0144};")).arena_bytes == 100);
  CHECK(asked(header_with(type + "kArenaBytes = sizeof(arena);", "static unsigned char arena[64 * 1024];\n"))
            .arena_bytes == 65536);
  CHECK(asked(header_with(type + "kArenaBytes = kArena;", "#define kArena (96 << 10)\n")).arena_bytes ==
        98304);
  CHECK(
      asked(header_with("#if 1\n" + type + "kArenaBytes = 5;\n#else\n" + type + "kArenaBytes = 6;\n#endif\n"))
          .arena_bytes == 5);
  const FirmwareFacts nothing = asked(header_with(""));
  CHECK(nothing.arena_bytes == 0);
  CHECK(nothing.operators.empty());
  CHECK_FALSE(nothing.variables.has_value());
  CHECK_FALSE(nothing.accelerator.has_value());
}

TEST_CASE("operators may be named by a library's own enumeration") {
  const FirmwareFacts facts =
      asked(header_with("  static constexpr tmd::SupportedOperator kList[] = {\n"
                        "      {lib::kAdd, 2}, {tmd::kCustomOperator, 1, \"mine\", 0x7}};\n"
                        "  static constexpr const tmd::SupportedOperator* kOperators = kList;\n"
                        "  static constexpr std::size_t kOperatorCount = sizeof kList / sizeof kList[0];\n",
                        "namespace lib { enum Operator { kAdd = 0 }; }\n"));
  REQUIRE(facts.operators.size() == 2);
  CHECK(facts.operators[0].code.version == 2);
  CHECK(facts.operators[0].features == operator_features::kAny);
  CHECK(facts.operators[1].code.custom_name == "mine");
  CHECK(facts.operators[1].features == 7);
}

TEST_CASE("what does not compile is one line with the header's name") {
  const auto said = [](const std::string& text) -> std::string {
    try {
      (void)asked(text);
    } catch (const host::Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string message = said(header_with("  static constexpr int kArenaBytes = no_such_thing;"));
  CHECK(message.find("limits.hpp: it does not compile with ") != message.npos);
  CHECK(message.find("no_such_thing") != message.npos);
  CHECK(message.find('\n') == message.npos);
  CHECK(said(header_with("  static int kArenaBytes;")).find("does not compile") != std::string::npos);
  CHECK_THROWS_WITH_AS(
      (void)host::model::compiled_limits("x.hpp", header_with(""), "no-such-compiler-anywhere"),
      doctest::Contains("is not there"), host::Error);
}
