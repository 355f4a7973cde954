// SPDX-License-Identifier: Apache-2.0
#include "cli/companion_options.hpp"

#include <string_view>

#include "base/files.hpp"
#include "input/labels.hpp"
#include "patch/entry_text.hpp"

namespace tmd::host::cli {
namespace {

/// The head of a CBOR item (RFC 8949, 3.1) in its shortest form.
void append_head(host::Bytes& out, unsigned major, std::size_t argument) {
  constexpr std::size_t kInHead = 24;
  const unsigned bytes = argument < kInHead ? 0 : argument <= 0xFF ? 1 : argument <= 0xFFFF ? 2 : 4;
  const unsigned width = bytes == 4 ? 26 : bytes == 2 ? 25 : 24;
  out.push_back(static_cast<std::uint8_t>(major << 5 | (bytes == 0 ? argument : width)));
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(argument >> (8 * i)));
}

void append_text(host::Bytes& out, std::string_view text) {
  constexpr unsigned kText = 3;
  append_head(out, kText, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

/// {"labels": ["…", …]}
host::Bytes cbor_of_labels(const std::vector<std::string>& labels) {
  constexpr unsigned kArray = 4;
  constexpr unsigned kMap = 5;
  host::Bytes out;
  append_head(out, kMap, 1);
  append_text(out, "labels");
  append_head(out, kArray, labels.size());
  for (const std::string& label : labels) append_text(out, label);
  return out;
}

}  // namespace

void add_companion_options(Command& command, CompanionOptions& options) {
  Option file = command.add_option("--companion", options.file,
                                   "Data that travel with the model: labels, thresholds, … (any bytes)");
  command
      .add_option("--companion-from", options.from,
                  "labels: fills them, as CBOR, with the class names that come with TARGET")
      .one_of({"labels"})
      .excludes(file);
  command.add_option("--companion-schema", options.schema,
                     "What the bytes mean, 1 to 65535: firmware that reads another schema refuses the patch");
  command.add_option("--base-companion", options.base_file,
                     "Those that devices have behind BASE, where BASE is the model alone");
}

void add_companion(std::vector<format::EntryToWrite>& entries, const CompanionOptions& options,
                   input::Input& target, const std::string& path) {
  if (!options.wanted() && options.schema != 0)
    throw UsageError("--companion-schema", "only with --companion or --companion-from");
  if (!options.wanted()) return;
  constexpr std::uint32_t kMostSchema = 0xFFFF;
  if (options.schema == 0 || options.schema > kMostSchema)
    throw UsageError("--companion-schema", "companion data need one, 1 to 65535");
  const host::Bytes data =
      options.file.empty() ? cbor_of_labels(input::labels_of(path)) : host::read_file(options.file);
  target.bytes.insert(target.bytes.end(), data.begin(), data.end());
  format::EntryToWrite entry{EntryNumber::companion, true, host::Bytes(2)};
  store_le16(entry.value.data(), static_cast<std::uint16_t>(options.schema));
  format::append_varint(entry.value, static_cast<std::uint32_t>(data.size()));
  patch::replace_entry(entries, std::move(entry));
}

void add_base_companion(host::Bytes& base, const CompanionOptions& options) {
  if (options.base_file.empty()) return;
  if (base.empty())
    throw UsageError("--base-companion", "not without a model in BASE, which they lie behind");
  const host::Bytes data = host::read_file(options.base_file);
  base.insert(base.end(), data.begin(), data.end());
}

}  // namespace tmd::host::cli
