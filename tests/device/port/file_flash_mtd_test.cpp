// SPDX-License-Identifier: Apache-2.0
// A file that answers as the kernel's MTD character devices do (drivers/mtd/mtdchar.c): it says that it is one, erases
// by blocks, and knows no fsync.
#include <doctest/doctest.h>
#include <mtd/mtd-user.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <vector>

#include "tmd/port/file_flash.hpp"

namespace {

constexpr std::uint32_t kBlock = 4096;
bool is_mtd = false;  ///< What is open now is such a device.
unsigned erases = 0;

int erase(int file, const erase_info_user& block) {
  if (block.start % kBlock != 0 || block.length % kBlock != 0) return errno = EINVAL, -1;
  ++erases;
  const std::vector<std::uint8_t> blank(block.length, 0xFF);
  const ssize_t written = ::pwrite(file, blank.data(), blank.size(), static_cast<off_t>(block.start));
  return written == static_cast<ssize_t>(blank.size()) ? 0 : -1;
}

}  // namespace

// In place of the C library's, for the whole program.
extern "C" int ioctl(int file, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (is_mtd && request == MEMERASE) return erase(file, *static_cast<const erase_info_user*>(argument));
  if (!is_mtd || request != MEMGETINFO)
    return static_cast<int>(::syscall(SYS_ioctl, file, request, argument));
  mtd_info_user& info = *static_cast<mtd_info_user*>(argument);
  info = {};
  info.erasesize = kBlock;
  return 0;
}
extern "C" int fsync(int file) {
  if (is_mtd) return errno = EINVAL, -1;
  return static_cast<int>(::syscall(SYS_fsync, file));
}

namespace tmd::test {

TEST_CASE(
    "an MTD device is erased by the kernel, and what was written to it needs no fsync, which it refuses") {
  const std::string path = "/tmp/tmd_mtd_" + std::to_string(::getpid());
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  const std::vector<char> old(4 * kBlock, 'x');
  REQUIRE(std::fwrite(old.data(), 1, old.size(), file) == old.size());
  REQUIRE(std::fclose(file) == 0);
  is_mtd = true;
  erases = 0;
  {
    port::FileFlash flash;
    REQUIRE(flash.open(path.c_str(), {4 * kBlock, kBlock, 16}) == Status::ok);
    CHECK(flash.erase(kBlock) == Status::ok);
    CHECK(erases == 1);
    bool blank = false;
    REQUIRE(flash.is_blank(kBlock, kBlock, blank) == Status::ok);
    CHECK(blank);
    const std::uint8_t unit[16] = {1, 2, 3};
    CHECK(flash.program(kBlock + 32, ConstBytes(unit)) == Status::ok);
    std::uint8_t back[16];
    REQUIRE(flash.read(kBlock + 32, MutableBytes(back)) == Status::ok);
    CHECK(equal_bytes(unit, back, 16));
  }
  is_mtd = false;
  std::remove(path.c_str());
}

}  // namespace tmd::test
