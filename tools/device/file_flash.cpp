// SPDX-License-Identifier: Apache-2.0
#include "device/file_flash.hpp"

#include <fcntl.h>
#include <fmt/format.h>
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

std::uint8_t* map(int file, std::uint32_t size, const std::filesystem::path& path) {
  const int kind = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, kind, file, 0);
  if (memory == MAP_FAILED) fail("map", path, errno);
  return static_cast<std::uint8_t*>(memory);
}

/// Opens and fills or checks the file; closed on every way out, since a mapping outlives its descriptor.
std::uint8_t* map_file(const std::filesystem::path& path, std::uint32_t size, bool& is_new) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  struct stat facts {};
  if (file.number() < 0 || ::fstat(file.number(), &facts) != 0) fail("open", path, errno);
  is_new = facts.st_size == 0;
  if (is_new) {
    write_erased(file.number(), size, path);
  } else if (static_cast<std::uint64_t>(facts.st_size) != size) {
    throw Error(fmt::format(
        "{} is a flash image of {} bytes, not {}; give the geometry it was made with, or another file",
        path.string(), facts.st_size, size));
  }
  return map(file.number(), size, path);
}

}  // namespace

FileFlash::FileFlash(const std::filesystem::path& path, const FlashGeometry& geometry)
    : geometry_(geometry), memory_(nullptr), is_new_(false) {
  check_geometry(geometry);
  memory_ = map_file(path, geometry.size, is_new_);
}

FileFlash::FileFlash(const FlashGeometry& geometry) : geometry_(geometry), memory_(nullptr), is_new_(true) {
  check_geometry(geometry);
  memory_ = map(-1, geometry.size, "in memory");
  std::fill_n(memory_, geometry.size, kErased);
}

FileFlash::~FileFlash() {
  ::munmap(memory_, geometry_.size);
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
