// SPDX-License-Identifier: Apache-2.0
#include "base/files.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/error.hpp"
#include "support/process.hpp"
#include "support/small_disk.hpp"

using namespace tmd;
using test::contents_of;
using test::put_contents;
using test::SmallDisk;
using test::TemporaryFolder;

namespace {

std::size_t files_in(const TemporaryFolder& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++count;
  return count;
}

/// The most memory that this process ever had, in KiB.
long most_memory() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

}  // namespace

TEST_CASE("a file that is too large is refused before it is read") {
  const TemporaryFolder folder;
  put_contents(folder / "sparse", "");
  // Nothing but its size takes place on the disk.
  REQUIRE(::truncate((folder / "sparse").c_str(), (off_t{1} << 30) + 1) == 0);
  const long before = most_memory();
  CHECK_THROWS_WITH_AS((void)host::read_file(folder / "sparse"),
                       doctest::Contains("sparse is larger than 1024 MiB"), host::Error);
  CHECK(most_memory() - before < 256 * 1024);
}

TEST_CASE("a file is read back as it was written, also an empty one") {
  const TemporaryFolder folder;
  std::string everything;
  for (int i = 0; i < 100000; ++i) everything.push_back(static_cast<char>(i * 7));
  for (const std::string& contents : {std::string(), std::string("\0x", 2), everything}) {
    host::write_file(folder / "file", contents);
    const host::Bytes bytes = host::read_file(folder / "file");
    CHECK(std::string(bytes.begin(), bytes.end()) == contents);
  }
  CHECK(files_in(folder) == 1);
}

TEST_CASE("where a file is wanted nobody waits for a pipe, or reads a device or a folder") {
  const TemporaryFolder folder;
  put_contents(folder / "file", "words");
  std::filesystem::create_symlink("file", folder / "link");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const char* name : {"file", "link"}) CHECK(host::read_plain_file(folder / name).size() == 5);
  for (const std::string& path : {folder / "pipe", folder.path().string(), std::string("/dev/null")})
    CHECK_THROWS_WITH_AS((void)host::read_plain_file(path),
                         doctest::Contains((path + ": it is no plain file").c_str()), host::Error);
  CHECK_THROWS_WITH_AS((void)host::read_plain_file(folder / "absent"),
                       doctest::Contains("absent: No such file"), host::Error);
}

TEST_CASE("what cannot be read or written is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS((void)host::read_file(folder / "absent"), doctest::Contains("absent: No such file"),
                       host::Error);
  CHECK_THROWS_WITH_AS((void)host::read_file(folder.path()), doctest::Contains("Is a directory"),
                       host::Error);
  CHECK_THROWS_WITH_AS(host::write_file(folder / "no/such/place", "x"), doctest::Contains("no/such/place"),
                       host::Error);
  CHECK_THROWS_WITH_AS(host::write_file(folder.path(), "x"), doctest::Contains("Is a directory"),
                       host::Error);
}

TEST_CASE("a write that fails half-way leaves the old file and nothing else") {
  const TemporaryFolder folder;
  put_contents(folder / "file", "as it was");
  {
    const SmallDisk disk(1000);
    CHECK_THROWS_AS(host::write_file(folder / "file", std::string(5000, 'x')), host::Error);
    CHECK_THROWS_AS(host::write_file(folder / "fresh", std::string(5000, 'x')), host::Error);
  }
  CHECK(contents_of(folder / "file") == "as it was");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a secret is readable by its owner alone; a link is followed; a device is written straight") {
  const TemporaryFolder folder;
  host::write_file(folder / "key", "secret", host::Readers::owner_only);
  struct stat facts {};
  REQUIRE(::stat((folder / "key").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  put_contents(folder / "real", "old");
  std::filesystem::create_symlink("real", folder / "link");
  host::write_file(folder / "link", "new");
  CHECK(contents_of(folder / "real") == "new");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK_NOTHROW(host::write_file("/dev/null", "gone"));
}

TEST_CASE("what cannot be created is said before long work, and nothing is left of the trial") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(host::check_can_create(folder / "no/such"), doctest::Contains("no/such"), host::Error);
  CHECK_THROWS_WITH_AS(host::check_can_create(folder.path()), doctest::Contains("Is a directory"),
                       host::Error);
  // Nobody may make files there, not even root.
  CHECK_THROWS_WITH_AS(host::check_can_create("/proc/self/file"), doctest::Contains("file"), host::Error);
  put_contents(folder / "file", "as it was");
  std::filesystem::create_symlink("file", folder / "link");
  for (const char* name : {"file", "link", "fresh"}) CHECK_NOTHROW(host::check_can_create(folder / name));
  CHECK(contents_of(folder / "file") == "as it was");
  CHECK(files_in(folder) == 2);
}

TEST_CASE("a pipe has no folder that would have to be written to") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  CHECK_NOTHROW(host::check_can_create("/proc/self/fd/" + std::to_string(ends[1])));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE(
    "files that wait for their places leave what is there until they are told, and go where they are not") {
  const TemporaryFolder folder;
  const host::Bytes words = {'n', 'e', 'w'};
  put_contents(folder / "a", "old");
  {
    host::FileToPlace a(folder / "a", host::view(words));
    host::FileToPlace b(folder / "b", host::view(words));
    host::FileToPlace moved = std::move(b);
    CHECK(contents_of(folder / "a") == "old");
    moved.take_place();
    CHECK(contents_of(folder / "b") == "new");
    CHECK(contents_of(folder / "a") == "old");
  }
  CHECK(contents_of(folder / "a") == "old");
  CHECK(files_in(folder) == 2);
  CHECK_THROWS_AS(host::FileToPlace("/dev/null", host::view(words)), host::Error);
  CHECK_THROWS_AS(host::FileToPlace(folder.path(), host::view(words)), host::Error);
  const SmallDisk disk(2);
  CHECK_THROWS_WITH_AS(host::FileToPlace(folder / "a", host::view(words)), doctest::Contains("cannot write"),
                       host::Error);
  CHECK(files_in(folder) == 2);
}
