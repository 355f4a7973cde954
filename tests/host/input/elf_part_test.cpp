// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/input_files.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a section or symbol of a 32-bit ARM program is taken, with the digest of the code that reads it") {
  const TemporaryFolder folder;
  put_contents(folder / "firmware.elf",
               test::arm_elf({{"run_network", {1, 2, 3, 4}}}, {{"g_weights", {10, 20, 30}}}));
  host::input::InputChoice section;
  section.section = ".model";
  host::input::InputChoice symbol;
  symbol.symbol = "g_weights";
  const host::input::Input by_section = host::input::load_input(folder / "firmware.elf", section);
  const host::input::Input by_symbol = host::input::load_input(folder / "firmware.elf", symbol);
  CHECK(by_section.kind == InputKind::elf);
  CHECK(by_section.bytes == Bytes{10, 20, 30});
  CHECK(by_symbol.bytes == by_section.bytes);
  CHECK(by_symbol.code_digest.size() == 32);
  CHECK(by_symbol.code_digest == by_section.code_digest);

  put_contents(folder / "weights.elf",
               test::arm_elf({{"run_network", {1, 2, 3, 4}}}, {{"g_weights", {11, 20, 30}}}));
  put_contents(folder / "code.elf",
               test::arm_elf({{"run_network", {1, 2, 3, 5}}}, {{"g_weights", {10, 20, 30}}}));
  const host::input::Input weights = host::input::load_input(folder / "weights.elf", symbol);
  const host::input::Input code = host::input::load_input(folder / "code.elf", symbol);
  CHECK(host::input::check_tables(by_symbol, weights, {}).verdict == host::model::Verdict::patch);
  CHECK(host::input::check_tables(by_symbol, code, {}).verdict == host::model::Verdict::firmware);
  CHECK(host::input::check_tables(by_symbol, code, {}).reasons[0].kind == "code");
}

TEST_CASE("code that does not read the model can be left out of the digest") {
  const TemporaryFolder folder;
  put_contents(folder / "a.elf",
               test::arm_elf({{"run", {1, 2, 3, 4}}, {"main", {5, 6, 7, 8}}}, {{"w", {1}}}));
  put_contents(folder / "b.elf",
               test::arm_elf({{"run", {1, 2, 3, 4}}, {"main", {9, 9, 9, 9}}}, {{"w", {1}}}));
  host::input::InputChoice choice;
  choice.symbol = "w";
  CHECK(host::input::load_input(folder / "a.elf", choice).code_digest !=
        host::input::load_input(folder / "b.elf", choice).code_digest);
  choice.code = {"run"};
  CHECK(host::input::load_input(folder / "a.elf", choice).code_digest ==
        host::input::load_input(folder / "b.elf", choice).code_digest);
  choice.code = {"walk"};
  CHECK(contains(error_of(folder / "a.elf", choice), "no section or function"));
}

TEST_CASE("data beside the table belongs to what reads it, unless it is said that it may differ") {
  const TemporaryFolder folder;
  const auto put = [&](const char* name, std::uint8_t scale, std::uint8_t counter) {
    put_contents(folder / name,
                 test::arm_elf({{"run", {1, 2, 3, 4}}},
                               {{"w", {10, 20}}, {"scales", {scale, 7}}, {"counter", {counter}}}));
  };
  put("a.elf", 1, 1);
  put("scaled.elf", 2, 1);
  put("counted.elf", 1, 2);
  host::input::InputChoice choice;
  choice.symbol = "w";
  const auto code_of = [&](const char* name) {
    return host::input::load_input(folder / name, choice).code_digest;
  };
  CHECK(code_of("a.elf") != code_of("scaled.elf"));
  CHECK(code_of("a.elf") != code_of("counted.elf"));
  choice.may_differ = {"counter"};
  CHECK(code_of("a.elf") != code_of("scaled.elf"));
  CHECK(code_of("a.elf") == code_of("counted.elf"));
  // Parts of one another, in any order.
  for (const std::vector<std::string>& parts :
       {std::vector<std::string>{"counter", ".model"}, {"w", ".model"}}) {
    choice.may_differ = parts;
    CHECK(code_of("a.elf") == code_of("scaled.elf"));
    CHECK(code_of("a.elf") == code_of("counted.elf"));
  }
  choice.may_differ = {"nothing"};
  CHECK(contains(error_of(folder / "a.elf", choice), "nothing is no section or symbol"));
}

TEST_CASE("an ELF file without a choice says what there is to choose from") {
  const TemporaryFolder folder;
  put_contents(folder / "firmware.elf",
               test::arm_elf({{"run", {1, 2, 3, 4}}}, {{"g_weights", {10, 20, 30}}}));
  CHECK(contains(error_of(folder / "firmware.elf"), "the largest are g_weights (3 bytes)"));
  host::input::InputChoice wrong;
  wrong.section = ".weights";
  CHECK(contains(error_of(folder / "firmware.elf", wrong), "no section .weights; there are .text, .model"));
}

TEST_CASE("of two symbols of one name neither is taken, in whatever order the linker put them") {
  const TemporaryFolder folder;
  put_contents(
      folder / "firmware.elf",
      test::arm_elf({{"run", {1, 2, 3, 4}}}, {{"model", {10, 20, 30, 40}}, {"model", {50, 60, 70, 80}}}));
  host::input::InputChoice choice;
  choice.symbol = "model";
  CHECK(contains(error_of(folder / "firmware.elf", choice),
                 "several symbols are named model; rename all but one, or give --section"));
}

TEST_CASE("an ELF file that is cut off anywhere is an error") {
  const TemporaryFolder folder;
  const std::string whole = test::arm_elf({{"run", {1, 2, 3, 4}}}, {{"w", {10, 20, 30}}});
  host::input::InputChoice choice;
  choice.symbol = "w";
  for (std::size_t size = 5; size < whole.size(); ++size) {
    put_contents(folder / "cut.elf", whole.substr(0, size));
    CHECK(error_of(folder / "cut.elf", choice) != "");
  }
}

TEST_CASE("sections that lie over one another are not hashed again and again") {
  const TemporaryFolder folder;
  std::string file = test::arm_elf({{"run", {1, 2, 3, 4}}}, {{"w", {10, 20, 30}}});
  // .text and .model, each of the whole file. Section headers are at its end, offset and size 16 bytes into each.
  constexpr std::size_t kHeaders = 6, kHeaderSize = 40;
  for (const std::size_t section : {1U, 2U}) {
    const std::size_t at = file.size() - (kHeaders - section) * kHeaderSize + 16;
    for (std::size_t i = 0; i < 4; ++i) {
      file[at + i] = '\0';
      file[at + 4 + i] = static_cast<char>(file.size() >> (8 * i));
    }
  }
  put_contents(folder / "over.elf", file);
  host::input::InputChoice choice;
  choice.symbol = "w";
  CHECK(contains(error_of(folder / "over.elf", choice), "its sections or functions lie over one another"));
  choice.code = {".text", ".model"};
  CHECK(error_of(folder / "over.elf", choice) == "");
}
