// SPDX-License-Identifier: Apache-2.0
// The records themselves; whole files, and one format in another: packed_files_test.cpp.
#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "input/packed_files.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::host::input;
using tmd::host::Error;

namespace {

ConstBytes bytes_of(const std::string& text) {
  return ConstBytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}
// Published examples: the first line of Wikipedia's Intel HEX, and of its S-record page.
const std::string kHexLine = ":10010000214601360121470136007EFE09D2190140\n";
const std::string kHexEnd = ":00000001FF\n";
const std::string kSHeader = "S00F000068656C6C6F202020202000003C\n";
const std::string kSLine = "S11F00007C0802A6900100049421FFF07C6C1B787C8C23783C6000003863000026\n";
const std::string kSEnd = "S9030000FC\n";

host::Bytes from_hex(const std::string& text) {
  return read_intel_hex(bytes_of(text));
}
host::Bytes from_s(const std::string& text) {
  return read_s_record(bytes_of(text));
}

}  // namespace

TEST_CASE("published lines are read, with any line ends") {
  CHECK(is_intel_hex(bytes_of(kHexLine + kHexEnd)));
  CHECK(is_s_record(bytes_of(kSHeader + kSLine + kSEnd)));
  CHECK_FALSE(is_intel_hex(bytes_of(kSHeader)));
  CHECK_FALSE(is_s_record(bytes_of(kHexLine)));
  CHECK(from_hex(kHexLine + kHexEnd).size() == 16);
  CHECK(from_hex(kHexLine + kHexEnd)[1] == 0x46);
  CHECK(from_s(kSHeader + kSLine + kSEnd).size() == 28);
  CHECK(from_s(kSHeader + kSLine + kSEnd)[0] == 0x7C);
  CHECK(from_hex(":10010000214601360121470136007EFE09D2190140\r\n\r\n:00000001FF").size() == 16);
}

TEST_CASE("a digit that changes, a line that is missing its end, and what follows the last one are errors") {
  std::string damaged = kHexLine;
  damaged[12] = '7';
  CHECK_THROWS_WITH_AS((void)from_hex(damaged + kHexEnd), doctest::Contains("line 1 is damaged"), Error);
  CHECK_THROWS_WITH_AS((void)from_hex(kHexLine + kHexLine.substr(0, 20) + "\n" + kHexEnd),
                       doctest::Contains("line 2 is damaged"), Error);
  CHECK_THROWS_WITH_AS((void)from_hex(kHexLine), doctest::Contains("cut off"), Error);
  CHECK_THROWS_WITH_AS((void)from_hex(kHexEnd + kHexLine), doctest::Contains("more behind its last record"),
                       Error);
  damaged = kSLine;
  damaged[20] = damaged[20] == '0' ? '1' : '0';
  CHECK_THROWS_WITH_AS((void)from_s(kSHeader + damaged + kSEnd), doctest::Contains("line 2 is damaged"),
                       Error);
  CHECK_THROWS_WITH_AS((void)from_s(kSHeader + kSLine), doctest::Contains("cut off"), Error);
}

TEST_CASE("addresses of segments and of 32 bits join what belongs together, and gaps are errors") {
  // 0x0FFF0 + 16 bytes, then segment 0x1000 (address 0x10000).
  const std::string low = ":10FFF000000102030405060708090A0B0C0D0E0F89\n";
  const std::string segment = ":020000021000EC\n", linear = ":020000040001F9\n", far = ":020000040002F8\n";
  const std::string next = ":020000001011DD\n";
  CHECK_THROWS_AS((void)from_hex(low + next + kHexEnd), Error);  // 16 bytes, and two far before them
  for (const std::string& base : {segment, linear}) {
    std::string text = low + base + ":02000000A0A1BD\n" + kHexEnd;
    CHECK(from_hex(text).size() == 18);
    CHECK(from_hex(text)[16] == 0xA0);
  }
  CHECK_THROWS_AS((void)from_hex(low + far + ":02000000A0A1BD\n" + kHexEnd), Error);
}

TEST_CASE("a count of records is held against them") {
  CHECK(from_s(kSHeader + kSLine + "S5030001FB\n" + kSEnd).size() == 28);
  CHECK_THROWS_WITH_AS((void)from_s(kSHeader + kSLine + "S5030002FA\n" + kSEnd),
                       doctest::Contains("1 records of data"), Error);
  CHECK_THROWS_AS((void)from_s(kSHeader + "S4050000000000FA\n" + kSEnd), Error);  // reserved
}

TEST_CASE("UF2 is blocks of 512 bytes, each whole, all of them there") {
  std::string block(512, '\0');
  std::uint8_t* const bytes = reinterpret_cast<std::uint8_t*>(block.data());
  const std::uint32_t words[] = {0x0A324655, 0x9E5D5157, 0, 0x2000, 256, 0, 1, 0};
  for (std::size_t i = 0; i < 8; ++i) store_le32(bytes + 4 * i, words[i]);
  store_le32(bytes + 508, 0x0AB16F30);
  bytes[32 + 10] = 7;
  REQUIRE(is_uf2(bytes_of(block)));
  const Uf2Content content = read_uf2(bytes_of(block));
  CHECK(content.bytes.size() == 256);
  CHECK(content.bytes[10] == 7);
  CHECK(content.padding == 245);
  CHECK_THROWS_AS((void)read_uf2(bytes_of(block.substr(0, 511))), Error);
  const auto changed = [&](std::size_t word, std::uint32_t value) {
    std::string other = block;
    store_le32(reinterpret_cast<std::uint8_t*>(other.data()) + 4 * word, value);
    return other;
  };
  CHECK_THROWS_AS((void)read_uf2(bytes_of(changed(127, 0))), Error);     // its last word
  CHECK_THROWS_AS((void)read_uf2(bytes_of(changed(4, 477))), Error);     // more than a block holds
  CHECK_THROWS_AS((void)read_uf2(bytes_of(changed(6, 2))), Error);       // two blocks, it says
  CHECK_THROWS_AS((void)read_uf2(bytes_of(changed(5, 1))), Error);       // the second of one
  CHECK_THROWS_AS((void)read_uf2(bytes_of(changed(2, 0x1000))), Error);  // files
}
