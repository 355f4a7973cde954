// SPDX-License-Identifier: Apache-2.0
#include "model/factory_record.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "model/source_text.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/factory.hpp"

namespace tmd::host::model {
namespace {

bool is_section(const std::string& section) {
  return std::all_of(section.begin(), section.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ',' || c == '-' || c == '$';
  });
}

void check(const FactorySource& source) {
  if (const std::string fault = name_fault(source.name); !fault.empty()) throw host::Error(fault);
  if (!is_section(source.section))
    throw host::Error(fmt::format("'{}' is no name of a section", comment_text(source.section)));
}

/// "0x01, 0x02, …", sixteen a line.
std::string byte_lines(ConstBytes bytes, const char* indent) {
  constexpr std::size_t kPerLine = 16;
  std::string lines;
  lines.reserve(bytes.size() * 6);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    lines += i % kPerLine == 0 ? fmt::format("{}{}", i == 0 ? "" : "\n", indent) : " ";
    lines += fmt::format("{:#04x},", bytes[i]);
  }
  return lines + "\n";
}

std::string first_line(const FactoryRecord& record, const FactorySource& source) {
  return fmt::format(
      "{}, {} bytes: the model that this firmware leaves the factory with, at the start of slot A.",
      comment_text(source.model_name), host::with_commas(record.length));
}

}  // namespace

FactoryRecord factory_record(const host::Bytes& model, const std::array<std::uint16_t, 3>& version) {
  return {static_cast<std::uint32_t>(model.size()), version,
          digest_of(DigestKind::sha256, host::view(model))};
}

host::Bytes factory_bytes(const FactoryRecord& record) {
  host::Bytes bytes(kFactoryRecordSize);
  store_le32(bytes.data(), kFactoryRecordMagic);
  store_le32(bytes.data() + 4, record.length);
  for (std::size_t i = 0; i < 3; ++i) store_le16(bytes.data() + 8 + 2 * i, record.version[i]);
  bytes[14] = static_cast<std::uint8_t>(record.digest.kind);
  std::copy(record.digest.bytes.begin(), record.digest.bytes.end(), bytes.begin() + 16);
  store_le32(bytes.data() + 48, Crc32::of(ConstBytes(bytes.data(), 48)));
  return bytes;
}

std::string factory_header(const FactoryRecord& record, const host::Bytes& model,
                           const FactorySource& source) {
  check(source);
  std::string text = fmt::format(
      "// {}\n"
      "// Made by: tmd factory. Use it as: store.boot(firmware::{}())\n"
      "#pragma once\n\n"
      "#include <cstdint>\n\n"
      "#include \"tmd/model_store.hpp\"\n\n"
      "namespace firmware {{\n\n"
      "inline tmd::FactoryModel {}() {{\n"
      "  tmd::FactoryModel factory;\n"
      "  factory.length = {};\n"
      "  factory.version.major = {};\n"
      "  factory.version.minor = {};\n"
      "  factory.version.patch = {};\n"
      "  factory.digest = tmd::Digest{{tmd::DigestKind::sha256, {{{{\n{}"
      "  }}}}}};\n"
      "  return factory;\n"
      "}}\n",
      first_line(record, source), source.name, source.name, record.length, record.version[0],
      record.version[1], record.version[2], byte_lines(record.digest.view(), "      "));
  if (!source.section.empty()) {
    text += fmt::format(
        "\n// The model itself: include this file once.\n"
        "alignas({}) __attribute__((section(\"{}\"), used)) static const std::uint8_t {}_model[{}] = "
        "{{\n{}}};\n",
        source.alignment, source.section, source.name, record.length, byte_lines(host::view(model), "    "));
  }
  return text + "\n}  // namespace firmware\n";
}

std::string factory_c_source(const FactoryRecord& record, const host::Bytes& model,
                             const FactorySource& source) {
  check(source);
  std::string text = fmt::format(
      "/* {}\n"
      "   Made by: tmd factory. */\n"
      "#include <stdint.h>\n\n"
      "extern const uint32_t {}_length;\n"
      "extern const uint16_t {}_version[3];\n"
      "extern const uint8_t {}_digest[32];\n\n"
      "const uint32_t {}_length = {};\n"
      "const uint16_t {}_version[3] = {{{}, {}, {}}}; /* major, minor, patch */\n"
      "const uint8_t {}_digest[32] = {{ /* SHA-256 */\n{}}};\n",
      first_line(record, source), source.name, source.name, source.name, source.name, record.length,
      source.name, record.version[0], record.version[1], record.version[2], source.name,
      byte_lines(record.digest.view(), "    "));
  if (!source.section.empty()) {
    text += fmt::format(
        "\n__attribute__((section(\"{}\"), aligned({}), used))\nstatic const uint8_t {}_model[{}] = "
        "{{\n{}}};\n",
        source.section, source.alignment, source.name, record.length, byte_lines(host::view(model), "    "));
  }
  return text;
}

}  // namespace tmd::host::model
