// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_folder.hpp"

#include <cstdlib>

#include "base/error.hpp"

namespace tmd::host {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "tmd-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw Error("cannot make a temporary folder as " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace tmd::host
