// SPDX-License-Identifier: Apache-2.0
#include "pairs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tmd::bench {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> cells_of(const std::string& line) {
  std::istringstream text(line);
  std::vector<std::string> cells;
  for (std::string cell; std::getline(text, cell, '\t');) cells.push_back(cell);
  return cells;
}

/// The next line, as programs of any system end it.
bool get_line(std::istream& file, std::string& line) {
  if (!std::getline(file, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

std::vector<Pair> listed_pairs(const fs::path& folder, const fs::path& list) {
  std::ifstream file(list);
  std::string line;
  get_line(file, line);
  const std::vector<std::string> names = cells_of(line);
  const auto column = [&](const char* name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      throw std::runtime_error(
          fmt::format("{}: no column '{}'; its first line has to name the columns pair, base and target, "
                      "with tabs between",
                      list.string(), name));
    }
    return static_cast<std::size_t>(found - names.begin());
  };
  const std::size_t name = column("pair"), base = column("base"), target = column("target");
  std::vector<Pair> pairs;
  for (std::size_t number = 2; get_line(file, line); ++number) {
    if (line.empty()) continue;
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() <= std::max({name, base, target})) {
      throw std::runtime_error(
          fmt::format("{}: line {} has too few columns: {}", list.string(), number, line));
    }
    pairs.push_back({cells[name], folder / cells[base], folder / cells[target]});
  }
  return pairs;
}

std::vector<Pair> named_pairs(const fs::path& folder) {
  constexpr std::string_view kBase = ".base.";
  std::vector<Pair> pairs;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    const std::size_t at = file.find(kBase);
    if (at == std::string::npos) continue;
    const std::string name = file.substr(0, at);
    const fs::path target = folder / (name + ".target." + file.substr(at + kBase.size()));
    pairs.push_back({name, entry.path(), target});
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.name < b.name; });
  return pairs;
}

}  // namespace

std::vector<Pair> find_pairs(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw std::runtime_error(fmt::format("{}: no such folder", folder.string()));
  const fs::path list = folder / "pairs.tsv";
  const bool is_listed = fs::exists(list);
  const std::vector<Pair> pairs = is_listed ? listed_pairs(folder, list) : named_pairs(folder);
  if (pairs.empty()) {
    throw std::runtime_error(fmt::format(
        "{}: no pairs; wanted a pairs.tsv, or files NAME.base.* and NAME.target.*", folder.string()));
  }
  for (const Pair& pair : pairs) {
    for (const fs::path& path : {pair.base, pair.target}) {
      if (!fs::is_regular_file(path))
        throw std::runtime_error(fmt::format("{}: no such file, for pair {}", path.string(), pair.name));
      if (!std::ifstream(path, std::ios::binary))
        throw std::runtime_error(fmt::format("{}: cannot be read", path.string()));
    }
  }
  return pairs;
}

}  // namespace tmd::bench
