// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/input_files.hpp"

using namespace tmd;
using namespace tmd::test;
using host::input::Input;

TEST_CASE("a .tflite file is recognised by its content, whatever its name") {
  const TemporaryFolder folder;
  put_contents(folder / "model.bin", as_string(kModel));
  const host::input::Input input = host::input::load_input(folder / "model.bin");
  CHECK(input.kind == InputKind::tflite);
  CHECK(input.bytes == kModel);
}

TEST_CASE("binary content of no known form is plain bytes, and so is everything where that is asked for") {
  const TemporaryFolder folder;
  put_contents(folder / "weights.bin", std::string("\0\1\2", 3));
  CHECK(host::input::load_input(folder / "weights.bin").kind == InputKind::raw);
  CHECK(host::input::load_input(folder / "weights.bin").bytes == Bytes{0, 1, 2});
  put_contents(folder / "note.txt", "just text");
  put_contents(folder / "model.h", xxd("model", kModel));
  host::input::InputChoice raw;
  raw.raw = true;
  CHECK(host::input::load_input(folder / "model.h", raw).bytes.size() ==
        contents_of(folder / "model.h").size());
  raw.raw = true;
  CHECK(host::input::load_input(folder / "note.txt", raw).bytes.size() == 9);
  CHECK(contains(error_of(folder / "absent"), "absent"));
}

TEST_CASE("a base may be /dev/null, which is no model; nothing else may be empty, in whatever form") {
  CHECK(host::input::load_base("/dev/null").bytes.empty());
  CHECK(contains(error_of("/dev/null"), "/dev/null: this is empty, no model"));
  const TemporaryFolder folder;
  const std::string empty = folder / "empty.tflite";
  put_contents(empty, "");
  CHECK_THROWS_WITH_AS(host::input::load_base(empty), doctest::Contains("give /dev/null"), host::Error);
  host::input::InputChoice raw;
  raw.raw = true;
  CHECK(contains(error_of(empty), "this is empty, no model"));
  CHECK(contains(error_of(empty, raw), "this is empty, no model"));
  CHECK_THROWS_WITH_AS(host::input::load_base(empty, raw), doctest::Contains("give /dev/null"), host::Error);
  put_contents(folder / "array.c", "const unsigned char model[] = {};");
  CHECK_FALSE(error_of(folder / "array.c").empty());
}

TEST_CASE("a TFLite model and something else are no pair, unless that is asked for") {
  Input model, other;
  const Input nothing;
  model.bytes = kModel;
  other.bytes = {0, 1, 2};
  const auto check = [](const Input& base, const Input& target, bool raw = false) {
    host::input::InputChoice choice;
    choice.raw = raw;
    host::input::check_same_kind(base, "old", target, "new", choice);
  };
  CHECK_THROWS_WITH_AS(check(model, other), doctest::Contains("old is a TFLite model and new is none"),
                       host::Error);
  CHECK_THROWS_WITH_AS(check(other, model), doctest::Contains("new is a TFLite model and old is none"),
                       host::Error);
  CHECK_NOTHROW(check(model, model));
  CHECK_NOTHROW(check(other, other));
  CHECK_NOTHROW(check(nothing, model));
  CHECK_NOTHROW(check(model, other, true));
}

TEST_CASE("a part that none of the files can have is refused, one that a single file has is enough") {
  host::input::InputChoice section, symbol;
  section.section = symbol.symbol = "model";
  const host::input::ReadFile elf{InputKind::elf, "app.elf"}, source{InputKind::c_array, "model.c"},
      model{InputKind::tflite, "model.tflite"};
  const auto check = host::input::check_part_is_there;
  CHECK_THROWS_WITH_AS(check({source, model}, section),
                       "model.tflite is a TFLite model, for which --section means nothing: leave it out",
                       host::Error);
  CHECK_THROWS_WITH_AS(check({model}, symbol), doctest::Contains("for which --symbol means nothing"),
                       host::Error);
  CHECK_NOTHROW(check({model, elf}, section));
  CHECK_NOTHROW(check({elf, model}, section));
  CHECK_NOTHROW(check({source, model}, symbol));
  CHECK_NOTHROW(check({model}, {}));
}
