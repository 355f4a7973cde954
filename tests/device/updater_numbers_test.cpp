// SPDX-License-Identifier: Apache-2.0
// Each length and offset that a manifest states, at its edges: what makes no sense is refused before the first erase,
// and what is taken leads out of no slot.
#include <doctest/doctest.h>

#include "support/device.hpp"
#include "support/hex.hpp"
#include "support/make_patch.hpp"
#include "support/signed_patches.hpp"
#include "tmd/firmware_limits.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct Statement : FirmwareStatement {
  static constexpr std::uint32_t kFeatures = 1;
};
/// Looks at every entry, and keeps every one that it has room for.
template <class Flash>
struct Curious : UnsignedConfig<Flash> {
  using Limits = FirmwareLimits<Statement>;
  static constexpr std::uint32_t kSelfTestSize = 64;
  static constexpr std::uint8_t kTrialBoots = 0;
  static constexpr bool keeps_entry(EntryNumber) { return true; }
};
using CuriousDevice = Device<Curious>;

const Bytes kBase = random_bytes(5000, 1);
const Bytes kTarget = [] {
  Bytes target = kBase;
  for (std::size_t i = 0; i < target.size(); i += 97) target[i] ^= 1;
  return join({target, random_bytes(200, 2)});
}();

std::vector<std::uint32_t> edges(std::uint32_t length) {
  return {
      0,          1,          2,         127, 128, length - 1, length, length + 1, CuriousDevice::kSlotSize,
      0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
}
Bytes varint(std::uint32_t value) {
  Bytes bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}
Bytes word(std::uint32_t value) {
  Bytes bytes(4);
  store_le32(bytes.data(), value);
  return bytes;
}

/// Values of an entry with this number in the places of lengths and offsets.
std::vector<Bytes> values_with(std::uint32_t number) {
  const Bytes length = varint(number), four = word(number);
  std::vector<Bytes> values = {length,
                               four,
                               join({four, four}),
                               join({{1, 0}, length}),
                               join({{1}, length}),
                               join({length, length}),
                               join({{1}, length, {1}}),
                               join({{1, 9}, length, {0, 0}, four}),
                               join({{1, 9}, {3}, length, {1}, four}),
                               join({{0}, four, {1}, four}),
                               join({{32}, {1}, length, {65, 66}}),
                               join({{1}, {1}, {9, 2}, length, length, {0}}),
                               join({{0}, Bytes(32, 7), length}),
                               join({{0}, Bytes(32, 7), four})};
  if (number < 300) values.push_back(Bytes(number, 1));
  return values;
}

/// What the device hands out lies in its slot, behind or in the model.
void check_regions(CuriousDevice& field) {
  const ActiveModel active = field.store().active();
  REQUIRE(active.present);
  const Region slot = field.store().slot(active.slot);
  const auto is_inside = [&](const Region& part, const Region& whole) {
    return part.size == 0 || whole.contains(part.address - whole.address, part.size);
  };
  CHECK(is_inside(active.region, slot));
  CHECK(is_inside(field.store().companion().region, active.region));
  for (unsigned number = 1; number < kCriticalBit; ++number)
    CHECK(is_inside(field.store().active_entry(static_cast<EntryNumber>(number)), slot));
}

}  // namespace

TEST_CASE("companion data are at most as long as the model at whose end they lie") {
  for (const std::uint32_t size : edges(5200)) {
    CAPTURE(size);
    CuriousDevice field(kBase);
    const FlashCounters before = field.flash().counters();
    const Bytes value = join({{1, 0}, varint(size)});
    const Status status =
        field.update(make_patch(kBase, kTarget, DigestKind::crc32, {{EntryNumber::companion, false, value}}));
    CHECK(status == (size <= 5200 ? Status::ok : Status::malformed_manifest));
    const bool is_written = field.flash().counters().erases != before.erases;
    CHECK(is_written == (status == Status::ok));
    CHECK(field.store().companion().region.size == (status == Status::ok ? size : 0));
  }
}

TEST_CASE("an entry with any number in it is refused before the first erase, or leads out of no slot") {
  // Without a base: it is taken again and again.
  Update full({}, Bytes(5200, 0x5A));
  CuriousDevice field(kBase);
  unsigned taken = 0, refused = 0;
  for (unsigned entry = 1; entry < kCriticalBit; ++entry) {
    // One of the vendor's stands for all of them.
    if (entry > 0x20 && entry != 0x60) continue;
    for (const std::uint32_t number : edges(5200)) {
      for (const Bytes& value : values_with(number)) {
        CAPTURE(entry);
        CAPTURE(number);
        // Those of another length are nobody's entries: entries_test.cpp.
        const std::size_t fixed = fixed_entry_size(static_cast<EntryNumber>(entry));
        if (fixed != 0 && value.size() != fixed) continue;
        full.parts.entries = {{static_cast<EntryNumber>(entry), false, value}};
        const Bytes patch = full.unsigned_patch();
        const FlashCounters before = field.flash().counters();
        const Status status = field.update(patch, pieces_of(1000));
        if (status == Status::ok) {
          ++taken;
          check_regions(field);
        } else {
          ++refused;
          CHECK(field.flash().counters().erases == before.erases);
          CHECK(field.flash().counters().programs == before.programs);
        }
      }
    }
  }
  CHECK(taken > 300);
  CHECK(refused > 1000);
}

TEST_CASE("lengths in the header that are not those of the models take no model") {
  const Update update(kBase, kTarget);
  CuriousDevice field(kBase);
  for (unsigned which = 0; which < 3; ++which) {
    const std::uint32_t right[] = {5000, 5200, update.parts.body_length};
    for (const std::uint32_t number : edges(right[which])) {
      CAPTURE(which);
      CAPTURE(number);
      if (number == right[which]) continue;
      Update changed = update;
      host::format::PatchParts& parts = changed.parts;
      (which == 0 ? parts.base_length : which == 1 ? parts.target_length : parts.body_length) = number;
      const FlashCounters before = field.flash().counters();
      CHECK(field.update(changed.unsigned_patch()) != Status::ok);
      if ((which == 0 && number != 0) || (which == 1 && number > CuriousDevice::kSlotSize))
        CHECK(field.flash().counters().erases == before.erases);
      CHECK(field.active_bytes() == kBase);
      CHECK(field.restart() == Status::ok);
      CHECK(field.active_bytes() == kBase);
    }
  }
}
