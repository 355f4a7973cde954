// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.hpp"
#include "host/numbers.hpp"
#include "patch/metadata.hpp"
#include "patch/patch_file.hpp"

namespace tmd::cli {
namespace {

struct InspectOptions {
  std::string patch;
  bool json = false;
  bool operations = false;
};

const char* digest_name(DigestKind kind) {
  return kind == DigestKind::crc32 ? "crc32" : kind == DigestKind::sha256 ? "sha256" : "none";
}

/// CRC-32 as people write it, most significant digit first; SHA-256 in the order of its bytes.
std::string digest_text(const Digest& digest) {
  if (digest.kind == DigestKind::crc32) return fmt::format("{:08x}", load_le32(digest.bytes.data()));
  return host::to_hex(digest.view());
}

nlohmann::ordered_json model_json(std::uint32_t length, const Digest& digest) {
  return {{"length", length},
          {"digest", {{"kind", digest_name(digest.kind)}, {"value", digest_text(digest)}}}};
}

/// What the body does, by kind of operation.
struct OperationSum {
  std::uint64_t count = 0;
  std::uint64_t target_bytes = 0;
  std::uint64_t patch_bytes = 0;
};

std::map<std::string, OperationSum> sum_operations(const host::PatchFile& patch) {
  std::map<std::string, OperationSum> sums;
  std::uint64_t covered = 0;
  std::uint32_t end = 0;
  const auto add_gap = [&](std::uint32_t length) {
    if (length == 0) return;
    OperationSum& kept = sums["copy from base"];
    ++kept.count;
    kept.target_bytes += length;
  };
  for (const host::Format1Chunk& chunk : patch.chunks) {
    add_gap(chunk.target_offset - end);
    end = chunk.target_offset + chunk.target_length;
    OperationSum& sum = sums[chunk.run_length ? "run-length chunk" : "raw chunk"];
    ++sum.count;
    sum.target_bytes += chunk.target_length;
    sum.patch_bytes += chunk.patch_bytes;
    covered += chunk.target_length;
  }
  if (patch.manifest.version == kFormat1) add_gap(patch.manifest.target_length - end);
  return sums;
}

nlohmann::ordered_json to_json(const InspectOptions& options, const host::PatchFile& patch) {
  const Manifest& manifest = patch.manifest;
  nlohmann::ordered_json json = {
      {"file", options.patch},
      {"bytes", patch.bytes.size()},
      {"format", manifest.version},
      {"identity", fmt::format("{:08x}", patch.identity())},
      {"base", model_json(manifest.base_length, manifest.base)},
      {"target", model_json(manifest.target_length, manifest.target)},
      {"manifest_bytes", manifest.body_offset},
      {"body_bytes", patch.body().size()},
      {"authentication_bytes", manifest.authentication_size},
      {"encrypted", manifest.encrypted},
      {"codec_parameters", manifest.codec_parameters},
  };
  json["entries"] = nlohmann::ordered_json::array();
  for (const Entry& entry : patch.entries) {
    json["entries"].push_back({{"number", static_cast<unsigned>(entry.number)},
                               {"name", host::name_of(entry.number)},
                               {"critical", entry.critical},
                               {"bytes", entry.value.size()},
                               {"value", host::describe(entry.number, entry.value)}});
  }
  json["operations"] = nlohmann::ordered_json::array();
  for (const auto& [name, sum] : sum_operations(patch)) {
    json["operations"].push_back({{"name", name},
                                  {"count", sum.count},
                                  {"target_bytes", sum.target_bytes},
                                  {"patch_bytes", sum.patch_bytes}});
  }
  return json;
}

void print_model(const char* role, std::uint32_t length, const Digest& digest) {
  fmt::print("  {:<10} {:>12} bytes  {} {}\n", role, host::with_commas(length), digest_name(digest.kind),
             digest_text(digest));
}

void print_text(const InspectOptions& options, const host::PatchFile& patch) {
  const Manifest& manifest = patch.manifest;
  fmt::print("{}: format {}, {} bytes\n", options.patch, manifest.version,
             host::with_commas(patch.bytes.size()));
  print_model("base", manifest.base_length, manifest.base);
  print_model("target", manifest.target_length, manifest.target);
  fmt::print("  {:<10} {:>12} bytes  identity {:08x}\n", "manifest",
             host::with_commas(manifest.body_offset - manifest.authentication_size), patch.identity());
  if (manifest.authenticated) {
    fmt::print("  {:<10} {:>12} bytes\n", "signature", host::with_commas(manifest.authentication_size));
  } else {
    fmt::print("  {:<10} {:>12}\n", "signature", "none");
  }
  fmt::print("  {:<10} {:>12} bytes{}\n", "body", host::with_commas(patch.body().size()),
             manifest.encrypted ? "  encrypted" : "");
  if (!patch.entries.empty()) fmt::print("entries\n");
  for (const Entry& entry : patch.entries) {
    fmt::print("  {:#04x} {:<20} {}{}\n", static_cast<unsigned>(entry.number), host::name_of(entry.number),
               host::describe(entry.number, entry.value), entry.critical ? "  (critical)" : "");
  }
  const auto sums = sum_operations(patch);
  if (!sums.empty()) fmt::print("operations            count  target bytes   patch bytes\n");
  for (const auto& [name, sum] : sums) {
    fmt::print("  {:<18} {:>6}  {:>12}  {:>12}\n", name, sum.count, host::with_commas(sum.target_bytes),
               host::with_commas(sum.patch_bytes));
  }
}

void inspect(const InspectOptions& options) {
  const host::PatchFile patch = host::open_patch(options.patch);
  if (options.json) {
    fmt::print("{}\n",
               to_json(options, patch).dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    print_text(options, patch);
  }
}

}  // namespace

void add_inspect(CLI::App& program) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = program.add_subcommand("inspect", "Show what a patch says and what it consists of");
  command->add_option("PATCH", options->patch, "The patch, of format 1 or 2")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Example:\n  tmd inspect update.tmd");
  command->callback([options] { inspect(*options); });
}

}  // namespace tmd::cli
