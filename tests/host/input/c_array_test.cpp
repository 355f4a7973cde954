// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/input_files.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("numbers in C are read in every base; arrays of other things are passed over") {
  const auto arrays = host::input::read_c_source(
                          "const int8_t a[4] = {-1, 010, 0x7fU, +3};  // = {9}\n"
                          "float c[] = {1.5};  char* d[] = {\"={1,2}\"};  struct E e = {1, 2};\n"
                          "int f(int x[3]) { return x[0]; }  struct E g[] = {{1}, {2}};\n")
                          .arrays;
  REQUIRE(arrays.size() == 1);
  CHECK(arrays[0].name == "a");
  CHECK(arrays[0].bytes == Bytes{255, 8, 127, 3});
}

TEST_CASE("C arrays give the model's bytes") {
  const TemporaryFolder folder;
  SUBCASE("xxd -i") {
    put_contents(folder / "model", xxd("model_tflite", kModel));
  }
  SUBCASE("TFLM's generated source") {
    put_contents(folder / "model", tflm_cc("g_model_data", kModel));
  }
  SUBCASE("Edge Impulse's header") {
    put_contents(folder / "model", edge_impulse_header("tflite_learn_5", kModel));
  }
  const host::input::Input input = host::input::load_input(folder / "model");
  CHECK(input.kind == InputKind::c_array);
  CHECK(input.bytes == kModel);
}

TEST_CASE("the array that is a model is found among others; else one must be chosen") {
  const TemporaryFolder folder;
  put_contents(folder / "two.cc", xxd("labels", {1, 2, 3}) + xxd("model", kModel));
  CHECK(host::input::load_input(folder / "two.cc").part == "model");
  put_contents(folder / "tables.c", xxd("w1", {1, 2, 3}) + xxd("w2", {4, 5}));
  CHECK(contains(error_of(folder / "tables.c"), "several arrays (w1, w2, …); say which with --symbol"));
  host::input::InputChoice second;
  second.symbol = "w2";
  CHECK(host::input::load_input(folder / "tables.c", second).bytes == Bytes{4, 5});
  second.symbol = "w3";
  CHECK(contains(error_of(folder / "tables.c", second), "no array of bytes named w3"));
}

TEST_CASE("a C array that was cut off is an error, not a shorter model") {
  const TemporaryFolder folder;
  const std::string text = xxd("model", kModel);
  put_contents(folder / "half.h", text.substr(0, text.size() / 2));
  CHECK(contains(error_of(folder / "half.h"), "the array model has no end"));
  put_contents(folder / "short.h", "unsigned char m[] = {1, 2};\nunsigned int m_len = 3;\n");
  CHECK(contains(error_of(folder / "short.h"), "the array m has 2 bytes, m_len says 3"));
}

namespace {

/// The model in words of `width` bytes, each through `spell`.
template <class Spell>
std::string spelt(unsigned width, Spell spell) {
  Bytes bytes = kModel;
  bytes.resize((bytes.size() + width - 1) / width * width);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    std::uint64_t word = 0;
    for (unsigned b = width; b-- > 0;) word = word << 8 | bytes[at + b];
    text += spell(word) + (at % 12 == 0 ? "\n" : "");
  }
  return text;
}

std::string list(unsigned width = 1, const std::string& before = "", const std::string& behind = "") {
  return spelt(width, [&](std::uint64_t word) { return fmt::format("{}{:#x}{}, ", before, word, behind); });
}

std::string escaped() {
  std::string text;
  for (const std::uint8_t byte : kModel) text += fmt::format("\\{:03o}", byte);
  return text;
}

Bytes only_array(const std::string& source) {
  const host::input::CSource read = host::input::read_c_source(source);
  CAPTURE(source.substr(0, 100));
  for (const std::string& why : read.not_understood) MESSAGE(why);
  REQUIRE(read.arrays.size() == 1);
  Bytes bytes = read.arrays.front().bytes;
  if (bytes.size() > kModel.size()) bytes.resize(kModel.size());
  return bytes;
}

std::string why_not(const std::string& source) {
  const host::input::CSource read = host::input::read_c_source(source);
  CHECK(read.arrays.empty());
  REQUIRE(read.not_understood.size() == 1);
  return read.not_understood.front();
}

}  // namespace

TEST_CASE("tables of wider integers are little-endian bytes") {
  CHECK(only_array("static const uint16_t m[] PROGMEM = {" + list(2) + "};") == kModel);
  CHECK(only_array("alignas(16) const std::uint32_t m[]{" + list(4, "", "U") + "};") == kModel);
  CHECK(only_array("AI_ALIGNED(32)\nconst ai_u64 m[] = {" + list(8, "", "ULL") + "};") == kModel);
  CHECK(only_array("using Word = std::uint32_t; const Word m[] = {" + list(4) + "};") == kModel);
  CHECK(only_array("const int32_t a[] = {-2, 1};") == Bytes{254, 255, 255, 255, 1, 0, 0, 0});
}

TEST_CASE("every spelling of an array of bytes in C++ is read") {
  const std::string size = std::to_string(kModel.size());
  CHECK(only_array("constexpr std::array<std::uint8_t, " + size + "> m = {{" + list() + "}};") == kModel);
  CHECK(only_array("const array<uint8_t, " + size + "> m{" + list() + "};") == kModel);
  CHECK(only_array("constexpr auto m = std::to_array<unsigned char>({" + list() + "});") == kModel);
  CHECK(only_array("namespace a { [[gnu::section(\".m\")]] inline constexpr uint8_t m[]{" + list() +
                   "}; }") == kModel);
  CHECK(only_array("const std::byte m[] = {" + list(1, "std::byte{", "}") + "};") == kModel);
  CHECK(only_array("const uint8_t m[] = {" + list(1, "static_cast<uint8_t>(", ")") + "};") == kModel);
  CHECK(only_array("typedef unsigned char blob_t; blob_t m[] = {" + list(1, "(blob_t)") + "};") == kModel);
}

TEST_CASE("string and character literals stand for their bytes") {
  CHECK(only_array("const char m[] = \"" + escaped() + "\";") == kModel);
  std::string text;
  for (const std::uint8_t byte : kModel) text += fmt::format("\"\\x{:02x}\" ", byte);
  CHECK(only_array("const unsigned char m[] = " + text + ";") == kModel);
  CHECK(only_array("const char* m = (const char*)(" + text + ");") == kModel);
  std::string characters;
  for (const std::uint8_t byte : kModel) characters += fmt::format("'\\x{:02x}',", byte);
  CHECK(only_array("const unsigned char m[] = {" + characters + "};") == kModel);
  CHECK(only_array("const char m[] = \"\\a\\0A\\\\\";") == Bytes{7, 0, 'A', '\\'});
  CHECK(host::input::read_c_source("const char v[] = \"version 1\";").arrays.front().is_text);
}

TEST_CASE("constants, casts and calculations are worked out as C does") {
  CHECK(only_array(
            "#define ZERO 5\nenum { kStep = 2 };\nconst int8_t m[] = {ZERO, ZERO + kStep, -ZERO, 1 << 3, "
            "(2 * 3), ~0, 'A', (uint8_t)-1, (int8_t)0x1ff, 7 % 4, 0b101, 1'0};") ==
        Bytes{5, 7, 251, 8, 6, 255, 'A', 255, 255, 3, 5, 10});
  CHECK(only_array("const uint8_t m[2 + 2] = {1, 2};") == Bytes{1, 2, 0, 0});
  CHECK(only_array("const int8_t m[2][3] = {{1, 2, 3}, {4, 5, 6}};") == Bytes{1, 2, 3, 4, 5, 6});
}

TEST_CASE("what the preprocessor switches off is not there, and the same array twice is one") {
  CHECK(only_array("#if 0\nchar m[] = {1};\n#else\nchar m[] = {2};\n#endif\n") == Bytes{2});
  CHECK(only_array("#ifdef A\nchar m[] = {2};\n#else\nPROGMEM char m[] = {2};\n#endif\n") == Bytes{2});
}

TEST_CASE("what cannot be read for certain is reported, with the reason") {
  CHECK(contains(why_not("const uint8_t m[] = {1,\n#if 1\n2,\n#endif\n3};"),
                 "a preprocessor line in it (line 2)"));
  CHECK(contains(why_not("const uint8_t m[] = {\n#include \"m.inc\"\n};"), "a preprocessor line"));
  CHECK(contains(why_not("const uint8_t m[] = {1.5};"), "no integer"));
  CHECK(contains(why_not("const uint8_t m[] = {N};"), "'N', which this file does not define"));
  CHECK(contains(why_not("#define N N\nconst uint8_t m[] = {N};"), "'N'"));
  CHECK(contains(why_not("const uint8_t m[] = D;"), "its values stand in 'D'"));
  CHECK(
      contains(why_not("#define D {1, N}\nconst uint8_t m[] = D;"), "'N', which this file does not define"));
  CHECK(contains(why_not("#define D {1}\n#define D {2}\nconst uint8_t m[] = D;"), "its values stand in 'D'"));
  CHECK(contains(why_not("const uint8_t m[2] = {1, 2, 3};"), "its declaration says 2"));
  CHECK(contains(why_not("const int8_t m[2][3] = {{1, 2}, {4, 5}};"), "rows that are not full"));
  CHECK(contains(why_not("const Blob m[] = {1, 2, 400};"), "how many bytes an element"));
  CHECK(contains(why_not("const unsigned long m[] = {1};"), "how many bytes an element"));
  CHECK(contains(why_not("const char m[] = L\"\\x01\";"), "wide"));
  CHECK(contains(why_not("const char m[] = \"\\x100\";"), "stands for no byte"));
  CHECK(contains(why_not("const uint8_t m[] = {1 / 0};"), "64 bits"));
}

TEST_CASE("an array that cannot be read is not passed over for another") {
  const TemporaryFolder folder;
  put_contents(folder / "m.c", "const uint8_t labels[] = {1, 2};\nconst uint8_t model[] = {1, 300};\n");
  CHECK(contains(error_of(folder / "m.c"), "the array model cannot be read"));
  host::input::InputChoice labels;
  labels.symbol = "labels";
  CHECK(host::input::load_input(folder / "m.c", labels).bytes == Bytes{1, 2});
}
