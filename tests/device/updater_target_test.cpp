// SPDX-License-Identifier: Apache-2.0
// What stands between the bytes that an update writes and a model that runs.
#include <doctest/doctest.h>

#include <algorithm>

#include "codec/encode_body.hpp"
#include "format/container.hpp"
#include "support/device.hpp"
#include "support/make_patch.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

host::EncodedBody encoded(const Bytes& base, const Bytes& target) {
  host::EncodeOptions options;
  options.effort = host::Effort::quick;
  return host::encode_body(view(base), view(target), options);
}
/// A patch whose manifest is right and whose body is this one.
Bytes patch_with(const Bytes& base, const Bytes& target, const host::EncodedBody& body) {
  host::format::PatchParts parts;
  parts.base = digest_of(DigestKind::crc32, view(base));
  parts.target = digest_of(DigestKind::crc32, view(target));
  parts.base_length = static_cast<std::uint32_t>(base.size());
  parts.target_length = static_cast<std::uint32_t>(target.size());
  parts.codec_parameters = body.parameters;
  parts.body_length = static_cast<std::uint32_t>(body.bytes.size());
  return host::format::join_patch(host::format::write_manifest(parts), {}, body.bytes);
}

template <class Flash>
struct PageIsBlockWithLog : UnsignedConfig<Flash> {
  static constexpr std::uint32_t kPageSize = 4096;
  static constexpr std::uint8_t kTrialBoots = 0;
};

}  // namespace

TEST_CASE(
    "what was written is read back before it is switched to, and never becomes active unless it is the "
    "target") {
  const Bytes base = random_bytes(9000, 1), target = random_bytes(10000, 2);
  const Bytes patch = make_patch(base, target);
  // A patch whose body decodes to something else than its manifest says, right in everything else.
  const Bytes broken_promise = patch_with(base, target, encoded(base, random_bytes(10000, 3)));
  for (const bool rots : {false, true}) {
    CAPTURE(rots);
    Device<> device(base);
    REQUIRE(device.updater().begin() == Status::ok);
    REQUIRE(device.feed(rots ? patch : broken_promise, pieces_of(500)) == Status::ready_to_finish);
    const std::uint32_t place = device.store().slot(SlotId::b).address + 1234;
    if (rots) const_cast<std::uint8_t*>(device.ram().data())[place] ^= 0x04;
    CHECK(until_done([&] { return device.updater().finish(); }) == Status::target_mismatch);
    CHECK_FALSE(device.updater().is_open());
    CHECK(device.active_bytes() == base);
    CHECK(device.restart() == Status::ok);
    CHECK(device.active_bytes() == base);
    CHECK(device.updater().resume() == Status::not_found);
    CHECK(device.update(patch) == Status::ok);
    CHECK(device.active_bytes() == target);
  }
}

TEST_CASE("a block that was torn is erased by the update that goes on, though it reads right today") {
  const Bytes models[] = {random_bytes(20000, 1), random_bytes(20000, 2), random_bytes(20000, 3),
                          random_bytes(20000, 4)};
  Device<PageIsBlockWithLog> device(models[0]);
  for (unsigned i = 0; i < 2; ++i) REQUIRE(device.update(make_patch(models[i], models[i + 1])) == Status::ok);
  REQUIRE(device.store().snapshot().settled_of(SlotId::b) == 20480);
  const Bytes patch = make_patch(models[2], models[3]);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(patch.begin(), patch.begin() + 10000), pieces_of(97)) == Status::need_more);
  REQUIRE(device.restart() == Status::ok);
  // All of the slot's last block was written, but for what is behind the target.
  auto* const slot = const_cast<std::uint8_t*>(device.ram().data()) + device.store().slot(SlotId::b).address;
  std::copy(models[3].begin() + 16384, models[3].end(), slot + 16384);
  slot[20001] = 0;
  REQUIRE(device.updater().resume() == Status::ok);
  REQUIRE(device.feed(patch, pieces_of(97), device.updater().resume_offset()) == Status::ready_to_finish);
  CHECK(until_done([&] { return device.updater().finish(); }) == Status::ok);
  CHECK(device.active_bytes() == models[3]);
  CHECK(slot[20001] == 0xFF);
}

TEST_CASE("a body that goes on behind its target is malformed") {
  const Bytes base = random_bytes(9000, 1), target = random_bytes(10000, 2);
  host::EncodedBody body = encoded(base, target);
  body.bytes.insert(body.bytes.end(), 200, 0x5A);
  Device<> device(base);
  CHECK(device.update(patch_with(base, target, body)) == Status::body_malformed);
  CHECK(device.active_bytes() == base);
  CHECK(device.update(make_patch(base, target)) == Status::ok);
}
