// SPDX-License-Identifier: Apache-2.0
#include "tmd/flash/encrypted_flash.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "device/auth/psa/open_xts.hpp"
#include "support/signed_patches.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/flash_port.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Ram = RamFlash<4096, 1024, 4>;

/// Flash that is busy twice before each answer, and insists on the same arguments meanwhile; what is programmed is
/// taken from the caller's memory at the end only, as a DMA unit may do.
class SlowFlash : public Ram {
 public:
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (asked_ == 0) first_ = {address, bytes};
    CHECK(first_.address == address);
    CHECK(first_.bytes.data() == bytes.data());
    CHECK(first_.bytes.size() == bytes.size());
    if (++asked_ < 3) return Status::would_block;
    asked_ = 0;
    ++programs;
    return fails ? Status::program_failed : Ram::program(address, bytes);
  }

  unsigned programs = 0;
  bool fails = false;

 private:
  struct Asked {
    std::uint32_t address = 0;
    ConstBytes bytes;
  };
  Asked first_;
  unsigned asked_ = 0;
};

Bytes raw(Ram& ram, std::uint32_t address, std::size_t size) {
  Bytes bytes(size);
  REQUIRE(ram.read(address, MutableBytes(bytes.data(), size)) == Status::ok);
  return bytes;
}

}  // namespace

TEST_CASE(
    "what is programmed is ciphertext on the chip and plain when it is read, from any byte to any byte") {
  Ram ram;
  OpenXts cipher;
  EncryptedFlash<Ram, PsaAesXts, 64> flash(ram, cipher);
  CHECK(flash.program_size(0) == 16);
  CHECK(flash.erase_size(0) == 1024);
  const Bytes plain = random_bytes(208, 3);
  REQUIRE(flash.program(1024, view(plain)) == Status::ok);
  CHECK(raw(ram, 1024, plain.size()) == encrypted(cipher, 1024, plain));
  for (std::size_t from = 0; from < plain.size(); ++from) {
    for (std::size_t size = 0; from + size <= plain.size(); size += 1 + from % 5) {
      Bytes out(size);
      REQUIRE(flash.read(static_cast<std::uint32_t>(1024 + from), MutableBytes(out.data(), size)) ==
              Status::ok);
      CHECK(equal_bytes(view(out), view(plain).slice(from, size)));
    }
  }
  bool blank = true;
  CHECK(flash.is_blank(1024, 208, blank) == Status::ok);
  CHECK(!blank);
  CHECK(flash.is_blank(2048, 1024, blank) == Status::ok);
  CHECK(blank);
  CHECK(flash.erase(1024) == Status::ok);
  CHECK(flash.is_blank(1024, 1024, blank) == Status::ok);
  CHECK(blank);
}

TEST_CASE("parts of a block are no program unit any more") {
  Ram ram;
  OpenXts cipher;
  EncryptedFlash<Ram, PsaAesXts> flash(ram, cipher);
  CHECK(flash.program(0, view(Bytes(12, 1))) == Status::program_failed);
  CHECK(flash.program(4, view(Bytes(16, 1))) == Status::program_failed);
  CHECK(raw(ram, 0, 64) == Bytes(64, 0xFF));
}

TEST_CASE("a driver that is busy is asked again with bytes that stay where they are") {
  SlowFlash slow;
  OpenXts cipher;
  EncryptedFlash<SlowFlash, PsaAesXts, 64> flash(slow, cipher);
  const Bytes plain = random_bytes(160, 4);  // three calls to the driver
  unsigned asked = 0;
  Status status = Status::would_block;
  while (status == Status::would_block) {
    status = flash.program(0, view(plain));
    ++asked;
  }
  CHECK(status == Status::ok);
  CHECK(asked == 7);
  CHECK(slow.programs == 3);
  CHECK(raw(slow, 0, plain.size()) == encrypted(cipher, 0, plain));
  // A failure ends the call, and leaves nothing behind for the next.
  slow.fails = true;
  while ((status = flash.program(1024, view(plain))) == Status::would_block) {
  }
  CHECK(status == Status::program_failed);
  slow.fails = false;
  const Bytes other = random_bytes(64, 9);
  while ((status = flash.program(2048, view(other))) == Status::would_block) {
  }
  CHECK(status == Status::ok);
  CHECK(raw(slow, 2048, other.size()) == encrypted(cipher, 2048, other));
}

TEST_CASE("a cipher that fails is a read that failed, or a program that failed, and nothing is programmed") {
  Ram ram;
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  PsaAesXts closed;
  EncryptedFlash<Ram, PsaAesXts> flash(ram, closed);
  Bytes out(20);
  CHECK(flash.read(0, MutableBytes(out.data(), out.size())) == Status::read_failed);
  CHECK(flash.program(0, view(Bytes(16, 1))) == Status::program_failed);
  CHECK(raw(ram, 0, 64) == Bytes(64, 0xFF));
}

TEST_CASE("the limits that are said: no integrity, and equal bytes at one place stay equal") {
  Ram ram;
  OpenXts cipher;
  EncryptedFlash<Ram, PsaAesXts> flash(ram, cipher);
  const Bytes plain(64, 0x55);
  REQUIRE(flash.program(0, view(plain)) == Status::ok);
  const Bytes first = raw(ram, 0, 64);
  REQUIRE(flash.erase(0) == Status::ok);
  REQUIRE(flash.program(0, view(plain)) == Status::ok);
  CHECK(raw(ram, 0, 64) == first);  // the same again
  CHECK(Bytes(first.begin(), first.begin() + 16) != Bytes(first.begin() + 16, first.begin() + 32));
  // One bit changed on the chip: noise in its 16 bytes, without an error, and nowhere else.
  Bytes changed = first;
  changed[20] ^= 1;
  REQUIRE(ram.erase(0) == Status::ok);
  REQUIRE(ram.program(0, view(changed)) == Status::ok);
  Bytes out(64);
  REQUIRE(flash.read(0, MutableBytes(out.data(), out.size())) == Status::ok);
  CHECK(equal_bytes(view(out).first(16), view(plain).first(16)));
  CHECK(Bytes(out.begin() + 16, out.begin() + 32) != Bytes(16, 0x55));
  CHECK(Bytes(out.begin() + 32, out.end()) == Bytes(32, 0x55));
}

namespace {
constexpr std::uint32_t kSlot = 8192, kJournal = 32768;
using Chip = RamFlash<2 * kSlot + kJournal, 1024, 4>;
using Encrypted = EncryptedFlash<Chip, PsaAesXts>;
struct Config : UnsignedConfig<Encrypted> {
  static constexpr std::uint8_t kTrialBoots = 0;
};
}  // namespace

TEST_CASE("a whole update on an encrypted chip, on which neither model can be found") {
  const auto chip = std::make_unique<Chip>();
  OpenXts cipher;
  Encrypted flash(*chip, cipher);
  Bytes base(5008);
  for (std::size_t i = 0; i < base.size(); ++i) base[i] = static_cast<std::uint8_t>(i / 16);
  const Bytes target = retrained(base, 2);
  REQUIRE(flash.program(0, view(base).first(1024)) == Status::ok);
  for (std::uint32_t at = 1024; at < base.size(); at += 1024)
    REQUIRE(flash.program(at, view(base).slice(at, 1024)) == Status::ok);

  FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(base.size());
  factory.digest = digest_of(DigestKind::sha256, view(base));
  const Update update(base, target);
  const Bytes patch = update.unsigned_patch();
  std::size_t at = 0;
  {  // power goes half way
    ModelStore<Config> store(flash, Layout{{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}});
    REQUIRE(store.boot(factory) == Status::ok);
    Updater<Config> updater(store);
    REQUIRE(updater.begin() == Status::ok);
    while (at < patch.size() / 2) at += updater.feed(view(patch).slice(at, 33)).consumed;
  }
  ModelStore<Config> store(flash, Layout{{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}});
  REQUIRE(store.boot(factory) == Status::ok);
  Updater<Config> updater(store);
  REQUIRE(updater.resume() == Status::ok);
  Status status = Status::need_more;
  while (tmd::is_open(status) && status != Status::ready_to_finish)
    status = updater.feed(view(patch).from(updater.resume_offset())).status;
  REQUIRE(status == Status::ready_to_finish);
  CHECK(updater.finish() == Status::ok);
  CHECK(store.verify_active() == Status::ok);
  const ActiveModel active = store.active();
  Bytes read(active.region.size);
  REQUIRE(flash.read(active.region.address, MutableBytes(read.data(), read.size())) == Status::ok);
  CHECK(read == target);

  Bytes whole(Chip::size());
  REQUIRE(chip->read(0, MutableBytes(whole.data(), whole.size())) == Status::ok);
  for (const Bytes& model : {base, target}) {
    for (std::size_t from = 0; from + 16 <= model.size(); from += 160) {
      const auto begin = model.begin() + static_cast<std::ptrdiff_t>(from);
      CHECK(std::search(whole.begin(), whole.end(), begin, begin + 16) == whole.end());
    }
  }
}
