// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <string>

/// A file of a published tree, for what serves one: plain files alone. A symbolic link in the tree could name any file
/// of this machine.
class TreeFile {
 public:
  explicit TreeFile(const std::string& path)
      : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {
    struct stat facts = {};
    if (file_ >= 0 && ::fstat(file_, &facts) == 0 && S_ISREG(facts.st_mode))
      size_ = static_cast<std::size_t>(facts.st_size);
  }
  TreeFile(const TreeFile&) = delete;
  TreeFile& operator=(const TreeFile&) = delete;
  ~TreeFile() {
    if (file_ >= 0) ::close(file_);
  }

  /// In bytes; 0 also where there is no such file.
  std::size_t size() const { return size_; }
  /// At most so many bytes from there on; fewer at the end.
  std::string read(std::size_t offset, std::size_t most) const {
    if (offset >= size_) return "";
    std::string bytes(most < size_ - offset ? most : size_ - offset, '\0');
    const ssize_t got = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  std::string read() const { return read(0, size_); }

 private:
  int file_;
  std::size_t size_ = 0;
};
