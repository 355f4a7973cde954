// SPDX-License-Identifier: Apache-2.0
#include "base/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace tmd::host {

int run_child(const std::vector<std::string>& command, const ChildOutputs& outputs) {
  constexpr int kSignal = 128;
  if (command.empty()) return kNotInstalled;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  constexpr int kAnew = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, outputs.standard.c_str(), kAnew, 0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, outputs.errors.c_str(), kAnew, 0600);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  // Looking through the PATH, one folder that can't be read makes a program that is nowhere a forbidden one.
  const bool is_sought = command.front().find('/') == std::string::npos;
  if (error == ENOENT || (error == EACCES && is_sought)) return kNotInstalled;
  if (error != 0) throw Error("cannot run " + command.front() + ": " + std::strerror(error));
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignal + WTERMSIG(status);
}

std::vector<std::string> command_words(const std::string& text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : text) {
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      words.back() += c;
    }
  }
  return words;
}

}  // namespace tmd::host
