// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/explanation.hpp"
#include "cli/input_options.hpp"
#include "codec/encode_body.hpp"
#include "input/load_input.hpp"
#include "patch/entry_text.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::cli {
namespace {

struct InspectOptions {
  std::string patch;
  bool json = false;
  bool operations = false;
  std::string base;
  input::InputChoice input;
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

std::map<std::string, OperationSum> sum_operations(const patch::PatchFile& patch) {
  std::map<std::string, OperationSum> sums;
  std::uint32_t end = 0;
  const auto add_gap = [&](std::uint32_t length) {
    if (length == 0) return;
    OperationSum& kept = sums["copy from base"];
    ++kept.count;
    kept.target_bytes += length;
  };
  for (const patch::Format1Chunk& chunk : patch.chunks) {
    add_gap(chunk.target_offset - end);
    end = chunk.target_offset + chunk.target_length;
    OperationSum& sum = sums[chunk.run_length ? "run-length chunk" : "raw chunk"];
    ++sum.count;
    sum.target_bytes += chunk.target_length;
    sum.patch_bytes += chunk.patch_bytes;
  }
  if (patch.manifest.version == kFormat1) add_gap(patch.manifest.target_length - end);
  return sums;
}

using OnOperation = std::function<void(const host::ExplainedRegion&)>;

host::Bytes read_base(const InspectOptions& options, const patch::PatchFile& patch) {
  if (options.base.empty()) return {};
  const input::Input input = input::load_base(options.base, options.input);
  input::check_part_is_there({{input.kind, options.base}}, options.input);
  const Manifest& manifest = patch.manifest;
  const bool has_digest = manifest.base.kind != DigestKind::none;
  if (input.bytes.size() != manifest.base_length ||
      (has_digest && host::digest_of_file(manifest.base.kind, host::view(input.bytes)) != manifest.base)) {
    throw host::Error(
        fmt::format("{} is not the base of {}; give the very model that the patch was made from",
                    options.base, options.patch));
  }
  return input.bytes;
}

/// Where the bytes of the body went, operation by operation. A format 2 body can only be read along its base,
/// because what is predicted from the base takes part in how the rest is coded.
void read_operations(const InspectOptions& options, const patch::PatchFile& patch,
                     const OnOperation& on_operation) {
  const Manifest& manifest = patch.manifest;
  const host::Bytes base = read_base(options, patch);
  for (const patch::Format1Chunk& chunk : patch.chunks) {
    on_operation({"", chunk.run_length ? "run-length chunk" : "raw chunk", chunk.target_offset,
                  chunk.target_length, 0, 8.0 * chunk.patch_bytes, chunk.target_length});
  }
  if (manifest.version == kFormat1) return;
  if (options.base.empty()) {
    throw UsageError("--operations", "a format 2 body is read along its base: give --base FILE");
  }
  if (manifest.encrypted) {
    throw host::Error(
        fmt::format("{}: the body is encrypted; inspect the patch before it is encrypted", options.patch));
  }
  host::DecodedBody body = host::decode_body(host::view(base), manifest.codec_parameters, patch.body(),
                                             manifest.target_length, patch.window(), on_operation);
  const bool is_right =
      host::digest_of_file(manifest.target.kind, host::view(body.target)) == manifest.target;
  if (body.status == Status::ready_to_finish && !is_right) body.status = Status::target_mismatch;
  if (body.status != Status::ready_to_finish) throw host::Error(patch::explain(options.patch, body.status));
}

/// Objects for programs take memory: of a hostile patch, more than there is.
nlohmann::ordered_json regions_json(const InspectOptions& options, const patch::PatchFile& patch) {
  constexpr std::size_t kMost = 1000000;
  auto regions = nlohmann::ordered_json::array();
  read_operations(options, patch, [&](const host::ExplainedRegion& region) {
    if (regions.size() == kMost)
      throw host::Error(
          fmt::format("{}: the body has more than {} operations; without --json they are summed up",
                      options.patch, kMost));
    regions.push_back(explanation_json(region));
  });
  return regions;
}

nlohmann::ordered_json to_json(const InspectOptions& options, const patch::PatchFile& patch) {
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
      {"way_back_bytes", patch.way_back().size()},
      {"authentication_bytes", manifest.authentication_size},
      {"encrypted", manifest.encrypted},
      {"codec_parameters", manifest.codec_parameters},
  };
  json["entries"] = nlohmann::ordered_json::array();
  for (const Entry& entry : patch.entries) {
    json["entries"].push_back({{"number", static_cast<unsigned>(entry.number)},
                               {"name", patch::name_of(entry.number)},
                               {"critical", entry.critical},
                               {"bytes", entry.value.size()},
                               {"value", patch::describe(entry.number, entry.value)}});
  }
  json["operations"] = nlohmann::ordered_json::array();
  for (const auto& [name, sum] : sum_operations(patch)) {
    json["operations"].push_back({{"name", name},
                                  {"count", sum.count},
                                  {"target_bytes", sum.target_bytes},
                                  {"patch_bytes", sum.patch_bytes}});
  }
  if (options.operations || !options.base.empty()) json["regions"] = regions_json(options, patch);
  return json;
}

void print_model(const char* role, std::uint32_t length, const Digest& digest) {
  fmt::print("  {:<10} {:>12} bytes  {} {}\n", role, host::with_commas(length), digest_name(digest.kind),
             digest_text(digest));
}

void print_text(const InspectOptions& options, const patch::PatchFile& patch) {
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
  if (!patch.way_back().empty())
    fmt::print("  {:<10} {:>12} bytes\n", "way back", host::with_commas(patch.way_back().size()));
  if (!patch.entries.empty()) fmt::print("entries\n");
  for (const Entry& entry : patch.entries) {
    fmt::print("  {:#04x} {:<20} {}{}\n", static_cast<unsigned>(entry.number), patch::name_of(entry.number),
               patch::describe(entry.number, entry.value), entry.critical ? "  (critical)" : "");
  }
  if (manifest.version != kFormat1 && options.base.empty()) {
    fmt::print("operations: give --base FILE, along which a format 2 body is read\n");
  }
  const auto sums = sum_operations(patch);
  if (!sums.empty()) fmt::print("operations            count  target bytes   patch bytes\n");
  for (const auto& [name, sum] : sums) {
    fmt::print("  {:<18} {:>6}  {:>12}  {:>12}\n", name, sum.count, host::with_commas(sum.target_bytes),
               host::with_commas(sum.patch_bytes));
  }
}

/// One line for each operation, in the order of the target.
void print_operations(const InspectOptions& options, const patch::PatchFile& patch) {
  fmt::print("\n{:>12} {:>12} {:>12} {:>12}  {}\n", "target", "bytes", "source", "patch bytes", "operation");
  read_operations(options, patch, [](const host::ExplainedRegion& region) {
    fmt::print("{:>12} {:>12} {:>12} {:>12.1f}  {}\n", region.target_offset, region.target_length,
               region.source_offset, region.bits / 8, region.operation);
  });
  fmt::print("\n");
}

void inspect(const InspectOptions& options) {
  if (options.base.empty()) refuse_input_options(options.input, "only with --base");
  const patch::PatchFile patch = patch::open_patch(options.patch);
  if (options.json) {
    fmt::print("{}\n",
               to_json(options, patch).dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  // All that can fail comes before the first line is printed.
  const bool explain = options.operations || !options.base.empty();
  Explanation explanation;
  if (explain)
    read_operations(options, patch, [&](const host::ExplainedRegion& region) { explanation.add(region); });
  print_text(options, patch);
  if (options.operations) print_operations(options, patch);
  if (explain) explanation.print(stdout);
}

}  // namespace

void add_inspect(Command& program) {
  auto options = std::make_shared<InspectOptions>();
  Command command = program.add_subcommand("inspect", "Show what a patch says and what it consists of");
  command.add_option("PATCH", options->patch, "The patch, of format 1 or 2").required();
  command.add_flag("--json", options->json, "Print JSON");
  command.add_flag("--operations", options->operations, "List every operation of the body, with its bytes");
  command.add_option("--base", options->base,
                     "The base, along which a format 2 body is read: sums up its operations");
  add_input_options(command, options->input);
  command.footer("Example:\n  tmd inspect update.tmd");
  command.callback([options] { inspect(*options); });
}

}  // namespace tmd::host::cli
