// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "measurement.hpp"
#include "pairs.hpp"
#include "report.hpp"
#include "tools.hpp"

namespace {

namespace fs = std::filesystem;
using namespace tmd::bench;

struct Arguments {
  fs::path folder;
  fs::path out = "comparison";
  std::string tmd = "tmd";
  int rounds = 1;
  bool keep = false;
};

/// A folder for patches and outputs that goes with the object.
class Workplace {
 public:
  explicit Workplace(const fs::path& kept) : path_(kept), keep_(!kept.empty()) {
    if (keep_) {
      fs::create_directories(path_);
      return;
    }
    std::string name = (fs::temp_directory_path() / "tmd-compare-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    std::error_code ignored;
    if (!keep_) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool keep_;
};

std::vector<Tool> installed_tools(const std::string& tmd_program) {
  std::vector<Tool> tools;
  for (Tool& tool : known_tools(tmd_program)) {
    if (is_installed(tool.program)) {
      tools.push_back(std::move(tool));
    } else if (tool.program == tmd_program) {
      throw std::runtime_error(fmt::format("{}: no such program; say where tmd is with --tmd", tmd_program));
    } else {
      fmt::print(stderr, "{} is left out: {} is not installed (tools/setup.sh installs it)\n", tool.name,
                 tool.program);
    }
  }
  return tools;
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error(fmt::format("{}: cannot write", path.string()));
}

void compare(const Arguments& arguments) {
  const std::vector<Pair> pairs = find_pairs(arguments.folder);
  const std::vector<Tool> tools = installed_tools(arguments.tmd);
  fs::create_directories(arguments.out);
  const Workplace workplace(arguments.keep ? arguments.out / "patches" : fs::path());
  const bool is_terminal = isatty(STDERR_FILENO) != 0;
  std::vector<PairResult> results;
  for (const Pair& pair : pairs) {
    PairResult result{pair, fs::file_size(pair.target), {}};
    for (const Tool& tool : tools) {
      if (is_terminal) {
        fmt::print(stderr, "\r\033[K{} of {}: {}, {}", results.size() + 1, pairs.size(), pair.name,
                   tool.name);
        std::fflush(stderr);
      }
      result.measurements.push_back(measure(tool, pair, arguments.rounds, workplace.path()));
    }
    results.push_back(std::move(result));
  }
  if (is_terminal) fmt::print(stderr, "\r\033[K");
  write_text(arguments.out / "comparison.tsv", tsv_table(tools, results));
  write_text(arguments.out / "comparison.md", markdown_table(tools, results));
  write_text(arguments.out / "comparison.csv", csv_table(tools, results));
  write_text(arguments.out / "comparison.tex", latex_table(tools, results));
  write_text(arguments.out / "comparison.svg", svg_chart(tools, results));
  fmt::print("{} pairs of {}\n\n{}\nEach pair is in {}, comparison.csv, .tex, .tsv and .svg.\n", pairs.size(),
             arguments.folder.string(), plain_summary(tools, results),
             (arguments.out / "comparison.md").string());
}

}  // namespace

int main(int count, char** values) {
  Arguments arguments;
  CLI::App app(
      "Puts tmd beside bsdiff, xdelta3, zstd --patch-from, xz and brotli: patch bytes, diff time, apply\n"
      "time and apply memory for each pair of a folder. Tools that are not installed are left out.",
      "tools/bench.sh compare");
  app.footer("Example: tools/bench.sh compare models/ --rounds 5 --out comparison");
  app.add_option("FOLDER", arguments.folder,
                 "Holds a pairs.tsv, whose first line names the columns pair, base and target, or files\n"
                 "NAME.base.EXTENSION and NAME.target.EXTENSION")
      ->type_name("")
      ->required();
  app.add_option("--tmd", arguments.tmd, "The program tmd; tools/bench.sh builds one and names it")
      ->capture_default_str()
      ->take_last();
  app.add_option("--out", arguments.out, "Folder that comparison.md, .csv, .tex, .tsv and .svg go to")
      ->capture_default_str()
      ->take_last();
  app.add_option("--rounds", arguments.rounds, "Measure each pair so often and keep the shortest times")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--keep", arguments.keep, "Keep the patches, in the folder patches beside the tables");
  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    compare(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "compare: error: {}\n", error.what());
    return 1;
  }
  return 0;
}
