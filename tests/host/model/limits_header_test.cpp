// SPDX-License-Identifier: Apache-2.0
#include "model/limits_header.hpp"

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "classifier_limits.hpp"  // written by write_limits.cpp
#include "model/firmware_facts.hpp"
#include "model/model_entries.hpp"
#include "model/reader.hpp"
#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using test::ModelMaker;
using test::parsed;

namespace {

/// What a device with the limits of the small classifier says to a patch for `target`.
Status device_says(const ModelMaker& target) {
  FirmwareLimits<firmware::ClassifierLimits> limits;
  Status status = limits.begin(ValidationMode::strict);
  for (const host::format::EntryToWrite& entry : host::model::manifest_entries(parsed(target))) {
    if (status == Status::ok) status = limits.entry(entry.number, host::view(entry.value));
  }
  return status == Status::ok ? limits.end() : status;
}

ModelMaker with_custom(const std::string& name) {
  ModelMaker maker = test::small_classifier();
  maker.add_custom(name, 2, {4}, {4});
  return maker;
}

}  // namespace

TEST_CASE("a device with a model's limits takes that model") {
  CHECK(device_says(with_custom("post\"process\\?")) == Status::ok);
  CHECK(device_says(test::small_classifier()) == Status::ok);
}

TEST_CASE("a device with a model's limits refuses what its firmware cannot run") {
  CHECK(device_says(with_custom("post-process")) == Status::operator_missing);

  ModelMaker maker = test::small_classifier();
  SUBCASE("a new operator") {
    maker.add(test::BuiltinOperator::LOGISTIC, 1, {4}, {4});
    CHECK(device_says(maker) == Status::operator_missing);
  }
  SUBCASE("a newer version of an operator") {
    maker.model.operator_codes[0]->version = 9;
    CHECK(device_says(maker) == Status::operator_missing);
  }
  SUBCASE("another input shape") {
    maker.tensor_at(0).shape = {1, 1, 4};
    CHECK(device_says(maker) == Status::io_mismatch);
  }
  SUBCASE("a larger arena") {
    maker.tensor_at(3).shape = {1, 4000};
    CHECK(device_says(maker) == Status::arena_too_small);
  }
}

TEST_CASE("a limits header reads back as it was meant") {
  const host::model::Model model = parsed(with_custom("a // \"name\"; with\\everything\n"));
  host::model::LimitsChoice choice;
  choice.arena.explicit_bytes = 54320;
  choice.allow_relaxed = true;
  const host::model::FirmwareFacts facts =
      host::model::read_limits_header(host::model::limits_header(model, choice), "limits.hpp");
  CHECK(facts.arena_bytes == 54320);
  CHECK(facts.abi == 3);
  CHECK(facts.slot_alignment == 16);
  CHECK(facts.allow_relaxed);
  CHECK(facts.operators == host::model::operators_used(model));
  CHECK(facts.io_schema == host::model::encode_io_schema(model));
}

TEST_CASE("a file that is no limits header is an error with its name") {
  CHECK_THROWS_WITH_AS((void)host::model::read_limits_header("#pragma once\n", "config.h"),
                       "config.h: there is no FirmwareStatement in it; is it a header made by tmd limits?",
                       host::Error);
  CHECK_THROWS_AS((void)host::model::read_limits_header("FirmwareStatement kArenaBytes = 99999999999;", "x"),
                  host::Error);
}

TEST_CASE("a header is read to the letter: plain values, or an error, never a guess") {
  const std::string header =
      host::model::limits_header(parsed(test::small_classifier()), host::model::LimitsChoice());
  const auto with = [&](const std::string& line) {
    std::string text = header;
    const std::size_t start = text.find("  static constexpr std::uint32_t kArenaBytes");
    text.replace(start, text.find('\n', start) - start, line);
    return host::model::read_limits_header(text, "limits.hpp").arena_bytes;
  };
  CHECK(with("  static constexpr std::uint32_t kArenaBytes = 102'400;") == 102400);
  CHECK(with("  static constexpr std::uint32_t kArenaBytes = 0x19000U;  // as it was: 5") == 102400);
  CHECK(with("  static constexpr std::uint32_t kArenaBytes = /* 5 */ 102400;") == 102400);
  CHECK(with("  // static constexpr std::uint32_t kArenaBytes = 5;") == 0);
  CHECK(with("  /* static constexpr std::uint32_t kArenaBytes = 5; */") == 0);
  for (const char* value :
       {" = 100 * 1024", " = sizeof(arena)", "{102400}", " = kArena", " = 0144", " = 1e5", ""}) {
    CAPTURE(value);
    const std::string line = std::string("  static constexpr std::uint32_t kArenaBytes") + value + ";";
    CHECK_THROWS_WITH_AS((void)with(line), doctest::Contains("limits.hpp: "), host::Error);
  }
  CHECK_THROWS_AS((void)with("#if FAST\n  static constexpr std::uint32_t kArenaBytes = 5;\n#endif"),
                  host::Error);
  CHECK_THROWS_AS((void)with("  static constexpr std::uint32_t kArenaBytes = 5;\n"
                             "  static constexpr std::uint32_t kArenaBytes = 6;"),
                  host::Error);
}

TEST_CASE("an operator is added to a header by one line, and taken out by a comment") {
  const std::string header =
      host::model::limits_header(parsed(test::small_classifier()), host::model::LimitsChoice());
  const std::size_t count = host::model::read_limits_header(header, "limits.hpp").operators.size();
  const auto with_line = [&](const std::string& line) {
    std::string text = header;
    text.insert(text.find("      {", text.find("kOperatorList[]")), line);
    return host::model::read_limits_header(text, "limits.hpp").operators;
  };
  CHECK(with_line("      {0, 2, nullptr},\n").size() == count + 1);
  CHECK(with_line("      {0, 2},  // ADD\n").front().code.version == 2);
  CHECK(with_line("      /* {0, 2, nullptr}, */\n").size() == count);
  CHECK_THROWS_AS((void)with_line("      {tflite::BuiltinOperator_ADD, 2, nullptr},\n"), host::Error);
  CHECK_THROWS_AS((void)with_line("      {0},\n"), host::Error);
  std::string counted = header;
  const std::string computed = "sizeof kOperatorList / sizeof kOperatorList[0]";
  REQUIRE(counted.find(computed) != std::string::npos);
  counted.replace(counted.find(computed), computed.size(), std::to_string(count + 1));
  CHECK_THROWS_WITH_AS((void)host::model::read_limits_header(counted, "limits.hpp"),
                       doctest::Contains("the list has"), host::Error);
}

TEST_CASE("lists of a header are inline variables: as gnu++14 they need no definition elsewhere either") {
  const std::string header =
      host::model::limits_header(parsed(test::small_classifier()), host::model::LimitsChoice());
  unsigned lists = 0;
  for (std::size_t at = 0; (at = header.find("[] = {", at)) != std::string::npos; ++at, ++lists)
    CHECK(header.find("static inline constexpr", header.rfind('\n', at)) < at);
  CHECK(lists == 2);
}

TEST_CASE("a structure needs a C++ name") {
  host::model::LimitsChoice choice;
  choice.structure = "my-limits";
  CHECK_THROWS_AS((void)host::model::limits_header(parsed(test::small_classifier()), choice), host::Error);
}

TEST_CASE("a structure has the name of nothing else in its header, the comment at the top aside") {
  host::model::LimitsChoice choice;
  choice.model_name = "gesture Motion(1) = 2";
  const auto header = [&](const char* name) {
    choice.structure = name;
    return host::model::limits_header(parsed(test::small_classifier()), choice);
  };
  // A number, a list and a function.
  for (const char* name : {"kArenaBytes", "kOperatorList", "add_operators"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS((void)header(name), doctest::Contains("is the name of something else in the header"),
                         host::Error);
  }
  CHECK_NOTHROW((void)header("Motion"));
}
