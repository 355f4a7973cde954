// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/input_files.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("numbers in C are read in every base; arrays of other things are passed over") {
  const auto arrays = host::input::find_c_arrays(
      "const int8_t a[4] = {-1, 010, 0x7fU, +3};  // = {9}\n"
      "int b[] = {1000};  float c[] = {1.5};  char* d[] = {\"={1,2}\"};  struct E e = {1, 2};\n");
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
