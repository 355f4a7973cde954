// SPDX-License-Identifier: Apache-2.0
#include "report/other_tools.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "base/child_process.hpp"
#include "base/files.hpp"
#include "base/temporary_folder.hpp"

namespace tmd::host::report {
namespace {

namespace fs = std::filesystem;

struct Tool {
  const char* name;
  std::vector<std::string> command;
  bool writes_to_output;  ///< What it makes goes to its standard output.
};

/// Where the program is not installed this is false like any other failure.
bool run(const Tool& tool, const std::string& output) {
  return run_child(tool.command, {tool.writes_to_output ? output : "/dev/null"}) == 0;
}

}  // namespace

std::vector<OtherSize> sizes_by_other_tools(ConstBytes base, ConstBytes target) {
  const TemporaryFolder folder;
  const std::string from = folder / "base";
  const std::string to = folder / "target";
  const std::string out = folder / "output";
  write_file(from, base);
  write_file(to, target);
  const Tool tools[] = {
      {"bsdiff", {"bsdiff", from, to, out}, false},
      {"xdelta3 -9", {"xdelta3", "-e", "-9", "-S", "djw", "-f", "-s", from, to, out}, false},
      {"zstd -19 --patch-from", {"zstd", "-19", "-q", "-f", "--patch-from=" + from, to, "-o", out}, false},
      {"whole model, xz -9e", {"xz", "-9e", "-k", "-c", to}, true},
  };
  std::vector<OtherSize> sizes;
  for (const Tool& tool : tools) {
    std::error_code error;
    fs::remove(out, error);
    if (run(tool, out) && fs::is_regular_file(out, error)) sizes.push_back({tool.name, fs::file_size(out)});
  }
  return sizes;
}

}  // namespace tmd::host::report
