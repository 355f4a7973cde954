// SPDX-License-Identifier: Apache-2.0
#include "device/flash_part.hpp"

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "base/error.hpp"

using namespace tmd;
using host::device::FileFlash;
using host::device::Part;

TEST_CASE("a slot is made of whole erase blocks, one at least") {
  CHECK(host::device::slot_for(0, 4096) == 4096);
  CHECK(host::device::slot_for(1, 4096) == 4096);
  CHECK(host::device::slot_for(4096, 4096) == 4096);
  CHECK(host::device::slot_for(4097, 4096) == 8192);
}

TEST_CASE("slot A, slot B and the journal stand one behind the other and fill the part") {
  const Part part = {8192, 4096, 1024, 8};
  CHECK(part.geometry().size == 2 * 8192 + 4096);
  CHECK(part.layout().slot_a.address == 0);
  CHECK(part.layout().slot_b.address == 8192);
  CHECK(part.layout().journal.address == 16384);
  CHECK(part.layout().journal.end() == part.geometry().size);
}

TEST_CASE("a factory model is programmed whole, its last unit filled with erased bytes") {
  const Part part = {1024, 2048, 1024, 8};
  FileFlash flash(part.geometry());
  const host::Bytes model = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  host::device::program_factory_model(flash, part, host::view(model));
  CHECK(equal_bytes(flash.memory().first(11), host::view(model)));
  for (const std::uint8_t byte : flash.memory().from(11)) REQUIRE(byte == FileFlash::kErased);
}

TEST_CASE("a factory model that is too large is refused, and one that fills the slot is not") {
  const Part part = {1024, 2048, 1024, 8};
  FileFlash flash(part.geometry());
  CHECK_THROWS_AS(host::device::program_factory_model(flash, part, host::view(host::Bytes(1025))),
                  host::Error);
  CHECK(flash.memory()[0] == FileFlash::kErased);
  host::device::program_factory_model(flash, part, host::view(host::Bytes(1024)));
  CHECK(flash.memory()[1023] == 0);
  CHECK(flash.memory()[1024] == FileFlash::kErased);
}

TEST_CASE("slot, ring, journal and staging area of a device with one slot stand one behind the other") {
  codec::ReadWindow window;
  window.block_size = 1024;
  window.spare = 3;
  const host::device::OneSlotPart part = host::device::one_slot_part(window, 5000, 8192, 100, 4);
  CHECK(part.layout.slot_a.size == 5 * 1024);
  CHECK(part.layout.slot_b.address == 5 * 1024);
  CHECK(part.layout.slot_b.size == 3 * 1024);
  CHECK(part.layout.journal.address == 8 * 1024);
  CHECK(part.layout.journal.size == 8192);
  CHECK(part.staging.address == 16 * 1024);
  CHECK(part.staging.size == 1024);
  CHECK(part.geometry.size == 17 * 1024);
}

TEST_CASE("an image that does not boot is named, with what a journal takes where that is why") {
  const FileFlash flash({4096, 1024, 8});
  CHECK_THROWS_WITH_AS(host::device::refuse_image(flash, Status::invalid_layout),
                       doctest::Contains("too small; tmd size says how large a journal is at least"),
                       host::Error);
  CHECK_THROWS_WITH_AS(host::device::refuse_image(flash, Status::journal_lost),
                       doctest::Contains("or a fresh one"), host::Error);
}

TEST_CASE("the model that an image holds is the one that is given, by length and digest") {
  const host::Bytes model = {1, 2, 3, 4, 5}, other = {1, 2, 3, 4, 6}, longer = {1, 2, 3, 4, 5, 6};
  ActiveModel active;
  active.present = true;
  active.region = {0, 5};
  active.digest = host::device::factory_model(host::view(model)).digest;
  CHECK_NOTHROW(host::device::require_model(active, "m.bin", host::view(model)));
  for (const host::Bytes& wrong : {other, longer})
    CHECK_THROWS_WITH_AS(host::device::require_model(active, "m.bin", host::view(wrong)),
                         doctest::Contains("holds another model than m.bin"), host::Error);
}
