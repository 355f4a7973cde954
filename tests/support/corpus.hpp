// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace tmd::test {

/// The folder of reference material beside the checkout, or an empty path where it is absent; tests that use
/// it then say that they are skipped. TMD_SOURCE_ROOT comes from the build.
inline std::filesystem::path corpus_folder() {
  const std::filesystem::path folder = std::filesystem::path(TMD_SOURCE_ROOT) / ".." / "shared" / "corpus";
  return std::filesystem::exists(folder) ? folder : std::filesystem::path();
}

inline std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace tmd::test
