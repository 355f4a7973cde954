// SPDX-License-Identifier: Apache-2.0
#include "model/model_format.hpp"

#include <doctest/doctest.h>

#include <string_view>

#include "support/made_model.hpp"

using namespace tmd;
using namespace std::string_view_literals;
using host::model::ModelFormat;

namespace {

std::string recognised(std::string_view bytes) {
  const auto found = host::model::recognise_format(
      ConstBytes(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  return found ? host::model::describe(*found) : "nothing";
}

}  // namespace

TEST_CASE("formats of models are told by their first bytes, with their version") {
  CHECK(recognised("\x30\0\0\0ET12\0\0\0\0"sv) == "ExecuTorch, version 12");
  CHECK(recognised("EDL2\0\0\0\0"sv) == "ESP-DL, version 2");
  CHECK(recognised("GGUF\3\0\0\0"sv) == "GGUF, version 3");
  CHECK(recognised("\x05\0\0\0\0\0\0\0{\"a\":"sv) == "safetensors, version 1");
  CHECK(recognised("MAIX\1\2\0\0"sv) == "TinyMaix, version 1");
  CHECK(recognised("\x08\x08\x12\x07pytorch"sv) == "ONNX, version 8");
}

TEST_CASE("what only begins like one is none") {
  for (const std::string_view bytes :
       {"\x30\0\0\0ETxy"sv, "EDLx"sv, "GGUF\0\0\0\3"sv, "GGUF"sv, "MAIX"sv, "\xFF\0\0\0\0\0\0\0{\"a\":"sv,
        "\x08\x08\x00\x07"sv, "\x08\x63\x12\x07"sv, ""sv})
    CHECK(recognised(bytes) == "nothing");
  const std::vector<std::uint8_t> tflite = test::small_classifier().file();
  CHECK_FALSE(host::model::recognise_format(test::bytes_of(tflite)));
}

TEST_CASE("the manifest entry reads back") {
  const host::Bytes entry = host::model::encode_model_format({ModelFormat::gguf, 300});
  CHECK(entry == host::Bytes{6, 0xAC, 2});
  CHECK(host::model::describe_model_format(host::view(entry)) == "GGUF, version 300");
  const host::Bytes damaged = {6};
  CHECK(host::model::describe_model_format(host::view(damaged)) == "06");
}
