// SPDX-License-Identifier: Apache-2.0
#include "model/limits_json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using host::model::FirmwareFacts;
using host::model::read_limits_json;
using nlohmann::json;

namespace {

host::model::Envelope full_envelope() {
  test::ModelMaker maker = test::small_classifier();
  maker.add_custom("na\xFFme \"quoted\"", 3, {4}, {4});
  host::model::EnvelopeChoice choice;
  choice.allow_relaxed = true;
  choice.io_flexible = 3;
  host::model::Envelope envelope =
      host::model::envelope_of({{"c.tflite", test::parsed(maker), 5000, {}}}, choice);
  envelope.facts.code_digest = {0, 1, 0xFE};
  envelope.facts.accelerator = host::model::AcceleratorConfig{0x10000008, 0x11000000};
  return envelope;
}

}  // namespace

TEST_CASE("limits as JSON read back as they were meant") {
  const host::model::Envelope envelope = full_envelope();
  const host::model::LimitsFromJson back =
      read_limits_json(limits_json(envelope, "Mine", "the header"), "limits.json");
  const FirmwareFacts& facts = envelope.facts;
  CHECK(back.facts.arena_bytes == facts.arena_bytes);
  CHECK(back.facts.abi == facts.abi);
  CHECK(back.facts.operators == facts.operators);
  CHECK(back.facts.io_schema == facts.io_schema);
  CHECK(back.facts.slot_alignment == facts.slot_alignment);
  CHECK(back.facts.slot_bytes == facts.slot_bytes);
  CHECK(back.facts.code_digest == facts.code_digest);
  CHECK(back.facts.allow_relaxed == facts.allow_relaxed);
  CHECK(back.facts.io_flexible == facts.io_flexible);
  CHECK(back.facts.variables == facts.variables);
  CHECK(back.facts.variable_bytes == facts.variable_bytes);
  CHECK(back.facts.accelerator == facts.accelerator);
  CHECK(back.header_sha256 == host::model::sha256_text("the header"));
}

TEST_CASE("what a firmware does not state stays unsaid") {
  const FirmwareFacts facts = read_limits_json(host::model::limits_json({}, "Mine", ""), "limits.json").facts;
  CHECK_FALSE(facts.variables.has_value());
  CHECK_FALSE(facts.accelerator.has_value());
  CHECK(facts.operators.empty());
}

TEST_CASE("JSON that was damaged or is something else is an error with the file's name") {
  const json good = json::parse(limits_json(full_envelope(), "Mine", ""));
  const auto refused = [](const std::string& text) {
    CHECK_THROWS_WITH_AS((void)read_limits_json(text, "limits.json"), doctest::Contains("limits.json: "),
                         host::Error);
  };
  refused("");
  refused("{}");
  refused("[1]");
  refused(R"({"kind": "something else"})");
  CHECK_THROWS_WITH_AS((void)read_limits_json(std::string(1'000'000, '['), "limits.json"),
                       doctest::Contains("nested more than 32 levels deep"), host::Error);
  const auto with = [&](const char* key, const json& value) {
    json changed = good;
    changed[key] = value;
    return changed.dump();
  };
  (void)read_limits_json(good.dump(), "limits.json");
  for (const json& value : {json(-1), json(4294967296), json(1.5), json("100"), json(nullptr)})
    refused(with("arena_bytes", value));
  refused(with("abi", 65536));
  refused(with("io_schema", "0"));
  refused(with("io_schema", "0g"));
  refused(with("version", 2));
  refused(with("operators", json::array({json::object()})));
  for (const auto& item : good.items()) {
    const std::string key = item.key();
    if (key == "notes" || key == "structure") continue;
    CAPTURE(key);
    json without = good;
    without.erase(key);
    refused(without.dump());
  }
}
