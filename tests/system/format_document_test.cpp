// SPDX-License-Identifier: Apache-2.0
// The numbers in docs/format.md are those of the headers.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include "support/corpus.hpp"
#include "tmd/internal/format/format1.hpp"
#include "tmd/internal/format/format2.hpp"

using namespace tmd;

namespace {

std::string document() {
  const auto bytes = test::read_file(std::filesystem::path(TMD_SOURCE_ROOT) / "docs" / "format.md");
  return std::string(bytes.begin(), bytes.end());
}

void check_row(const std::string& text, EntryNumber number, const std::string& name) {
  char row[64];
  std::snprintf(row, sizeof(row), "| 0x%02X | %s |", static_cast<unsigned>(number), name.c_str());
  CAPTURE(row);
  CHECK(text.find(row) != std::string::npos);
}

}  // namespace

TEST_CASE("docs/format.md lists every entry under its number") {
  const std::string text = document();
  check_row(text, EntryNumber::arena_bytes, "arena bytes");
  check_row(text, EntryNumber::abi, "ABI");
  check_row(text, EntryNumber::operator_set, "operator set");
  check_row(text, EntryNumber::io_schema, "I/O schema");
  check_row(text, EntryNumber::alignment, "alignment");
  check_row(text, EntryNumber::model_version, "model version");
  check_row(text, EntryNumber::security_counter, "security counter");
  check_row(text, EntryNumber::family, "family");
  check_row(text, EntryNumber::device_class, "device class");
  check_row(text, EntryNumber::architecture, "architecture");
  check_row(text, EntryNumber::certificate, "certificate");
  check_row(text, EntryNumber::lineage, "lineage");
  check_row(text, EntryNumber::features, "features");
  check_row(text, EntryNumber::validation, "validation mode");
  check_row(text, EntryNumber::cipher, "cipher");
  check_row(text, EntryNumber::self_test, "self-test");
  check_row(text, EntryNumber::code_digest, "code digest");
  check_row(text, EntryNumber::revoked_keys, "revoked keys");
  check_row(text, EntryNumber::note, "note");
  check_row(text, EntryNumber::variables, "resource variables");
  check_row(text, EntryNumber::accelerator, "accelerator");
  check_row(text, EntryNumber::model_format, "model format");
  check_row(text, EntryNumber::companion, "companion");
  CHECK(text.find("| 0x60–0x7F | vendor |") != std::string::npos);
  CHECK(static_cast<unsigned>(EntryNumber::first_vendor) == 0x60);
}

TEST_CASE("docs/format.md gives the limits of the headers") {
  const std::string text = document();
  CHECK(format2::kMaxPartSize == 65535);
  CHECK(text.find("| entries length | varint | at most 65,535 |") != std::string::npos);
  CHECK(format2::kCheckSize == 2);
  CHECK(text.find("| check | 2 | the low 16 bits") != std::string::npos);
  CHECK(format1::kHeaderSize == 80);
  CHECK(text.find("| 80 | | metadata, then the chunks |") != std::string::npos);
  CHECK(format1::kOriginalRunLengthLimit == 1024);
  CHECK(text.find("decode to at most 1,024 bytes") != std::string::npos);
  CHECK(text.find("bits 0–1 digest kind: 1 CRC-32, 2 SHA-256 · bit 2 authenticated · bit 3 encrypted") !=
        std::string::npos);
  CHECK(format2::kAuthenticated == 1U << 2);
  CHECK(format2::kEncrypted == 1U << 3);
}
