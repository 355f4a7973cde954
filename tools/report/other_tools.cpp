// SPDX-License-Identifier: Apache-2.0
#include "report/other_tools.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"

namespace tmd::host::report {
namespace {

namespace fs = std::filesystem;

/// Gone with the object, with all that is in it.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "tmd-report-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error("cannot make a temporary folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

struct Tool {
  const char* name;
  std::vector<std::string> command;
  bool writes_to_output;  ///< What it makes goes to its standard output.
};

/// Where the program is not installed this is false like any other failure.
bool run(const Tool& tool, const std::string& output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO,
                                     tool.writes_to_output ? output.c_str() : "/dev/null", O_WRONLY | O_CREAT,
                                     0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (const std::string& argument : tool.command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return false;
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::vector<OtherSize> sizes_by_other_tools(ConstBytes base, ConstBytes target) {
  const Folder folder;
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
