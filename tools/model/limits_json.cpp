// SPDX-License-Identifier: Apache-2.0
#include "model/limits_json.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/parse_json.hpp"
#include "model/model_entries.hpp"
#include "tmd/digest/digests.hpp"

namespace tmd::host::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKind = "tmd limits";
constexpr unsigned kVersion = 1;

/// As `to_hex` writes them: digits only, without the dashes that people may put between.
host::Bytes bytes_of_hex(const std::string& text) {
  if (text.find('-') != text.npos) throw std::invalid_argument("no byte");
  return host::from_hex(text);
}

ConstBytes bytes_of_text(const std::string& text) {
  return ConstBytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

Json operators_json(const std::vector<UsedOperator>& operators) {
  Json list = Json::array();
  for (const UsedOperator& op : operators) {
    // Custom names are bytes of a model's author: JSON strings are UTF-8, so they go as hexadecimal besides.
    const std::string& custom = op.code.custom_name;
    list.push_back({{"code", static_cast<int>(op.code.builtin)},
                    {"name", operator_name(op.code)},
                    {"version", op.code.version},
                    {"features", op.features},
                    {"custom_name", host::to_hex(bytes_of_text(custom))}});
  }
  return list;
}

/// A number of at most so many; nlohmann would wrap what is out of range.
template <class Number>
Number number_at(const Json& object, const char* key) {
  const Json& value = object.at(key);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<Number>::max())
    throw std::invalid_argument(std::string(key) + " is no number in range");
  return value.get<Number>();
}

std::optional<std::uint32_t> optional_at(const Json& object, const char* key) {
  if (object.at(key).is_null()) return std::nullopt;
  return number_at<std::uint32_t>(object, key);
}

Json or_null(const std::optional<std::uint32_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

std::vector<UsedOperator> operators_at(const Json& list) {
  std::vector<UsedOperator> operators;
  for (const Json& item : list) {
    UsedOperator op;
    op.code.builtin = static_cast<BuiltinOperator>(number_at<std::uint16_t>(item, "code"));
    op.code.version = number_at<std::uint16_t>(item, "version");
    const host::Bytes name = bytes_of_hex(item.at("custom_name").get<std::string>());
    op.code.custom_name.assign(name.begin(), name.end());
    op.features = number_at<std::uint32_t>(item, "features");
    operators.push_back(op);
  }
  return operators;
}

FirmwareFacts facts_at(const Json& json) {
  FirmwareFacts facts;
  facts.arena_bytes = number_at<std::uint32_t>(json, "arena_bytes");
  facts.abi = number_at<std::uint16_t>(json, "abi");
  facts.operators = operators_at(json.at("operators"));
  facts.io_schema = bytes_of_hex(json.at("io_schema").get<std::string>());
  facts.slot_alignment = number_at<std::uint32_t>(json, "slot_alignment");
  facts.slot_bytes = number_at<std::uint32_t>(json, "slot_bytes");
  facts.code_digest = bytes_of_hex(json.at("code_digest").get<std::string>());
  facts.allow_relaxed = json.at("allow_relaxed").get<bool>();
  facts.io_flexible = number_at<std::uint8_t>(json, "io_flexible");
  facts.variables = optional_at(json, "variables");
  facts.variable_bytes = optional_at(json, "variable_bytes");
  if (const Json& part = json.at("accelerator"); !part.is_null())
    facts.accelerator =
        AcceleratorConfig{number_at<std::uint32_t>(part, "config"), number_at<std::uint32_t>(part, "id")};
  return facts;
}

}  // namespace

std::string sha256_text(const std::string& text) {
  return host::to_hex(digest_of(DigestKind::sha256, bytes_of_text(text)).view());
}

std::string limits_json(const Envelope& envelope, const std::string& structure, const std::string& header) {
  const FirmwareFacts& facts = envelope.facts;
  Json json = {{"kind", kKind},
               {"version", kVersion},
               {"structure", "firmware::" + structure},
               {"header_sha256", sha256_text(header)},
               {"notes", envelope.notes},
               {"arena_bytes", facts.arena_bytes},
               {"abi", facts.abi},
               {"operators", operators_json(facts.operators)},
               {"io_schema", host::to_hex(host::view(facts.io_schema))},
               {"io_flexible", facts.io_flexible},
               {"slot_alignment", facts.slot_alignment},
               {"slot_bytes", facts.slot_bytes},
               {"code_digest", host::to_hex(host::view(facts.code_digest))},
               {"allow_relaxed", facts.allow_relaxed},
               {"variables", or_null(facts.variables)},
               {"variable_bytes", or_null(facts.variable_bytes)},
               {"accelerator", nullptr}};
  if (facts.accelerator)
    json["accelerator"] = {{"config", facts.accelerator->config}, {"id", facts.accelerator->id}};
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

LimitsFromJson read_limits_json(const std::string& text, const std::string& name) {
  try {
    const Json json = parse_json(text);
    if (json.at("kind") != kKind) throw std::invalid_argument("it is JSON of another kind");
    if (json.at("version") != kVersion) throw std::invalid_argument("it is of another version");
    return {facts_at(json), json.at("header_sha256").get<std::string>()};
  } catch (const std::exception& error) {
    throw host::Error(
        fmt::format("{}: these are no limits as tmd limits writes them: {}", name, error.what()));
  }
}

bool looks_like_json(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '{';
}

}  // namespace tmd::host::model
