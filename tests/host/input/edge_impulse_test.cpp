// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/input_files.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("an Edge Impulse export is read from its folder and from its archive") {
  const TemporaryFolder folder;
  make_export(folder, "tflite_learn_5.h", edge_impulse_header("tflite_learn_5", kModel), 0);
  const TemporaryFolder elsewhere;
  zip_folder(folder.path(), elsewhere / "export.zip");
  for (const std::filesystem::path& path : {folder.path(), std::filesystem::path(elsewhere / "export.zip")}) {
    const host::input::Input input = host::input::load_input(path);
    CHECK(input.kind == InputKind::edge_impulse);
    CHECK(input.bytes == kModel);
    CHECK(input.arena_bytes == 11496);
    REQUIRE(input.version.has_value());
    CHECK((*input.version)[0] == 7);
    REQUIRE(input.family.has_value());
    CHECK(((*input.family)[6] >> 4) == 8);  // a UUID of version 8
    CHECK(((*input.family)[8] >> 6) == 2);
  }
  const auto family = host::input::load_input(folder.path()).family;
  CHECK(family == host::input::load_input(elsewhere / "export.zip").family);
}

TEST_CASE("an export compiled with EON is explained and refused") {
  const TemporaryFolder folder;
  make_export(folder, "tflite_learn_5_compiled.cpp", "const ALIGN(16) int32_t tensor_data1[2] = { 1, 2, };\n",
              1);
  CHECK(contains(error_of(folder.path()), "compiled with EON"));
  CHECK(contains(error_of(folder.path()), "export again with the EON compiler switched off"));
}

TEST_CASE("folders and archives that are no export are refused") {
  const TemporaryFolder folder;
  CHECK(contains(error_of(folder.path()), "only Edge Impulse C++ library exports"));
  put_contents(folder / "broken.zip", std::string("PK\3\4") + "nothing more");
  CHECK(contains(error_of(folder / "broken.zip"), "not a sound .zip archive"));
}
