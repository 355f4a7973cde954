// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "support/program.hpp"

namespace tmd::test {

using nlohmann::json;

/// The same with one byte in `every` changed.
inline std::string retrained(std::string model, std::size_t every, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t i = random() % every; i < model.size(); i += every) model[i] = static_cast<char>(random());
  return model;
}

/// Three releases, the first of them under two names, and the next one.
struct ReleasedFleet {
  TemporaryFolder folder;
  std::string released = folder / "released";
  std::string patches = folder / "patches";
  std::string target = folder / "gesture-1.3.0.bin";

  ReleasedFleet() {
    std::filesystem::create_directory(released);
    const std::string first = noise(8000, 1);
    const std::string second = retrained(first, 50, 2);
    const std::string third = retrained(second, 50, 3);
    put_contents(released + "/gesture-1.0.0.bin", first);
    put_contents(released + "/factory.bin", first);
    put_contents(released + "/gesture-1.1.0.bin", second);
    put_contents(released + "/gesture-1.2.0.bin", third);
    put_contents(target, retrained(third, 50, 4));
  }
  Finished diff(const std::vector<std::string>& more = {}) const {
    return run_tmd({"diff", "--quick", "--bases", released, target, "-o", patches}, more);
  }
  json manifest() const { return json::parse(contents_of(patches + "/manifest.json")); }
  /// Its file.
  std::string first_patch() const {
    return patches + "/" + manifest()["patches"][0]["file"].get<std::string>();
  }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(patches))
      files[entry.path().filename().string()] = contents_of(entry.path());
    return files;
  }
};

inline void check_failure(const Finished& finished, int status, const std::string& words) {
  CAPTURE(finished.errors);
  CHECK(finished.status == status);
  CHECK(is_one_error_line(finished.errors));
  CHECK(finished.errors.find(words) != std::string::npos);
}

}  // namespace tmd::test
