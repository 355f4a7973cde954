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
  choice.arena.explicit_bytes = 54321;
  choice.allow_relaxed = true;
  const host::model::FirmwareFacts facts =
      host::model::read_limits_header(host::model::limits_header(model, choice), "limits.hpp");
  CHECK(facts.arena_bytes == 54321);
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

TEST_CASE("a structure needs a C++ name") {
  host::model::LimitsChoice choice;
  choice.structure = "my-limits";
  CHECK_THROWS_AS((void)host::model::limits_header(parsed(test::small_classifier()), choice), host::Error);
}
