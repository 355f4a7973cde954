// SPDX-License-Identifier: Apache-2.0
// The attacker's suite, first part: patches whose manifest or signature is at fault, against the whole
// updater. Each is refused before a byte of the base is read and before anything is erased or programmed.
#include <doctest/doctest.h>

#include "fleet.hpp"
#include "support/format1_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using FleetDevice = Device<FleetConfig>;

Bytes flipped(Bytes bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
  return bytes;
}

/// The entries as they lie in a manifest, one by one, to be shuffled.
std::vector<Bytes> raw_entries(const std::vector<host::format::EntryToWrite>& entries) {
  std::vector<Bytes> raw;
  for (const host::format::EntryToWrite& entry : entries) {
    raw.push_back(
        join({Bytes{static_cast<std::uint8_t>(entry.number), static_cast<std::uint8_t>(entry.value.size())},
              entry.value}));
  }
  return raw;
}

/// A manifest with these entry bytes, whatever they are, and a fitting check.
Bytes manifest_with(const Update& update, const std::vector<Bytes>& raw) {
  host::format::PatchParts parts = update.parts;
  parts.entries.clear();
  parts.authenticated = true;
  Bytes entries;
  for (const Bytes& entry : raw) entries.insert(entries.end(), entry.begin(), entry.end());
  const Bytes empty = host::format::write_manifest(parts);
  constexpr std::size_t kAfterEntries = 2;
  constexpr std::size_t kDigests = 64;
  const std::size_t length_at = empty.size() - kAfterEntries - kDigests - 1;
  Bytes manifest(empty.begin(), empty.begin() + static_cast<std::ptrdiff_t>(length_at));
  host::format::append_varint(manifest, static_cast<std::uint32_t>(entries.size()));
  manifest.insert(manifest.end(), empty.end() - kDigests - kAfterEntries, empty.end() - kAfterEntries);
  manifest.insert(manifest.end(), entries.begin(), entries.end());
  manifest.resize(manifest.size() + kAfterEntries);
  return with_fresh_check(manifest);
}

Bytes honest_manifest(const Update& update) {
  host::format::PatchParts parts = update.parts;
  parts.authenticated = true;
  return host::format::write_manifest(parts);
}

}  // namespace

TEST_CASE("an honest patch applies, whichever trusted key signed it") {
  const FleetKeys& keys = fleet();
  for (const NamedKey* key : {&keys.release, &keys.daily, &keys.shared, &keys.small, &keys.offline}) {
    CAPTURE(host::sign::name_of(key->key.algorithm));
    FleetDevice device(story().v1);
    CHECK(device.update(key->sign(story().up.unsigned_patch())) == Status::ok);
    CHECK(device.active_bytes() == story().v2);
    CHECK(device.store().snapshot().security_counter == 20);
  }
}

TEST_CASE("every flipped bit of manifest and signature is refused, as it is and with a corrected check") {
  const Bytes manifest = honest_manifest(story().up);
  FleetDevice device(story().v1);
  for (const NamedKey* key : {&fleet().daily, &fleet().shared}) {
    const Bytes block = key->block_over(manifest);
    const Bytes front = host::format::join_patch(manifest, block, {});
    for (std::size_t bit = 0; bit < front.size() * 8; ++bit) {
      CAPTURE(bit);
      CHECK(is_error(refused_untouched(device, join({flipped(front, bit), story().up.body}))));
      if (bit / 8 >= manifest.size() - 2) continue;
      const Bytes forged = with_fresh_check(flipped(manifest, bit));
      CHECK(is_error(refused_untouched(device, host::format::join_patch(forged, block, story().up.body))));
    }
  }
}

TEST_CASE("the same of an ES256 patch, whose bytes are flipped whole") {
  const Bytes manifest = honest_manifest(story().up);
  const Bytes block = fleet().release.block_over(manifest);
  const Bytes front = host::format::join_patch(manifest, block, {});
  FleetDevice device(story().v1);
  for (std::size_t at = 0; at < front.size(); ++at) {
    CAPTURE(at);
    Bytes damaged = front;
    damaged[at] = static_cast<std::uint8_t>(~damaged[at]);
    CHECK(is_error(refused_untouched(device, join({damaged, story().up.body}))));
  }
}

TEST_CASE(
    "entries that are re-ordered, doubled or extended are malformed even where a trusted key signed them") {
  const std::vector<Bytes> honest = raw_entries(story().up.parts.entries);
  FleetDevice device(story().v1);
  const auto status_of = [&](const std::vector<Bytes>& raw) {
    const Bytes manifest = manifest_with(story().up, raw);
    return refused_untouched(device, patch_over(manifest, fleet().daily, story().up.body));
  };
  for (std::size_t i = 0; i + 1 < honest.size(); ++i) {
    std::vector<Bytes> swapped = honest, doubled = honest;
    std::swap(swapped[i], swapped[i + 1]);
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), honest[i]);
    CHECK(status_of(swapped) == Status::malformed_manifest);
    CHECK(status_of(doubled) == Status::malformed_manifest);
  }
  for (std::size_t i = 0; i < honest.size(); ++i) {
    std::vector<Bytes> extended = honest, shortened = honest, overrun = honest;
    ++extended[i][1];
    extended[i].push_back(0);
    --shortened[i][1];
    shortened[i].pop_back();
    overrun[i][1] = 0x7F;
    CHECK(status_of(extended) == Status::malformed_manifest);
    CHECK(status_of(shortened) == Status::malformed_manifest);
    CHECK(status_of(overrun) == Status::malformed_manifest);
  }
  std::vector<Bytes> critical = honest;
  critical.push_back(hex("D5 00"));
  CHECK(status_of(critical) == Status::unknown_critical);
  std::vector<Bytes> zero = honest;
  zero.insert(zero.begin(), hex("00 00"));
  CHECK(status_of(zero) == Status::malformed_manifest);
  CHECK(device.update(patch_over(manifest_with(story().up, honest), fleet().daily, story().up.body)) ==
        Status::ok);
}

TEST_CASE("an entry taken away or added after signing breaks the signature") {
  const std::vector<Bytes> honest = raw_entries(story().up.parts.entries);
  const Bytes block = fleet().release.block_over(honest_manifest(story().up));
  FleetDevice device(story().v1);
  const auto status_of = [&](const std::vector<Bytes>& raw) {
    return refused_untouched(
        device, host::format::join_patch(manifest_with(story().up, raw), block, story().up.body));
  };
  for (std::size_t i = 0; i < honest.size(); ++i) {
    std::vector<Bytes> without = honest;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(status_of(without) == Status::bad_signature);
  }
  std::vector<Bytes> with = honest;
  with.push_back(hex("13 02 6869"));
  CHECK(status_of(with) == Status::bad_signature);
}

TEST_CASE("the signature of another key or of another patch is not this one's") {
  const Bytes manifest = honest_manifest(story().up);
  const Bytes other = honest_manifest(story().onward);
  FleetDevice device(story().v1);
  const auto status_of = [&](const Bytes& block) {
    return refused_untouched(device, host::format::join_patch(manifest, block, story().up.body));
  };
  CHECK(status_of(fleet().stranger.block_over(manifest)) == Status::bad_signature);
  CHECK(status_of(fleet().release.block_over(other)) == Status::bad_signature);
  const NamedKey unknown(CoseAlgorithm::es256, "nobody");
  CHECK(status_of(unknown.block_over(manifest)) == Status::unknown_key);
  const Bytes message = host::sign::bytes_to_sign(CoseAlgorithm::eddsa, view(manifest));
  const Bytes signature = host::sign::sign_message(fleet().daily.key, view(message));
  // The daily key's signature under the release key's name.
  CHECK(status_of(host::sign::write_cose(CoseAlgorithm::eddsa, view(fleet().release.identifier),
                                         view(signature))) == Status::unknown_key);
  CHECK(status_of(host::sign::write_cose(CoseAlgorithm::es256, view(fleet().release.identifier),
                                         view(signature))) == Status::bad_signature);
  CHECK(status_of({0xF6}) == Status::malformed_signature);
}

TEST_CASE("a patch without its signature is unsigned, in either format") {
  FleetDevice device(story().v1);
  CHECK(refused_untouched(device, story().up.unsigned_patch()) == Status::unsigned_patch);
  CHECK(refused_untouched(device, format1_patch(story().v1, story().v2, {{0, 0, story().v2}})) ==
        Status::unsigned_patch);
  // An empty block is no signature either.
  const Bytes manifest = honest_manifest(story().up);
  CHECK(refused_untouched(device, join({manifest, Bytes{0}, story().up.body})) ==
        Status::malformed_signature);
}

TEST_CASE("a second manifest between the first and its signature is not taken for the signature") {
  const Bytes first = honest_manifest(story().up);
  const Bytes second = honest_manifest(story().onward);
  FleetDevice device(story().v1);
  const Bytes block = fleet().daily.block_over(first);
  CHECK(is_error(
      refused_untouched(device, join({first, host::format::join_patch(second, block, story().up.body)}))));
  CHECK(refused_untouched(device, host::format::join_patch(first, second, story().up.body)) ==
        Status::malformed_signature);
}

TEST_CASE("a signature over CRC-32 digests is not enough") {
  const Update weak(story().v1, story().v2, fleet_entries(2, 20), DigestKind::crc32);
  FleetDevice device(story().v1);
  CHECK(refused_untouched(device, patch_over(honest_manifest(weak), fleet().daily, weak.body)) ==
        Status::digest_too_weak);
}

TEST_CASE("a well signed patch for another family, another device or of an older time is refused") {
  FleetDevice device(story().v1);
  const auto status_of = [&](std::vector<host::format::EntryToWrite> entries) {
    Update update = story().up;
    update.parts.entries = std::move(entries);
    return refused_untouched(device, patch_over(honest_manifest(update), fleet().daily, update.body));
  };
  auto entries = fleet_entries(2, 20);
  entries[2].value[0] ^= 1;
  CHECK(status_of(entries) == Status::wrong_family);
  entries = fleet_entries(2, 20);
  entries[3].value[15] ^= 1;
  CHECK(status_of(entries) == Status::wrong_device);
  entries = fleet_entries(2, 20);
  entries.erase(entries.begin() + 2);
  CHECK(status_of(entries) == Status::missing_entry);
  entries = fleet_entries(2, 20);
  entries.pop_back();
  CHECK(status_of(entries) == Status::missing_entry);

  REQUIRE(device.update(fleet().daily.sign(story().up.unsigned_patch())) == Status::ok);
  CHECK(status_of(fleet_entries(2, 19)) == Status::downgrade);
  CHECK(status_of(fleet_entries(1, 20)) == Status::downgrade);
  CHECK(status_of({entries.begin() + 2, entries.end()}) == Status::missing_entry);
}

TEST_CASE("an encrypted patch without its cipher entry, or with one it does not need, is refused") {
  FleetDevice device(story().v1);
  Update update = story().up;
  update.parts.encrypted = true;
  CHECK(refused_untouched(device, patch_over(honest_manifest(update), fleet().daily, update.body)) ==
        Status::missing_entry);
  update.parts.encrypted = false;
  update.parts.entries.push_back({EntryNumber::cipher, true, Bytes(17, 1)});
  CHECK(refused_untouched(device, patch_over(honest_manifest(update), fleet().daily, update.body)) ==
        Status::malformed_manifest);
}
