// SPDX-License-Identifier: Apache-2.0
#include "base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace tmd::host {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int error) {
  throw Error(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error)));
}

[[noreturn]] void refuse_large(const std::filesystem::path& path) {
  throw Error(fmt::format("{} is larger than {} MiB; no model for a microcontroller is", path.string(),
                          kLargestFile >> 20));
}

/// The bytes of a regular file, 0 of anything else, which may end or go on. Nothing is read of what is too large.
std::size_t size_that_fits(const Descriptor& file, const std::filesystem::path& path) {
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0 || !S_ISREG(facts.st_mode)) return 0;
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size > kLargestFile) refuse_large(path);
  return static_cast<std::size_t>(size);
}

}  // namespace

/// Removes the temporary file unless it became the real one.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& beside)
      : name_((beside.parent_path() / ".tmd-unfinished.XXXXXX").string()),
        descriptor_(::mkostemp(name_.data(), O_CLOEXEC)) {
    if (descriptor_.number() < 0) fail("create", beside, errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!renamed_) ::unlink(name_.c_str());
  }
  int descriptor() const { return descriptor_.number(); }
  /// Of many files that wait for their places none is kept open.
  void close() {
    Descriptor none(-1);
    descriptor_.take(none);
  }
  void rename_to(const std::filesystem::path& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) fail("create", path, errno);
    renamed_ = true;
  }

 private:
  std::string name_;
  Descriptor descriptor_;
  bool renamed_ = false;
};

namespace {

mode_t default_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

/// A file that is written over keeps its mode; that of a key only as far as it keeps others out.
mode_t mode_for(const std::filesystem::path& place, Readers readers) {
  struct stat facts {};
  const bool exists = ::stat(place.c_str(), &facts) == 0;
  if (readers == Readers::owner_only) return exists ? facts.st_mode & 0600 : 0600;
  return exists ? facts.st_mode & 0777 : default_mode();
}

/// Makes the rename durable; a file system that cannot flush a directory is left to its own guarantees.
void flush_directory_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  const Descriptor directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC));
  if (directory.number() >= 0) (void)::fsync(directory.number());
}

/// Where the bytes of this path lie: behind its symbolic links.
std::filesystem::path place_of(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::path place = std::filesystem::weakly_canonical(path, ignored);
  return place.empty() ? path : place;
}

/// True for what is there and is no regular file; a folder is refused.
bool is_written_straight(const std::filesystem::path& place, const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(place, ignored);
  if (std::filesystem::is_directory(status)) fail("write", path, EISDIR);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

void fill(const TemporaryFile& temporary, ConstBytes bytes, mode_t mode, const std::filesystem::path& path) {
  const int file = temporary.descriptor();
  if (!write_all(file, bytes) || ::fchmod(file, mode) != 0 || ::fsync(file) != 0) fail("write", path, errno);
}

/// All bytes of a file that is open.
Bytes read_whole(const Descriptor& file, const std::filesystem::path& path) {
  Bytes bytes;
  bytes.reserve(size_that_fits(file, path));
  std::uint8_t chunk[65536];
  for (;;) {
    const ssize_t got = ::read(file.number(), chunk, sizeof(chunk));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path, errno);
    if (got == 0) return bytes;
    bytes.insert(bytes.end(), chunk, chunk + got);
    if (bytes.size() > kLargestFile) refuse_large(path);
  }
}

}  // namespace

Bytes read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) fail("read", path, errno);
  return read_whole(file, path);
}

Bytes read_plain_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK the opening of a pipe would wait already.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) fail("read", path, errno);
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0 || !S_ISREG(facts.st_mode))
    throw Error(
        fmt::format("cannot read {}: it is no plain file, but a folder, pipe or device", path.string()));
  return read_whole(file, path);
}

std::string read_text(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path);
  return std::string(bytes.begin(), bytes.end());
}

void write_file(const std::filesystem::path& path, ConstBytes bytes, Readers readers) {
  const std::filesystem::path place = place_of(path);
  if (is_written_straight(place, path)) {
    const Descriptor file(::open(place.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.number() < 0) fail("write", path, errno);
    if (!write_all(file.number(), bytes)) fail("write", path, errno);
    return;
  }
  TemporaryFile temporary(place);
  fill(temporary, bytes, mode_for(place, readers), path);
  temporary.rename_to(place);
  flush_directory_of(place);
}

void write_file(const std::filesystem::path& path, std::string_view text, Readers readers) {
  const Bytes bytes(text.begin(), text.end());
  write_file(path, ConstBytes(bytes.data(), bytes.size()), readers);
}

FileToPlace::FileToPlace(const std::filesystem::path& path, ConstBytes bytes) : place_(place_of(path)) {
  if (is_written_straight(place_, path))
    throw Error(fmt::format("cannot write {}: it is no plain file, but a pipe or device", path.string()));
  file_ = std::make_unique<TemporaryFile>(place_);
  fill(*file_, bytes, mode_for(place_, Readers::everyone), path);
  file_->close();
}

FileToPlace::FileToPlace(FileToPlace&&) noexcept = default;
FileToPlace::~FileToPlace() = default;

void FileToPlace::take_place() {
  file_->rename_to(place_);
  flush_directory_of(place_);
}

void check_can_create(const std::filesystem::path& path) {
  const std::filesystem::path place = place_of(path);
  if (is_written_straight(place, path)) return;
  const TemporaryFile tried(place);
}

}  // namespace tmd::host
