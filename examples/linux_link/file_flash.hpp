// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

#include "tmd/flash.hpp"

/// Flash in a file of a Linux board, or on a raw partition: erase blocks of 4 KB, program units of 8 bytes. What a call
/// wrote is on the disk when it returns: power may go at any time.
class FileFlash {
 public:
  static constexpr std::uint32_t kBlock = 4096;

  FileFlash() = default;
  FileFlash(const FileFlash&) = delete;
  FileFlash& operator=(const FileFlash&) = delete;
  ~FileFlash() {
    if (file_ >= 0) ::close(file_);
  }

  /// Opens it, or makes an erased one. False where that can't be done; errno says why.
  bool open(const char* path) {
    file_ = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) return false;
    const off_t length = ::lseek(file_, 0, SEEK_END);
    // A file that was cut short while it was made is finished: what lies behind its end was never programmed.
    for (std::uint32_t block = static_cast<std::uint32_t>(length) / kBlock; block < size() / kBlock;
         ++block) {
      if (erase(block * kBlock) != tmd::Status::ok) return false;
    }
    return true;
  }

  static constexpr std::uint32_t size() { return 256 * 1024; }
  static constexpr std::uint32_t erase_size() { return kBlock; }
  static constexpr std::uint32_t program_size() { return 8; }

  tmd::Status read(std::uint32_t address, tmd::MutableBytes out) {
    const ssize_t got = ::pread(file_, out.data(), out.size(), static_cast<off_t>(address));
    return got == static_cast<ssize_t>(out.size()) ? tmd::Status::ok : tmd::Status::read_failed;
  }
  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes) {
    return write(address, bytes) ? tmd::Status::ok : tmd::Status::program_failed;
  }
  tmd::Status erase(std::uint32_t address) {
    std::uint8_t blank[kBlock];
    for (std::uint8_t& byte : blank) byte = 0xFF;
    return write(address, tmd::ConstBytes(blank)) ? tmd::Status::ok : tmd::Status::erase_failed;
  }
  tmd::Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    blank = true;
    std::uint8_t piece[256];
    for (std::uint32_t done = 0; blank && done < length;) {
      const tmd::MutableBytes part = tmd::MutableBytes(piece).first(length - done);
      if (read(address + done, part) != tmd::Status::ok) return tmd::Status::read_failed;
      for (const std::uint8_t byte : part) blank = blank && byte == 0xFF;
      done += static_cast<std::uint32_t>(part.size());
    }
    return tmd::Status::ok;
  }

 private:
  bool write(std::uint32_t address, tmd::ConstBytes bytes) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(address));
    return written == static_cast<ssize_t>(bytes.size()) && ::fdatasync(file_) == 0;
  }

  int file_ = -1;
};
