// SPDX-License-Identifier: Apache-2.0
#include "input/packed_files.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include "support/bytes.hpp"
#include "support/input_files.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

std::string gzip(const std::string& content) {
  std::string out(content.size() + 1000, '\0');
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

std::string hex_line(unsigned address, unsigned type, const Bytes& data) {
  Bytes record = {static_cast<std::uint8_t>(data.size()), static_cast<std::uint8_t>(address >> 8),
                  static_cast<std::uint8_t>(address), static_cast<std::uint8_t>(type)};
  record.insert(record.end(), data.begin(), data.end());
  std::string text = ":";
  unsigned sum = 0;
  for (const std::uint8_t byte : record) {
    text += fmt::format("{:02X}", byte);
    sum += byte;
  }
  return text + fmt::format("{:02X}\r\n", (256 - sum % 256) % 256);
}

std::string s_line(char type, unsigned address_bytes, unsigned address, const Bytes& data) {
  Bytes record = {static_cast<std::uint8_t>(address_bytes + data.size() + 1)};
  for (unsigned i = address_bytes; i-- > 0;) record.push_back(static_cast<std::uint8_t>(address >> (8 * i)));
  record.insert(record.end(), data.begin(), data.end());
  std::string text = fmt::format("S{}", type);
  unsigned sum = 0;
  for (const std::uint8_t byte : record) {
    text += fmt::format("{:02X}", byte);
    sum += byte;
  }
  return text + fmt::format("{:02X}\n", 255 - sum % 256);
}

/// Calls `line` with address and bytes of every 16 bytes of the model.
template <class Line>
std::string in_lines(unsigned start, Line line) {
  std::string text;
  for (std::size_t at = 0; at < kModel.size(); at += 16) {
    const auto first = kModel.begin() + static_cast<std::ptrdiff_t>(at);
    text += line(
        start + static_cast<unsigned>(at),
        Bytes(first, first + static_cast<std::ptrdiff_t>(std::min<std::size_t>(16, kModel.size() - at))));
  }
  return text;
}

std::string intel_hex(unsigned start) {
  unsigned high = 0;
  return in_lines(start,
                  [&](unsigned address, const Bytes& data) {
                    std::string text;
                    if (address >> 16 != high) {
                      high = address >> 16;
                      text = hex_line(
                          0, 4, {static_cast<std::uint8_t>(high >> 8), static_cast<std::uint8_t>(high)});
                    }
                    return text + hex_line(address & 0xFFFF, 0, data);
                  }) +
         hex_line(0, 5, {8, 0, 0, 0}) + hex_line(0, 1, {});
}

std::string s_records() {
  return s_line('0', 2, 0, {'h', 'i'}) +
         in_lines(0x8000000,
                  [](unsigned address, const Bytes& data) { return s_line('3', 4, address, data); }) +
         s_line('5', 2, static_cast<unsigned>((kModel.size() + 15) / 16), {}) + s_line('7', 4, 0, {});
}

std::string uf2(const Bytes& bytes) {
  std::string file;
  const std::size_t blocks = (bytes.size() + 255) / 256;
  for (std::size_t i = 0; i < blocks; ++i) {
    Bytes block(512);
    const std::uint32_t words[] = {0x0A324655,
                                   0x9E5D5157,
                                   0x2000,
                                   static_cast<std::uint32_t>(0x10000000 + 256 * i),
                                   256,
                                   static_cast<std::uint32_t>(i),
                                   static_cast<std::uint32_t>(blocks),
                                   0xE48BFF56};
    for (std::size_t w = 0; w < 8; ++w) store_le32(block.data() + 4 * w, words[w]);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(256 * i),
                std::min<std::size_t>(256, bytes.size() - 256 * i), block.begin() + 32);
    store_le32(block.data() + 508, 0x0AB16F30);
    file += as_string(block);
  }
  return file;
}

/// What load_input makes of a file with this content.
Bytes loaded(const std::string& content) {
  const TemporaryFolder folder;
  put_contents(folder / "model", content);
  return host::input::load_input(folder / "model").bytes;
}

std::string refusal(const std::string& content) {
  const TemporaryFolder folder;
  put_contents(folder / "model", content);
  return error_of(folder / "model");
}

}  // namespace

TEST_CASE("gzip, Intel HEX, S-records and UF2 are unpacked, one in the other too") {
  CHECK(loaded(gzip(as_string(kModel))) == kModel);
  CHECK(loaded(intel_hex(0)) == kModel);
  CHECK(loaded(intel_hex(0x800FFF0)) == kModel);
  CHECK(loaded(s_records()) == kModel);
  CHECK(loaded(uf2(kModel)) == kModel);
  CHECK(loaded(gzip(intel_hex(0x100))) == kModel);
  CHECK(loaded(gzip(xxd("model", kModel))) == kModel);
  const std::string model = as_string(kModel);
  CHECK(loaded(gzip(model.substr(0, 99)) + gzip(model.substr(99))) == kModel);
  CHECK(loaded(gzip(as_string(random_bytes(100, 3)))) == random_bytes(100, 3));
}

TEST_CASE("what is unpacked is judged like any file") {
  CHECK(contains(refusal(gzip("<html></html>")), "an HTML page"));
  CHECK(contains(refusal(gzip("")), "empty"));
  CHECK(contains(refusal(gzip(gzip(gzip(gzip(gzip(as_string(kModel))))))), "packed more than"));
}

TEST_CASE("damage, gaps and missing ends are errors, not other bytes") {
  const std::string packed = gzip(as_string(kModel));
  CHECK(contains(refusal(packed.substr(0, packed.size() / 2)), "ends too early"));
  CHECK(contains(refusal(packed.substr(0, packed.size() - 6) + "123456"), "damaged"));
  CHECK(contains(refusal(packed + "more"), "damaged"));

  const std::string hex = intel_hex(0);
  const std::size_t line = hex.find('\n') + 1;
  std::string changed = hex;
  changed[20] = changed[20] == '0' ? '1' : '0';
  CHECK(contains(refusal(changed), "line 1 is damaged"));
  CHECK(contains(refusal(hex.substr(0, line) + hex.substr(hex.find('\n', line) + 1)),
                 "a gap from address 0x10 to 0x20"));
  CHECK(contains(refusal(hex.substr(0, line) + hex), "two records are for address 0x0"));
  CHECK(contains(refusal(hex.substr(0, hex.size() - 13)), "was the file cut off?"));
  CHECK(contains(refusal(hex + hex), "behind its last record"));

  const std::string records = s_records();
  CHECK(contains(refusal(records.substr(0, records.rfind("S7"))), "was the file cut off?"));
  const std::size_t first = records.find("S3");
  CHECK(contains(refusal(records.substr(0, first) + records.substr(records.find("S3", first + 1))),
                 "the file says"));

  const std::string blocks = uf2(kModel);
  CHECK(contains(refusal(blocks.substr(0, blocks.size() - 512)), "was it cut off?"));
  CHECK(contains(refusal(blocks.substr(0, blocks.size() - 5)), "whole number of blocks"));
  changed = blocks;
  changed[511] = 0;
  CHECK(contains(refusal(changed), "block 1 is damaged"));
}
