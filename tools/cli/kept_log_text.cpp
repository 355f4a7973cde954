// SPDX-License-Identifier: Apache-2.0
#include "cli/kept_log_text.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <ctime>
#include <string>

namespace tmd::host::cli {
namespace {

/// Seconds since 1970 as people write them, in UTC.
std::string time_text(std::uint32_t seconds) {
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts = {};
  ::gmtime_r(&time, &parts);
  char text[sizeof "2026-01-01T00:00:00Z"] = {};
  return std::string(text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts));
}

std::string version_text(const ModelVersion& version) {
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

}  // namespace

void print_log(std::FILE* out, const device::KeptLog& log) {
  fmt::print(out, "log        {} entries, {} dropped before them; chain {:08x}, {}\n", log.entries.size(),
             log.dropped, log.chain, log.is_whole ? "without a gap" : "WITH A GAP");
  for (const LogEntry& entry : log.entries) {
    fmt::print(out, "  {:>6}   {}  {:14}  {:08x}  version {}, counter {}", entry.number,
               time_text(entry.time), to_string(entry.event), entry.identity, version_text(entry.version),
               entry.security_counter);
    fmt::print(out, "{}{}\n", entry.status == Status::ok ? "" : ": ",
               entry.status == Status::ok ? "" : to_string(entry.status));
  }
}

nlohmann::ordered_json log_json(const device::KeptLog& log) {
  auto entries = nlohmann::ordered_json::array();
  for (const LogEntry& entry : log.entries) {
    entries.push_back({{"number", entry.number},
                       {"time", entry.time},
                       {"event", to_string(entry.event)},
                       {"identity", fmt::format("{:08x}", entry.identity)},
                       {"version", version_text(entry.version)},
                       {"security_counter", entry.security_counter},
                       {"status", to_string(entry.status)},
                       {"chain", fmt::format("{:08x}", entry.chain)}});
  }
  return {{"dropped", log.dropped},
          {"chain", fmt::format("{:08x}", log.chain)},
          {"whole", log.is_whole},
          {"entries", entries}};
}

}  // namespace tmd::host::cli
