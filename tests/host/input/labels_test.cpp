// SPDX-License-Identifier: Apache-2.0
#include "input/labels.hpp"

#include <doctest/doctest.h>

#include "support/input_files.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("the names of an export's classes are those of its firmware") {
  const TemporaryFolder folder;
  make_export(folder, "tflite_learn_5.h", edge_impulse_header("tflite_learn_5", kModel), 0);
  put_contents(folder.path() / "model-parameters" / "model_variables.h",
               "const char* ei_classifier_inferencing_categories[] = { \"idle\", \"say \\\"hi\\\"; now\" };\n"
               "const char* other[] = { \"no\" };\n");
  CHECK(host::input::labels_of(folder.path()) == std::vector<std::string>{"idle", "say \"hi\"; now"});
}

TEST_CASE("a label file that is packed with a model counts, and a model without one is an error") {
  const TemporaryFolder folder;
  put_contents(folder / "labels.txt", "idle\r\nwave\n\nsnake");
  CHECK(host::input::labels_of(folder.path()) == std::vector<std::string>{"idle", "wave", "snake"});
  const TemporaryFolder empty;
  CHECK_THROWS_AS((void)host::input::labels_of(empty.path()), host::Error);
  put_contents(empty / "model.tflite", "nothing is packed with these bytes");
  CHECK_THROWS_WITH_AS((void)host::input::labels_of(empty / "model.tflite"),
                       doctest::Contains("no names of classes come with this model"), host::Error);
}
