// SPDX-License-Identifier: Apache-2.0
#include "input/file_look.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"
#include "support/input_files.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("text is an error that says what it looks like, whatever the file's name") {
  const TemporaryFolder folder;
  const std::pair<const char*, const char*> files[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "a Git LFS pointer"},
      {"<!DOCTYPE html>\n<html><body>404</body></html>", "an HTML page"},
      {"\n  <HTML>not found</HTML>", "an HTML page"},
      {"<?xml version=\"1.0\"?><a/>", "an XML document"},
      {"{\"error\": \"not found\"}", "JSON"},
      {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
       "a key, certificate or signature in PEM"},
      {"HAAAAFRGTDMUACAAHAAYABQAEAAMAAAA\n", "base64"},
      {"1c000000 54464c33 14002000\n", "a list of hexadecimal digits"},
      {"  .section .rodata\nmodel:\n  .incbin \"model.tflite\"\n",
       "an assembly source that takes its bytes from another file"},
      {"#!/bin/sh\necho\n", "a script"},
      {"#include <stdint.h>\nint main() { return 0; }\n", "a C source, but there is no array"},
      {"# A model\n\nIt is good.\n", "text"},
      {"Gr\xc3\xbc\xc3\x9f Gott, dies ist kein Modell\n", "text"},
      {"Gr\xfc\xdf Gott, dies ist auch in Latin-1 kein Modell\n", "text"},
  };
  for (const auto& [bytes, look] : files) {
    const std::string content = bytes;
    CAPTURE(content);
    put_contents(folder / "model.tflite", content);
    const std::string error = error_of(folder / "model.tflite");
    CHECK(contains(error, "model.tflite: "));
    CHECK(contains(error, std::string("looks like ") + look));
    host::input::InputChoice raw;
    raw.raw = true;
    CHECK(as_string(host::input::load_input(folder / "model.tflite", raw).bytes) == content);
  }
}

TEST_CASE("known binary formats that are no model are errors, too") {
  const TemporaryFolder folder;
  const Bytes patch = make_patch(random_bytes(300, 1), random_bytes(300, 2));
  const std::pair<std::string, const char*> files[] = {
      {as_string(patch), "a patch of tmd"},
      {std::string("\x89HDF\r\n\x1a\n\0\0", 10), "HDF5"},
      {std::string("\x89PNG\r\n\x1a\n\0\0", 10), "PNG"},
      {std::string("\xfd\x37zXZ\0\0", 7), "xz"},
      {std::string("\xff\xfe{\0}\0\n\0", 8), "UTF-16"},
  };
  for (const auto& [content, look] : files) {
    put_contents(folder / "model.tflite", content);
    CHECK(contains(error_of(folder / "model.tflite"), look));
  }
}

TEST_CASE("weights are no text, even small ones") {
  CHECK_FALSE(host::input::is_text(host::view(Bytes{0, 1, 2})));
  CHECK_FALSE(host::input::is_text(host::view(Bytes{0x81, 0xFE, 0xC0, 0x55})));
  for (unsigned seed = 1; seed < 50; ++seed)
    CHECK(host::input::look_at(host::view(random_bytes(64, seed))) == host::input::FileLook::binary);
}
