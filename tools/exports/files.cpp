// SPDX-License-Identifier: Apache-2.0
#include "exports/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "fleet/release_patches.hpp"

namespace tmd::host::exports {
namespace {

std::string read_all(int file) {
  std::string text;
  char bytes[4096];
  for (;;) {
    const ssize_t got = ::read(file, bytes, sizeof(bytes));
    if (got == 0 || (got < 0 && errno != EINTR)) return text;
    if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
  }
}

}  // namespace

ReleaseFolder::ReleaseFolder(std::filesystem::path from, std::filesystem::path to, std::string model)
    : patches(std::move(from)),
      output(std::move(to)),
      name(std::move(model)),
      manifest(fleet::read_fleet_manifest(patches / fleet::kFleetManifestName)) {
  fleet::make_folder(output);
}

std::string ReleaseFolder::version() const {
  return manifest.target.version.empty() ? manifest.target.sha256.substr(0, 16) : manifest.target.version;
}

std::string base_name(const fleet::FleetPatch& patch) {
  return patch.base.bytes == 0 ? "nothing" : patch.base.sha256;
}

void write_json(const std::filesystem::path& path, const nlohmann::ordered_json& json) {
  write_file(path, std::string_view(
                       json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n"));
}

std::string run_program(const std::vector<std::string>& command, const std::string& hint) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("cannot make a pipe");
  const Descriptor reading(ends[0]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) throw Error(fmt::format("{} cannot be run: {}", command.front(), hint));
  std::string printed = read_all(reading.number());
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    for (char& c : printed) c = c == '\n' ? ' ' : c;
    throw Error(fmt::format("{} failed: {}", command.front(), printed));
  }
  return printed;
}

}  // namespace tmd::host::exports
