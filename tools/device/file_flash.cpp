// SPDX-License-Identifier: Apache-2.0
#include "device/file_flash.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace tmd::host::device {
namespace {

static_assert(check_flash_policy<FileFlash>());

void check_geometry(const FlashGeometry& geometry) {
  const auto [size, erase_size, program_size] = geometry;
  if (program_size == 0 || program_size > kMaxProgramSize || (program_size & (program_size - 1)) != 0) {
    throw Error(fmt::format("a program unit has 1, 2, 4 … 512 bytes, not {}", program_size));
  }
  if (erase_size == 0 || erase_size % program_size != 0) {
    throw Error(fmt::format("an erase block of {} bytes is no whole number of program units of {}",
                            erase_size, program_size));
  }
  if (size == 0 || size % erase_size != 0) {
    throw Error(
        fmt::format("a flash of {} bytes is no whole number of erase blocks of {}", size, erase_size));
  }
}

[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int error) {
  throw Error(fmt::format("cannot {} the flash image {}: {}", what, path.string(), std::strerror(error)));
}

/// Gives a file of `size` erased bytes its room on the disk: a mapped file that runs out of disk later would
/// end the process.
void write_erased(int file, std::uint32_t size, const std::filesystem::path& path) {
  const std::vector<std::uint8_t> erased(std::min<std::uint32_t>(size, 65536), FileFlash::kErased);
  for (std::uint32_t done = 0; done < size;) {
    const ssize_t written = ::write(file, erased.data(), std::min<std::size_t>(size - done, erased.size()));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path, errno);
    done += static_cast<std::uint32_t>(written);
  }
}

/// Keeps other programs away from an open image until it is closed.
void lock(int file, const std::filesystem::path& path) {
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK)
    throw Error(
        fmt::format("the flash image {} is in use by another program; wait for its end", path.string()));
  // A file system without locks is left to its user.
}

}  // namespace

void FileFlash::map(const std::filesystem::path& path) {
  const int kind = file_.number() < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* memory = ::mmap(nullptr, geometry_.size, PROT_READ | PROT_WRITE, kind, file_.number(), 0);
  if (memory == MAP_FAILED) fail("map", path, errno);
  memory_ = static_cast<std::uint8_t*>(memory);
}

/// Begins an image beside the place where it shall be.
void FileFlash::begin(const std::filesystem::path& path) {
  std::string name = (path.parent_path() / ".tmd-unfinished.XXXXXX").string();
  Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (file.number() < 0) fail("create", path, errno);
  unpublished_ = name;
  file_.take(file);
  try {
    lock(file_.number(), path);
    write_erased(file_.number(), geometry_.size, path);
  } catch (...) {
    ::unlink(name.c_str());
    throw;
  }
}

void FileFlash::open(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.number() < 0 && errno == ENOENT) return begin(path);
  struct stat facts {};
  if (file.number() < 0 || ::fstat(file.number(), &facts) != 0) fail("open", path, errno);
  // A device such as /dev/null counts as empty, and an image would take its place.
  if (!S_ISREG(facts.st_mode))
    throw Error(fmt::format("{} cannot hold a flash image: it is no regular file", path.string()));
  lock(file.number(), path);
  // Read again: another program may have had it until now.
  if (::fstat(file.number(), &facts) != 0) fail("open", path, errno);
  if (facts.st_size == 0) return begin(path);
  if (static_cast<std::uint64_t>(facts.st_size) != geometry_.size) {
    throw Error(fmt::format(
        "{} is a flash image of {} bytes, not {}; give the geometry it was made with, or another file",
        path.string(), facts.st_size, geometry_.size));
  }
  is_new_ = false;
  file_.take(file);
}

FileFlash::FileFlash(const std::filesystem::path& path, const FlashGeometry& geometry) : geometry_(geometry) {
  check_geometry(geometry);
  std::error_code ignored;
  path_ = std::filesystem::weakly_canonical(path, ignored);
  if (path_.empty()) path_ = path;
  open(path_);
  try {
    map(path_);
  } catch (...) {
    if (!unpublished_.empty()) ::unlink(unpublished_.c_str());
    throw;
  }
}

FileFlash::FileFlash(const FlashGeometry& geometry) : geometry_(geometry) {
  check_geometry(geometry);
  map("in memory");
  std::fill_n(memory_, geometry.size, kErased);
}

FileFlash::~FileFlash() {
  ::munmap(memory_, geometry_.size);
  if (!unpublished_.empty()) ::unlink(unpublished_.c_str());
}

void FileFlash::publish() {
  if (unpublished_.empty()) return;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  (void)::fchmod(file_.number(), 0666 & ~mask);
  struct stat facts {};
  const bool replaces_empty =
      ::stat(path_.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size == 0;
  // A new name by a link: unlike renaming it never takes the place of what another program made meanwhile.
  const bool linked = !replaces_empty && ::link(unpublished_.c_str(), path_.c_str()) == 0;
  if (!linked && !replaces_empty && errno == EEXIST)
    throw Error(fmt::format("the flash image {} was made by another program meanwhile", path_.string()));
  if (linked) {
    ::unlink(unpublished_.c_str());
  } else if (::rename(unpublished_.c_str(), path_.c_str()) != 0) {
    fail("create", path_, errno);
  }
  unpublished_.clear();
}

Status FileFlash::read(std::uint32_t address, MutableBytes out) {
  if (!fits(address, static_cast<std::uint32_t>(out.size()), size())) return Status::out_of_bounds;
  std::copy_n(memory_ + address, out.size(), out.data());
  return Status::ok;
}

Status FileFlash::program(std::uint32_t address, ConstBytes bytes) {
  const auto length = static_cast<std::uint32_t>(bytes.size());
  if (!fits(address, length, size())) return Status::out_of_bounds;
  if (address % program_size() != 0 || length % program_size() != 0) return Status::program_failed;
  bool blank = false;
  const Status status = is_blank(address, length, blank);
  if (status != Status::ok) return status;
  if (!blank) return Status::program_failed;
  std::copy_n(bytes.data(), bytes.size(), memory_ + address);
  return Status::ok;
}

Status FileFlash::erase(std::uint32_t address) {
  if (!fits(address, erase_size(), size()) || address % erase_size() != 0) return Status::out_of_bounds;
  std::fill_n(memory_ + address, erase_size(), kErased);
  return Status::ok;
}

Status FileFlash::is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
  if (!fits(address, length, size())) return Status::out_of_bounds;
  blank = std::all_of(memory_ + address, memory_ + address + length,
                      [](std::uint8_t byte) { return byte == kErased; });
  return Status::ok;
}

}  // namespace tmd::host::device
