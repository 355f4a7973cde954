// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/transfer/smp_messages.hpp"

#include <doctest/doctest.h>

#include <map>
#include <sstream>
#include <string>

#include "support/bytes.hpp"
#include "support/hex.hpp"
#include "support/process.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A line of smp_vectors.txt.
struct Vector {
  std::string name;
  std::map<std::string, std::string> fields;
  Bytes bytes;

  std::uint32_t number(const std::string& field) const {
    return static_cast<std::uint32_t>(std::stoul(fields.at(field)));
  }
};

std::vector<Vector> vectors() {
  std::istringstream lines(contents_of(TMD_SOURCE_ROOT "/tests/device/transfer/smp_vectors.txt"));
  std::vector<Vector> all;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t colon = line.find(" : ");
    REQUIRE(colon != std::string::npos);
    Vector vector;
    vector.bytes = hex(line.substr(colon + 3));
    std::istringstream words(line.substr(0, colon));
    words >> vector.name;
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      if (equals != std::string::npos) vector.fields[word.substr(0, equals)] = word.substr(equals + 1);
    }
    all.push_back(vector);
  }
  return all;
}

void check_upload(const Vector& vector) {
  smp::Header header;
  REQUIRE(header.read(view(vector.bytes)));
  CHECK(header.operation == smp::kWrite);
  CHECK(header.command == smp::kUpload);
  CHECK(header.group == vector.number("group"));
  CHECK(header.sequence == vector.number("seq"));
  CHECK(header.length + smp::kHeaderSize == vector.bytes.size());
  smp::Upload upload;
  REQUIRE(smp::read_upload(view(vector.bytes).from(smp::kHeaderSize), upload));
  CHECK(upload.offset == vector.number("off"));
  CHECK(upload.has_length == (vector.fields.at("len") != "-"));
  if (upload.has_length) CHECK(upload.length == vector.number("len"));
  CHECK(equal_bytes(upload.sha, view(hex(vector.fields.at("sha")))));
  CHECK(equal_bytes(upload.data, view(hex(vector.fields.at("data")))));
}

void write_map(const Vector& vector, smp::AnswerWriter& out) {
  if (vector.name == "error") {
    out.map(2);
    if (vector.number("version") == 1) {
      out.key("err");
      out.map(2);
      out.key("group");
      out.number(64);
    }
    out.key("rc");
    out.number(vector.number("rc"));
    out.key("tmd");
    return out.number(vector.number("status"));
  }
  out.map(vector.name == "done" ? 2 : 1);
  out.key("off");
  out.number(vector.number("off"));
  if (vector.name != "done") return;
  out.key("match");
  out.yes();
}

void check_answer(const Vector& vector) {
  std::uint8_t bytes[64] = {};
  smp::AnswerWriter out(MutableBytes(bytes).from(smp::kHeaderSize));
  write_map(vector, out);
  smp::Header header;
  header.operation = smp::kWriteAnswer;
  header.version =
      static_cast<std::uint8_t>(vector.fields.contains("version") ? vector.number("version") : 0);
  header.length = static_cast<std::uint16_t>(out.size());
  header.group = 64;
  header.sequence = static_cast<std::uint8_t>(vector.number("seq"));
  header.command = smp::kUpload;
  header.write(bytes);
  CHECK(Bytes(bytes, bytes + smp::kHeaderSize + out.size()) == vector.bytes);
}

}  // namespace

TEST_CASE("messages of an upload are the vectors, byte for byte") {
  std::size_t uploads = 0, refused = 0, answers = 0;
  for (const Vector& vector : vectors()) {
    CAPTURE(vector.name);
    if (vector.name == "upload") {
      check_upload(vector);
      ++uploads;
    } else if (vector.name == "refused") {
      smp::Upload upload;
      CHECK_FALSE(smp::read_upload(view(vector.bytes).from(smp::kHeaderSize), upload));
      ++refused;
    } else {
      check_answer(vector);
      ++answers;
    }
  }
  CHECK(uploads == 5);
  CHECK(refused == 9);
  CHECK(answers == 6);
}

TEST_CASE("a message that is cut short anywhere is never read beyond its end, and never taken") {
  for (const Vector& vector : vectors()) {
    if (vector.name != "upload") continue;
    for (std::size_t size = 0; size < vector.bytes.size(); ++size) {
      const Bytes part(vector.bytes.begin(), vector.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      smp::Header header;
      CHECK_FALSE(header.read(view(part)));
      if (size < smp::kHeaderSize) continue;
      smp::Upload upload;
      CHECK_FALSE(smp::read_upload(view(part).from(smp::kHeaderSize), upload));
    }
  }
}
