// SPDX-License-Identifier: Apache-2.0
// The comparison of delta tools as a process, on pairs so small that it takes a moment.
#include <doctest/doctest.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace {

namespace fs = std::filesystem;
using tmd::test::contents_of;
using tmd::test::Finished;
using tmd::test::put_contents;
using tmd::test::run_program;
using tmd::test::TemporaryFolder;

std::string program(const char* variable) {
  const char* path = std::getenv(variable);
  REQUIRE(path != nullptr);
  return path;
}

/// Bytes that do not compress.
std::string noise(std::size_t count, std::uint32_t seed) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1664525U + 1013904223U;
    bytes += static_cast<char>(seed >> 24);
  }
  return bytes;
}

/// Two pairs: one target with a few changes, one with a name that needs escaping and a piece moved.
void put_pairs(const fs::path& folder) {
  fs::create_directories(folder);
  const std::string base = noise(3000, 1);
  std::string changed = base;
  for (std::size_t i = 100; i < changed.size(); i += 500) changed[i] = static_cast<char>(changed[i] + 1);
  put_contents(folder / "changed.base.bin", base);
  put_contents(folder / "changed.target.bin", changed);
  put_contents(folder / "moved & <kept>.base.bin", base);
  put_contents(folder / "moved & <kept>.target.bin", base.substr(1500) + base.substr(0, 1500) + noise(50, 2));
}

struct Row {
  std::map<std::string, std::string> cells;
  const std::string& operator[](const std::string& column) const { return cells.at(column); }
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == '\t') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::vector<Row> rows_of(const std::string& table) {
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> columns = split(line);
  std::vector<Row> rows;
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = split(line);
    REQUIRE(cells.size() == columns.size());
    Row row;
    for (std::size_t i = 0; i < cells.size(); ++i) row.cells[columns[i]] = cells[i];
    rows.push_back(row);
  }
  return rows;
}

/// Whether every element is closed in order, and & and < stand for themselves nowhere. Enough of XML for a
/// file without comments and sections of raw text.
bool is_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  bool had_root = false;
  std::size_t at = 0;
  while (at < xml.size()) {
    if (xml[at] == '&') {
      const std::size_t end = xml.find(';', at);
      if (end == std::string::npos || end - at > 6) return false;
      at = end + 1;
    } else if (xml[at] != '<') {
      if (open.empty() && std::isspace(static_cast<unsigned char>(xml[at])) == 0) return false;
      ++at;
    } else {
      const std::size_t end = xml.find('>', at);
      if (end == std::string::npos) return false;
      const std::string tag = xml.substr(at + 1, end - at - 1);
      at = end + 1;
      if (tag.find('<') != std::string::npos) return false;
      if (tag.front() == '?') continue;
      std::string name = tag.substr(tag.front() == '/' ? 1 : 0);
      name = name.substr(0, name.find_first_of(" /\n"));
      if (tag.front() == '/') {
        if (open.empty() || open.back() != name) return false;
        open.pop_back();
      } else {
        if (open.empty() && had_root) return false;
        had_root = true;
        if (tag.back() != '/') open.push_back(name);
      }
    }
  }
  return had_root && open.empty();
}

}  // namespace

TEST_CASE("the check for well-formedness can fail") {
  CHECK(is_well_formed("<?xml version=\"1.0\"?>\n<a><b x=\"1\"/><c>t &amp; u</c></a>\n"));
  CHECK_FALSE(is_well_formed("<a><b></a></b>"));
  CHECK_FALSE(is_well_formed("<a>"));
  CHECK_FALSE(is_well_formed("<a>x & y</a>"));
  CHECK_FALSE(is_well_formed("<a/><a/>"));
}

TEST_CASE("a comparison writes a table for programs, one for people and a chart") {
  const TemporaryFolder folder;
  put_pairs(folder.path() / "pairs");
  const Finished finished = run_program({program("COMPARE_PROGRAM"), "--tmd", program("TMD_PROGRAM"),
                                         "--keep", "--out", folder / "out", folder / "pairs"});
  CAPTURE(finished.errors);
  REQUIRE(finished.status == 0);
  const fs::path out = folder.path() / "out";
  const std::vector<Row> rows = rows_of(contents_of(out / "comparison.tsv"));
  const std::string markdown = contents_of(out / "comparison.md");
  const std::string chart = contents_of(out / "comparison.svg");

  std::map<std::string, int> pairs;
  bool had_tmd = false;
  for (const Row& row : rows) {
    ++pairs[row["pair"]];
    CAPTURE(row["tool"]);
    CHECK(row["outcome"] == "good");
    const std::string target = contents_of(folder.path() / "pairs" / (row["pair"] + ".target.bin"));
    CHECK(row["target_bytes"] == std::to_string(target.size()));
    CHECK(std::stol(row["apply_peak_kib"]) > 0);
    CHECK(std::stod(row["diff_seconds"]) >= 0.0);
    had_tmd = had_tmd || row["tool"] == "tmd";
    CHECK(markdown.find(row["tool"]) != std::string::npos);
    CHECK(markdown.find(row["patch_bytes"]) != std::string::npos);
  }
  CHECK(had_tmd);
  REQUIRE(pairs.size() == 2);
  CHECK(pairs.at("changed") == pairs.at("moved & <kept>"));
  CHECK(is_well_formed(chart));
  CHECK(chart.find("moved &amp; &lt;kept&gt;") != std::string::npos);
}

TEST_CASE("the patch sizes are those of the patches, which tmd applies") {
  const TemporaryFolder folder;
  put_pairs(folder.path() / "pairs");
  REQUIRE(run_program({program("COMPARE_PROGRAM"), "--tmd", program("TMD_PROGRAM"), "--keep", "--rounds", "2",
                       "--out", folder / "out", folder / "pairs"})
              .status == 0);
  const fs::path patches = folder.path() / "out" / "patches";
  std::map<std::string, int> kept, listed;
  for (const fs::directory_entry& entry : fs::directory_iterator(patches)) {
    ++kept[std::to_string(entry.file_size())];
  }
  for (const Row& row : rows_of(contents_of(folder.path() / "out" / "comparison.tsv")))
    ++listed[row["patch_bytes"]];
  CHECK(kept == listed);
  REQUIRE(run_program({program("TMD_PROGRAM"), "apply", folder / "pairs/changed.base.bin",
                       (patches / "changed.tmd.patch").string(), "-o", folder / "applied"})
              .status == 0);
  CHECK(contents_of(folder / "applied") == contents_of(folder / "pairs/changed.target.bin"));
}

TEST_CASE("pairs come from a pairs.tsv where there is one") {
  const TemporaryFolder folder;
  put_pairs(folder.path() / "files");
  put_contents(folder / "pairs.tsv",
               "pair\tbase\ttarget\tkind\n"
               "only\tfiles/changed.base.bin\tfiles/changed.target.bin\tmade\n");
  REQUIRE(run_program({program("COMPARE_PROGRAM"), "--tmd", program("TMD_PROGRAM"), "--out", folder / "out",
                       folder.path().string()})
              .status == 0);
  const std::vector<Row> rows = rows_of(contents_of(folder / "out/comparison.tsv"));
  REQUIRE(!rows.empty());
  for (const Row& row : rows) CHECK(row["pair"] == "only");
  CHECK_FALSE(fs::exists(folder / "out/patches"));
}

TEST_CASE("a tool that fails is named in the tables and does not stop the others") {
  const TemporaryFolder folder;
  put_pairs(folder.path() / "pairs");
  REQUIRE(run_program(
              {program("COMPARE_PROGRAM"), "--tmd", "/bin/false", "--out", folder / "out", folder / "pairs"})
              .status == 0);
  int good = 0;
  for (const Row& row : rows_of(contents_of(folder / "out/comparison.tsv"))) {
    if (row["tool"] == "tmd") {
      CHECK(row["outcome"] == "diff fails");
    } else {
      good += row["outcome"] == "good" ? 1 : 0;
    }
  }
  CHECK(good >= 2);
  CHECK(contents_of(folder / "out/comparison.md").find("diff fails") != std::string::npos);
  CHECK(is_well_formed(contents_of(folder / "out/comparison.svg")));
}

TEST_CASE("a folder without pairs, and a tmd that is not there, are said in one line") {
  const TemporaryFolder folder;
  const Finished empty =
      run_program({program("COMPARE_PROGRAM"), "--tmd", program("TMD_PROGRAM"), folder.path()});
  CHECK(empty.status == 1);
  CHECK(empty.errors.find("no pairs") != std::string::npos);
  put_pairs(folder.path());
  const Finished missing =
      run_program({program("COMPARE_PROGRAM"), "--tmd", folder / "absent", folder.path()});
  CHECK(missing.status == 1);
  CHECK(missing.errors.find("no such program") != std::string::npos);
  CHECK(run_program({program("COMPARE_PROGRAM")}).status == 2);
}

namespace {

/// What the program says of a folder that it cannot compare.
std::string refusal(const fs::path& folder) {
  const Finished finished =
      run_program({program("COMPARE_PROGRAM"), "--tmd", program("TMD_PROGRAM"), folder.string()});
  CHECK(finished.status == 1);
  return finished.errors;
}

}  // namespace

TEST_CASE("what is wrong with the pairs is said before anything is measured") {
  const TemporaryFolder folder;
  CHECK(refusal(folder.path() / "absent").find("absent: no such folder") != std::string::npos);
  put_contents(folder / "file", "x");
  CHECK(refusal(folder.path() / "file").find("file: no such folder") != std::string::npos);

  put_contents(folder / "pairs.tsv", "one\tfile\tfile\n");
  CHECK(refusal(folder.path()).find("no column 'pair'") != std::string::npos);
  put_contents(folder / "pairs.tsv", "pair\tbase\ttarget\none\tfile\n");
  CHECK(refusal(folder.path()).find("line 2 has too few columns") != std::string::npos);
  put_contents(folder / "pairs.tsv", "pair\tbase\ttarget\none\tfile\tlost\n");
  CHECK(refusal(folder.path()).find("lost: no such file, for pair one") != std::string::npos);

  fs::create_directory(folder.path() / "half");
  put_contents(folder / "half/lonely.base.bin", "x");
  CHECK(refusal(folder.path() / "half").find("lonely.target.bin: no such file") != std::string::npos);
}

TEST_CASE("a pairs.tsv may have its columns in any order and lines that end as on Windows") {
  const TemporaryFolder folder;
  put_pairs(folder.path() / "files");
  put_contents(folder / "pairs.tsv",
               "kind\tpair\ttarget\tbase\r\n"
               "made\tonly\tfiles/changed.target.bin\tfiles/changed.base.bin\r\n");
  REQUIRE(run_program({program("COMPARE_PROGRAM"), "--tmd", program("TMD_PROGRAM"), "--out", folder / "out",
                       folder.path().string()})
              .status == 0);
  for (const Row& row : rows_of(contents_of(folder / "out/comparison.tsv"))) {
    CHECK(row["pair"] == "only");
    CHECK(row["outcome"] == "good");
  }
}

TEST_CASE("the summary says over how many pairs it sums") {
  const TemporaryFolder folder;
  put_pairs(folder.path() / "pairs");
  put_contents(folder / "pairs/nothing.base.bin", noise(300, 3));
  put_contents(folder / "pairs/nothing.target.bin", "");
  const Finished finished = run_program({program("COMPARE_PROGRAM"), "--tmd", program("TMD_PROGRAM"), "--out",
                                         folder / "out", folder / "pairs"});
  REQUIRE(finished.status == 0);
  CHECK(finished.output.find("inf") == std::string::npos);
  // bsdiff and zstd make no patch to an empty file.
  const bool all = finished.output.find("over 3 pairs") != std::string::npos;
  const bool some = finished.output.find("over 2 of 3 pairs") != std::string::npos;
  CHECK(all != some);
}
