// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "input/export_files.hpp"

namespace tmd::host::input {

ExportFiles files_of_zip(const host::Bytes& /*archive*/, const std::string& name) {
  throw host::Error(name + ": this build of tmd reads no archives (libzip is absent); unpack it first");
}

}  // namespace tmd::host::input
