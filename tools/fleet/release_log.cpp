// SPDX-License-Identifier: Apache-2.0
#include "fleet/release_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.hpp"
#include "base/parse_json.hpp"

namespace tmd::host::fleet {
namespace {

using Json = nlohmann::ordered_json;

std::string sha256_of_line(std::string_view line) {
  return sha256_text(ConstBytes(reinterpret_cast<const std::uint8_t*>(line.data()), line.size()));
}

Json json_of(const ReleaseEntry& entry, const std::string& previous) {
  return {{"previous", previous},
          {"time", entry.time},
          {"who", entry.who},
          {"action", entry.action == ReleaseEntry::Action::publish ? "publish" : "withdraw"},
          {"channel", entry.channel},
          {"percent", entry.percent},
          {"release", Json::parse(to_json(entry.release))}};
}

ReleaseEntry entry_of(const Json& json) {
  ReleaseEntry entry;
  const std::string action = json.at("action").get<std::string>();
  if (action != "publish" && action != "withdraw") throw Error("an action that is not known");
  entry.action = action == "publish" ? ReleaseEntry::Action::publish : ReleaseEntry::Action::withdraw;
  entry.time = json.at("time").get<std::string>();
  entry.who = json.at("who").get<std::string>();
  entry.channel = json.at("channel").get<std::string>();
  if (!is_channel(entry.channel)) throw Error(fmt::format("'{}' is no name for a channel", entry.channel));
  const Json& percent = json.at("percent");
  if (!percent.is_number_unsigned() || percent.get<std::uint64_t>() > 100)
    throw Error(fmt::format("{} is no percentage", percent.dump()));
  entry.percent = percent.get<unsigned>();
  entry.release = parse_fleet_manifest(json.at("release").dump(), "its release");
  if (entry.action == ReleaseEntry::Action::publish && entry.release.patches.empty())
    throw Error("it publishes no patch");
  entry.signature = json.value("signature", "");
  return entry;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

/// The whole line: what is signed, and the signature.
std::string line_of(const ReleaseEntry& entry, const std::string& previous) {
  Json json = json_of(entry, previous);
  if (!entry.signature.empty()) json["signature"] = entry.signature;
  return text_of(json);
}

}  // namespace

bool is_channel(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

ReleaseLog::ReleaseLog(std::string_view text) {
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    try {
      if (end == std::string_view::npos) throw Error("the line has no end");
      const std::string line(text.substr(0, end));
      const Json json = parse_json(line);
      if (json.at("previous").get<std::string>() != last_digest_)
        throw Error("it does not name the line before it: a line was changed, removed or put in");
      ReleaseEntry entry = entry_of(json);
      // A signature is over what is read of a line: what else stood in it nobody would have signed.
      if (line != line_of(entry, last_digest_))
        throw Error("it is not as tmd publish writes it: what else it says is signed by nobody");
      entries_.push_back(std::move(entry));
      last_digest_ = sha256_of_line(line);
      text_ += line + "\n";
      text.remove_prefix(end + 1);
    } catch (const std::exception& error) {
      throw Error(fmt::format("line {} of the log: {}", number, error.what()));
    }
  }
}

void ReleaseLog::append(ReleaseEntry entry, const Sign& sign) {
  if (sign) entry.signature = sign(text_of(json_of(entry, last_digest_)));
  const std::string line = line_of(entry, last_digest_);
  last_digest_ = sha256_of_line(line);
  text_ += line + "\n";
  entries_.push_back(std::move(entry));
}

void ReleaseLog::for_each_signature(
    const std::function<void(const std::string&, const std::string&)>& check) const {
  std::string previous;
  std::string_view text = text_;
  for (const ReleaseEntry& entry : entries_) {
    check(text_of(json_of(entry, previous)), entry.signature);
    const std::size_t end = text.find('\n');
    previous = sha256_of_line(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

}  // namespace tmd::host::fleet
