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

std::vector<Pair> listed_pairs(const fs::path& folder, const fs::path& list) {
  std::ifstream file(list);
  std::vector<Pair> pairs;
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    std::istringstream columns(line);
    std::string name, base, target;
    if (!std::getline(columns, name, '\t') || !std::getline(columns, base, '\t') ||
        !std::getline(columns, target, '\t')) {
      throw std::runtime_error(
          fmt::format("{}: a line has less than three columns: {}", list.string(), line));
    }
    pairs.push_back({name, folder / base, folder / target});
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
    if (fs::exists(target)) pairs.push_back({name, entry.path(), target});
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.name < b.name; });
  return pairs;
}

}  // namespace

std::vector<Pair> find_pairs(const fs::path& folder) {
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
        throw std::runtime_error(fmt::format("{}: no such file", path.string()));
    }
  }
  return pairs;
}

}  // namespace tmd::bench
