// SPDX-License-Identifier: Apache-2.0
#include "host/file_flash.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "host/error.hpp"

namespace tmd::host {
namespace {

static_assert(check_flash_policy<FileFlash>());

void check_geometry(const FlashGeometry& geometry) {
  const auto [size, erase_size, program_size] = geometry;
  if (program_size == 0 || program_size > kMaxProgramSize || (program_size & (program_size - 1)) != 0) {
    throw Error(fmt::format("a program unit has 1, 2, 4, 8, 16 or 32 bytes, not {}", program_size));
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

bool write_at(int file, std::uint32_t address, ConstBytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(address));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    address += static_cast<std::uint32_t>(written);
    bytes = bytes.from(static_cast<std::size_t>(written));
  }
  return true;
}

bool fill_erased(int file, std::uint32_t address, std::uint32_t length) {
  const std::vector<std::uint8_t> erased(std::min<std::uint32_t>(length, 65536), FileFlash::kErased);
  for (std::uint32_t done = 0; done < length;) {
    const auto part = std::min<std::uint32_t>(length - done, static_cast<std::uint32_t>(erased.size()));
    if (!write_at(file, address + done, ConstBytes(erased.data(), part))) return false;
    done += part;
  }
  return true;
}

}  // namespace

FileFlash::FileFlash(const std::filesystem::path& path, const FlashGeometry& geometry)
    : geometry_(geometry), file_(-1), is_new_(false) {
  check_geometry(geometry);
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  struct stat facts {};
  if (file_ < 0 || ::fstat(file_, &facts) != 0) {
    const int error = errno;
    if (file_ >= 0) ::close(file_);
    throw Error(fmt::format("cannot open the flash image {}: {}", path.string(), std::strerror(error)));
  }
  is_new_ = facts.st_size == 0;
  if (is_new_ && !fill_erased(file_, 0, geometry.size)) {
    ::close(file_);
    throw Error(fmt::format("cannot write the flash image {}: {}", path.string(), std::strerror(errno)));
  }
  if (!is_new_ && static_cast<std::uint64_t>(facts.st_size) != geometry.size) {
    ::close(file_);
    throw Error(
        fmt::format("{} is a flash image of {} bytes, not {}; give the geometry it was made with, or "
                    "another file",
                    path.string(), static_cast<std::uint64_t>(facts.st_size), geometry.size));
  }
}

FileFlash::~FileFlash() {
  ::close(file_);
}

Status FileFlash::read(std::uint32_t address, MutableBytes out) {
  if (!fits(address, static_cast<std::uint32_t>(out.size()), size())) return Status::out_of_bounds;
  while (!out.empty()) {
    const ssize_t got = ::pread(file_, out.data(), out.size(), static_cast<off_t>(address));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Status::read_failed;
    address += static_cast<std::uint32_t>(got);
    out = out.from(static_cast<std::size_t>(got));
  }
  return Status::ok;
}

Status FileFlash::program(std::uint32_t address, ConstBytes bytes) {
  const auto length = static_cast<std::uint32_t>(bytes.size());
  if (!fits(address, length, size())) return Status::out_of_bounds;
  if (address % program_size() != 0 || length % program_size() != 0) return Status::program_failed;
  bool blank = false;
  const Status status = is_blank(address, length, blank);
  if (status != Status::ok) return status;
  if (!blank || !write_at(file_, address, bytes)) return Status::program_failed;
  return Status::ok;
}

Status FileFlash::erase(std::uint32_t address) {
  if (!fits(address, erase_size(), size()) || address % erase_size() != 0) return Status::out_of_bounds;
  return fill_erased(file_, address, erase_size()) ? Status::ok : Status::erase_failed;
}

Status FileFlash::is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
  blank = true;
  std::uint8_t chunk[256];
  while (blank && length > 0) {
    const auto part = std::min<std::uint32_t>(length, sizeof(chunk));
    const Status status = read(address, MutableBytes(chunk, part));
    if (status != Status::ok) return status;
    blank = std::all_of(chunk, chunk + part, [](std::uint8_t byte) { return byte == kErased; });
    address += part;
    length -= part;
  }
  return Status::ok;
}

}  // namespace tmd::host
