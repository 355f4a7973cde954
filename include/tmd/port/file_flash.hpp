// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>
#if defined(__linux__)
#include <mtd/mtd-user.h>
#include <sys/ioctl.h>
#endif

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"

namespace tmd {
namespace port {

/// A file, or on Linux an MTD character device, as flash: for Linux boards (UNO Q, Tachyon) and for systems with POSIX
/// files, as Particle's Device OS has. Each operation is durable when it returns (fsync), so a call takes as long as
/// the medium needs: 5 to 50 ms on an SD card. Not for writing from two processes.
///
/// A file's erase blocks are written as 0xFF. A power cut may tear what the medium writes at once: `program_size` is
/// that of the medium, 512 bytes on eMMC and SD cards; with file systems that copy on write (LittleFS, btrfs) a write
/// happens or not, and 16 does well. An MTD device erases for real, and says its own sizes; use those (`mtdinfo`).
///
///     tmd::port::FileFlash flash;
///     status = flash.open("/var/lib/product/model.flash", {256 * 1024, 4096, 512});
class FileFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = 512;
  /// Bytes; `erase_size` a multiple of `program_size`, a power of two of at most 512.
  struct Geometry {
    std::uint32_t size;
    std::uint32_t erase_size;
    std::uint32_t program_size;
  };

  FileFlash() = default;
  FileFlash(const FileFlash&) = delete;
  FileFlash& operator=(const FileFlash&) = delete;
  ~FileFlash() { close(); }

  /// Makes the file where there is none, all blank, and fills up one that is too short. ok; not_found: it can't be
  /// opened; program_failed: it can't be filled up.
  [[nodiscard]] Status open(const char* path, const Geometry& geometry) {
    close();
    geometry_ = geometry;
    file_ = ::open(path, O_RDWR);
#if defined(__linux__)
    mtd_info_user info;
    is_mtd_ = file_ >= 0 && ::ioctl(file_, MEMGETINFO, &info) == 0;
#endif
    if (file_ < 0) file_ = ::open(path, O_RDWR | O_CREAT, 0644);
    if (file_ < 0) return Status::not_found;
    if (is_mtd_) return Status::ok;
    const off_t length = ::lseek(file_, 0, SEEK_END);
    if (length < 0) return Status::not_found;
    if (static_cast<std::uint64_t>(length) >= geometry.size) return Status::ok;
    const std::uint32_t begin = static_cast<std::uint32_t>(length);
    return fill(begin, geometry.size - begin);
  }
  void close() {
    if (file_ >= 0) static_cast<void>(::close(file_));
    file_ = -1;
  }

  std::uint32_t size() const {
    return file_ < 0 ? 0 : geometry_.size;
  }
  std::uint32_t erase_size() const {
    return geometry_.erase_size;
  }
  std::uint32_t program_size() const {
    return geometry_.program_size;
  }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), size())) return Status::out_of_bounds;
    if (::lseek(file_, static_cast<off_t>(address), SEEK_SET) < 0) return Status::read_failed;
    while (!out.empty()) {
      const ssize_t got = ::read(file_, out.data(), out.size());
      if (got <= 0) return Status::read_failed;
      out = out.from(static_cast<std::size_t>(got));
    }
    return Status::ok;
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), size())) return Status::out_of_bounds;
    return write(address, bytes) && make_durable() ? Status::ok : Status::program_failed;
  }
  Status erase(std::uint32_t address) {
    if (!is_inside(address, erase_size(), size())) return Status::out_of_bounds;
#if defined(__linux__)
    erase_info_user block = {address, erase_size()};
    if (is_mtd_) return ::ioctl(file_, MEMERASE, &block) == 0 ? Status::ok : Status::erase_failed;
#endif
    return fill(address, erase_size()) == Status::ok ? Status::ok : Status::erase_failed;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return reads_as(*this, address, length, 0xFF, blank);
  }

 private:
  bool write(std::uint32_t address, ConstBytes bytes) {
    if (::lseek(file_, static_cast<off_t>(address), SEEK_SET) < 0) return false;
    while (!bytes.empty()) {
      const ssize_t put = ::write(file_, bytes.data(), bytes.size());
      if (put <= 0) return false;
      bytes = bytes.from(static_cast<std::size_t>(put));
    }
    return true;
  }
  /// What was written to an MTD device is in the flash already, and fsync refuses such a file (EINVAL).
  bool make_durable() const {
    return is_mtd_ || ::fsync(file_) == 0;
  }
  Status fill(std::uint32_t address, std::uint32_t length) {
    std::uint8_t blank[512];
    for (std::uint8_t& byte : blank) byte = 0xFF;
    for (std::uint32_t done = 0; done < length; done += static_cast<std::uint32_t>(sizeof(blank))) {
      if (!write(address + done, ConstBytes(blank).first(length - done))) return Status::program_failed;
    }
    return make_durable() ? Status::ok : Status::program_failed;
  }

  int file_ = -1;
  bool is_mtd_ = false;
  Geometry geometry_ = {0, 0, 0};
};

}  // namespace port
}  // namespace tmd
