// SPDX-License-Identifier: Apache-2.0
#include "device/file_flash.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "base/error.hpp"
#include "support/process.hpp"

using namespace tmd;
using host::device::FileFlash;
using host::device::FlashGeometry;
using test::TemporaryFolder;

namespace {
constexpr FlashGeometry kGeometry{4096, 1024, 8};
constexpr std::uint8_t kUnit[8] = {1, 2, 3, 4, 5, 6, 7, 8};
}  // namespace

TEST_CASE("a flash image is erased when it is made and keeps what was programmed") {
  const TemporaryFolder folder;
  {
    FileFlash flash(folder / "flash", kGeometry);
    CHECK(flash.is_new());
    bool blank = false;
    CHECK(flash.is_blank(0, 4096, blank) == Status::ok);
    CHECK(blank);
    CHECK(flash.program(1024, kUnit) == Status::ok);
    flash.publish();
  }
  FileFlash flash(folder / "flash", kGeometry);
  CHECK_FALSE(flash.is_new());
  CHECK(verify_programmed(flash, 1024, kUnit) == Status::ok);
  CHECK(test::contents_of(folder / "flash").size() == 4096);
}

TEST_CASE("a unit in the image is programmed once between two erases, and an erase touches one block") {
  const TemporaryFolder folder;
  FileFlash flash(folder / "flash", kGeometry);
  CHECK(flash.program(1016, kUnit) == Status::ok);
  CHECK(flash.program(2048, kUnit) == Status::ok);
  CHECK(flash.program(1016, kUnit) == Status::program_failed);
  CHECK(flash.program(1020, kUnit) == Status::program_failed);
  CHECK(flash.program(0, ConstBytes(kUnit, 7)) == Status::program_failed);
  CHECK(flash.program(3076, kUnit) == Status::program_failed);  // erased, and half a unit off
  CHECK(flash.memory()[3076] == FileFlash::kErased);
  CHECK(flash.erase(0) == Status::ok);
  CHECK(flash.program(1016, kUnit) == Status::ok);
  CHECK(verify_programmed(flash, 2048, kUnit) == Status::ok);
}

TEST_CASE("an image that was not finished leaves nothing behind") {
  const TemporaryFolder folder;
  { const FileFlash flash(folder / "flash", kGeometry); }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("an image is one program's at a time") {
  const TemporaryFolder folder;
  {
    FileFlash first(folder / "flash", kGeometry);
    FileFlash second(folder / "flash", kGeometry);
    first.publish();
    CHECK_THROWS_WITH_AS(second.publish(), doctest::Contains("made by another program"), host::Error);
    CHECK_THROWS_WITH_AS(FileFlash(folder / "flash", kGeometry),
                         doctest::Contains("in use by another program"), host::Error);
  }
  CHECK_FALSE(FileFlash(folder / "flash", kGeometry).is_new());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("an image takes the place of no device and no pipe, empty as they look") {
  const TemporaryFolder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(FileFlash(pipe, kGeometry), doctest::Contains("it is no regular file"), host::Error);
  CHECK(std::filesystem::is_fifo(pipe));
}

TEST_CASE("nothing outside the image is touched") {
  const TemporaryFolder folder;
  FileFlash flash(folder / "flash", kGeometry);
  std::uint8_t bytes[16] = {};
  CHECK(flash.read(4088, bytes) == Status::out_of_bounds);
  CHECK(flash.program(4096, kUnit) == Status::out_of_bounds);
  CHECK(flash.program(0xFFFFFFF8U, kUnit) == Status::out_of_bounds);
  CHECK(flash.erase(4096) == Status::out_of_bounds);
  CHECK(flash.erase(512) == Status::out_of_bounds);
}

TEST_CASE("an image of another size and a senseless geometry are refused with the reason") {
  const TemporaryFolder folder;
  test::put_contents(folder / "other", std::string(100, 'x'));
  CHECK_THROWS_WITH_AS(FileFlash(folder / "other", kGeometry), doctest::Contains("100 bytes, not 4096"),
                       host::Error);
  CHECK(test::contents_of(folder / "other") == std::string(100, 'x'));
  CHECK_THROWS_AS(FileFlash(folder / "a", FlashGeometry{4096, 1024, 3}), host::Error);
  CHECK_THROWS_AS(FileFlash(folder / "a", FlashGeometry{4096, 100, 8}), host::Error);
  CHECK_THROWS_AS(FileFlash(folder / "a", FlashGeometry{4095, 1024, 8}), host::Error);
  CHECK_THROWS_AS(FileFlash(folder / "a", FlashGeometry{0, 1024, 8}), host::Error);
  CHECK_FALSE(std::filesystem::exists(folder / "a"));
}
