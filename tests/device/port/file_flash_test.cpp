// SPDX-License-Identifier: Apache-2.0
// A real file: a process that updates the model in it is killed at every flash operation, and another one goes on.
#include "tmd/port/file_flash.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "support/bytes.hpp"
#include "support/make_patch.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/updater.hpp"

namespace tmd::test {
namespace {

constexpr port::FileFlash::Geometry kGeometry = {3 * 16384, 2048, 16};
constexpr Layout kLayout = {{0, 16384}, {16384, 16384}, {32768, 16384}};

/// The process ends in the middle of the operation that comes after `left` others: nothing of what it had in memory is
/// left, and half of what it wrote.
class DyingFlash {
 public:
  explicit DyingFlash(unsigned left) : left_(left) {}
  Status open(const std::string& path) { return file_.open(path.c_str(), kGeometry); }
  std::uint32_t size() const { return file_.size(); }
  std::uint32_t erase_size() const { return file_.erase_size(); }
  std::uint32_t program_size() const { return file_.program_size(); }
  Status read(std::uint32_t address, MutableBytes out) { return file_.read(address, out); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return file_.is_blank(address, length, blank);
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (left_-- != 0) return file_.program(address, bytes);
    (void)file_.program(address, bytes.first(bytes.size() / 2));
    _exit(9);
  }
  Status erase(std::uint32_t address) {
    if (left_-- != 0) return file_.erase(address);
    const std::uint8_t torn[100] = {};
    (void)file_.program(address + 512, ConstBytes(torn));
    _exit(9);
  }

 private:
  port::FileFlash file_;
  unsigned left_;
};

using Config = UnsignedConfig<DyingFlash>;

/// One start of the device, up to the new model's confirmation. Exit code 0: it runs.
int run_device(const std::string& path, const Bytes& base, const Bytes& patch, const Bytes& target,
               unsigned left) {
  DyingFlash flash(left);
  if (flash.open(path) != Status::ok) return 2;
  ModelStore<Config> store(flash, kLayout);
  FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(base.size());
  factory.digest = digest_of(DigestKind::sha256, view(base));
  if (until_done([&] { return store.boot(factory); }) != Status::ok) return 3;
  const Digest wanted = digest_of(DigestKind::sha256, view(target));
  if (store.active().digest == wanted) {
    if (store.verify_active() != Status::ok) return 4;
    if (store.active().state != ModelState::trial) return 0;
    return until_done([&] { return store.confirm(); }) == Status::ok ? 0 : 5;
  }
  if (!(store.active().digest == factory.digest) || store.verify_active() != Status::ok) return 6;
  Updater<Config> updater(store);
  Status status = updater.resume();
  if (status == Status::not_found) status = updater.begin();
  while (!is_error(status) && status != Status::ready_to_finish)
    status = updater.feed(view(patch).slice(updater.resume_offset(), 120)).status;
  if (is_error(status)) return 7;
  if (until_done([&] { return updater.finish(); }) != Status::ok) return 8;
  return until_done([&] { return store.confirm(); }) == Status::ok ? 0 : 10;
}

int in_child(const std::string& path, const Bytes& base, const Bytes& patch, const Bytes& target,
             unsigned left) {
  const pid_t child = ::fork();
  if (child == 0) _exit(run_device(path, base, patch, target, left));
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

struct File {
  // In memory where the system offers it: a process that is killed loses nothing that waits for a disk.
  std::string path = (::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") +
                     std::string("/tmd_file_flash_") + std::to_string(::getpid());
  File() { std::remove(path.c_str()); }
  ~File() { std::remove(path.c_str()); }
};

}  // namespace

TEST_CASE("a file that is not there becomes blank flash, and keeps what was programmed") {
  const File file;
  port::FileFlash flash;
  CHECK(flash.open("/nonexistent/folder/flash", kGeometry) == Status::not_found);
  REQUIRE(flash.open(file.path.c_str(), kGeometry) == Status::ok);
  bool blank = false;
  CHECK(flash.is_blank(0, kGeometry.size, blank) == Status::ok);
  CHECK(blank);
  const std::uint8_t unit[16] = {1, 2, 3};
  REQUIRE(flash.program(2048 + 16, ConstBytes(unit)) == Status::ok);
  flash.close();
  CHECK(flash.size() == 0);
  REQUIRE(flash.open(file.path.c_str(), kGeometry) == Status::ok);
  std::uint8_t back[16];
  REQUIRE(flash.read(2048 + 16, MutableBytes(back)) == Status::ok);
  CHECK(equal_bytes(unit, back, 16));
  REQUIRE(flash.erase(2048) == Status::ok);
  CHECK(flash.is_blank(2048, 2048, blank) == Status::ok);
  CHECK(blank);
  CHECK(flash.program(kGeometry.size - 8, ConstBytes(unit)) == Status::out_of_bounds);
  CHECK(flash.erase(kGeometry.size) == Status::out_of_bounds);
}

TEST_CASE("a medium of 4 GiB and more keeps what it has, as do smaller ones that are longer than the flash") {
  for (const std::uint64_t length : {std::uint64_t{kGeometry.size} + 1, std::uint64_t{1} << 32}) {
    CAPTURE(length);
    const File file;
    const std::uint8_t unit[16] = {1, 2, 3};
    {
      port::FileFlash flash;
      REQUIRE(flash.open(file.path.c_str(), kGeometry) == Status::ok);
      REQUIRE(flash.program(2048, ConstBytes(unit)) == Status::ok);
    }
    REQUIRE(::truncate(file.path.c_str(), static_cast<off_t>(length)) == 0);
    port::FileFlash flash;
    REQUIRE(flash.open(file.path.c_str(), kGeometry) == Status::ok);
    std::uint8_t back[16];
    REQUIRE(flash.read(2048, MutableBytes(back)) == Status::ok);
    CHECK(equal_bytes(unit, back, 16));
  }
}

TEST_CASE("a process is killed in each of its flash operations; the next one goes on") {
  Bytes base(9000), target;
  for (std::size_t i = 0; i < base.size(); ++i) base[i] = static_cast<std::uint8_t>((i * i) >> 5);
  target = base;
  for (std::size_t i = 100; i < target.size(); i += 900) target[i] ^= 5;
  const Bytes patch = make_patch(base, target, DigestKind::sha256);
  unsigned cut = 0;
  for (int ended = 9; ended == 9; ++cut) {
    const File file;
    {
      port::FileFlash flash;
      REQUIRE(flash.open(file.path.c_str(), kGeometry) == Status::ok);
      REQUIRE(flash.program(0, view(base)) == Status::ok);
    }
    ended = in_child(file.path, base, patch, target, cut);
    CAPTURE(cut);
    REQUIRE((ended == 9 || ended == 0));
    CHECK(in_child(file.path, base, patch, target, 1000000) == 0);
    CHECK(in_child(file.path, base, patch, target, 1000000) == 0);
  }
  CHECK(cut > 30);
}

}  // namespace tmd::test
