// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "base/error.hpp"

namespace tmd::host {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::error_code missing;
  const fs::path parent = fs::temp_directory_path(missing);
  if (missing)
    throw Error(
        "there is no folder for temporary files: TMPDIR is to name one, and where it is not set it is /tmp");
  std::string name = (parent / "tmd-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw Error("cannot make a temporary folder in " + parent.string() + ": " + std::strerror(errno));
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace tmd::host
