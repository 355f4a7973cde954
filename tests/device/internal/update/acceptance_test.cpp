// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/update/acceptance.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "format/container.hpp"
#include "support/device.hpp"
#include "support/made_manifest.hpp"

using namespace tmd;
using namespace tmd::test;
using host::format::EntryToWrite;

namespace {

using Flash = RamFlash<65536, 4096, 4>;
using Open = UnsignedConfig<Flash>;
struct Insists : Open {
  static constexpr DigestKind kWeakestDigest = DigestKind::sha256;
};
struct Keeps : Open {
  static constexpr std::uint32_t kSelfTestSize = 40;
  static constexpr bool keeps_entry(EntryNumber number) { return number == EntryNumber::note; }
};
struct KeepsCompanion : Open {
  static constexpr bool keeps_entry(EntryNumber number) { return number == EntryNumber::companion; }
};
template <class AnyFlash>
struct NoFullModels : UnsignedConfig<AnyFlash> {
  static constexpr bool kTakesFullModels = false;
  static constexpr bool kBootCheck = true;
};
/// Takes signed patches only, and believes every signature.
struct Believes {
  static constexpr bool kAllowsUnsigned = false;
  std::uint32_t revoked = 0;
  void set_revoked(std::uint32_t keys) { revoked = keys; }
  Status verify(const ManifestToVerify& shown, AllDigests&) {
    return shown.block.size() == 64 ? Status::ok : Status::malformed_signature;
  }
  Status revocations(ConstBytes, std::uint32_t& keys, AllDigests&) const {
    keys = 6;
    return Status::ok;
  }
};
struct Signed : Open {
  using Authentication = Believes;
};

struct Made {
  host::format::PatchParts parts;
  Bytes patch;
};
Made made(std::vector<EntryToWrite> entries = {}, DigestKind kind = DigestKind::sha256,
          bool authenticated = false) {
  Made made;
  made.parts.base.kind = made.parts.target.kind = kind;
  made.parts.target_length = 1000;
  made.parts.entries = std::move(entries);
  made.parts.authenticated = authenticated;
  made.parts.body_length = 10;
  made.patch = host::format::join_patch(host::format::write_manifest(made.parts),
                                        authenticated ? Bytes(64, 1) : Bytes(), Bytes(10, 2));
  return made;
}

/// What a device says that has this snapshot, and the plan that it makes.
template <class Config>
Status accepted(const Made& patch, UpdatePlan<Config>& plan, const Snapshot& known = Snapshot(),
                std::uint32_t slot = 4096) {
  plan = UpdatePlan<Config>();
  REQUIRE(parse_manifest<Config::kFormat1>(view(patch.patch), plan.manifest) == Status::ok);
  Policies<Config> policies;
  AllDigests digests;
  return accept(policies, view(patch.patch).first(plan.manifest.body_offset), known, Region{0, slot}, plan,
                digests);
}
template <class Config = Open>
Status accepted(const Made& patch, const Snapshot& known = Snapshot(), std::uint32_t slot = 4096) {
  auto plan = std::make_unique<UpdatePlan<Config>>();
  return accepted(patch, *plan, known, slot);
}

}  // namespace

TEST_CASE("the first byte says which format it is, if any") {
  Manifest manifest;
  const auto parsed = [&](std::uint8_t first) { return parse_manifest<false>(view(Bytes{first}), manifest); };
  CHECK(parse_manifest<false>(ConstBytes(), manifest) == Status::need_more);
  CHECK(manifest.body_offset == 1);
  CHECK(parsed(2) == Status::need_more);
  CHECK(parsed(1) == Status::unsupported_version);
  CHECK(parse_manifest<true>(view(Bytes{1}), manifest) == Status::need_more);
  CHECK(parsed(3) == Status::unsupported_version);
  CHECK(parsed(15) == Status::unsupported_version);
  CHECK(parsed(16) == Status::not_a_patch);
  CHECK(parsed(0) == Status::not_a_patch);
}

TEST_CASE("a patch that suits fills in the plan") {
  const auto plan = std::make_unique<UpdatePlan<Open>>();
  const Made patch = made({{EntryNumber::model_version, false, {1, 0, 2, 0, 3, 0}},
                           {EntryNumber::security_counter, false, {9, 0, 0, 0}}});
  CHECK(accepted(patch, *plan) == Status::ok);
  CHECK((plan->version == ModelVersion{1, 2, 3}));
  CHECK(plan->security_counter == 9);
  CHECK(plan->identity == identity_of(view(patch.patch), plan->manifest));
  CHECK(plan->trailer.view().empty());
}

TEST_CASE("who takes signed patches takes no others, none with a weak digest, and shows the block") {
  CHECK(accepted<Signed>(made()) == Status::unsigned_patch);
  CHECK(accepted<Signed>(made({}, DigestKind::crc32, true)) == Status::digest_too_weak);
  CHECK(accepted<Signed>(made({}, DigestKind::sha256, true)) == Status::ok);
  const auto plan = std::make_unique<UpdatePlan<Signed>>();
  CHECK(accepted(made({{EntryNumber::revoked_keys, true, {3, 1, 1}}}, DigestKind::sha256, true), *plan) ==
        Status::ok);
  CHECK(plan->revoked_keys == 6);
}

TEST_CASE("keys that the device knows to be revoked are so before a signature is looked at") {
  const Made patch = made({}, DigestKind::sha256, true);
  Manifest manifest;
  REQUIRE(parse_manifest<false>(view(patch.patch), manifest) == Status::ok);
  Snapshot known;
  known.revoked_keys = 0x90;
  Believes authentication;
  AllDigests digests;
  CHECK(check_origin(authentication, view(patch.patch).first(manifest.body_offset), manifest, known,
                     digests) == Status::ok);
  CHECK(authentication.revoked == 0x90);
}

TEST_CASE("an encrypted body has a cipher's entry, and only an encrypted one") {
  const auto patch = [](bool encrypted, std::vector<EntryToWrite> entries) {
    Made made;
    made.parts.base.kind = made.parts.target.kind = DigestKind::sha256;
    made.parts.target_length = 1000;
    made.parts.entries = std::move(entries);
    made.parts.encrypted = encrypted;
    made.parts.body_length = 10;
    made.patch = host::format::join_patch(host::format::write_manifest(made.parts), {}, Bytes(10, 2));
    return made;
  };
  CHECK(accepted(patch(true, {})) == Status::missing_entry);
  CHECK(accepted(patch(false, {{EntryNumber::cipher, true, Bytes(14, 1)}})) == Status::malformed_manifest);
  CHECK(accepted(patch(false, {})) == Status::ok);
}

TEST_CASE("a build may insist on a digest, whoever signed") {
  CHECK(accepted<Open>(made({}, DigestKind::crc32)) == Status::ok);
  CHECK(accepted<Insists>(made({}, DigestKind::crc32)) == Status::digest_too_weak);
  CHECK(accepted<Insists>(made()) == Status::ok);
}

TEST_CASE("critical entries that nobody reads are refused, others are passed over") {
  const EntryNumber vendor = EntryNumber::first_vendor;
  CHECK(accepted(made({{vendor, true, {1}}})) == Status::unknown_critical);
  CHECK(accepted(made({{vendor, false, {1}}})) == Status::ok);
  CHECK(accepted(made({{EntryNumber::arena_bytes, true, {1, 0, 0, 0}}})) == Status::ok);
  const Bytes self_test = {0, 1, 2, 3, 4, 0, 9};
  CHECK(accepted(made({{EntryNumber::self_test, true, self_test}})) == Status::unknown_critical);
  CHECK(accepted<Keeps>(made({{EntryNumber::self_test, true, self_test}})) == Status::ok);
}

TEST_CASE("self-test and kept entries go behind the target, in that order, and count for its slot") {
  const Bytes self_test = {0, 1, 2, 3, 4, 0, 9};
  const auto plan = std::make_unique<UpdatePlan<Keeps>>();
  const Made patch =
      made({{EntryNumber::self_test, false, self_test}, {EntryNumber::note, false, {'h', 'i'}}});
  REQUIRE(accepted(patch, *plan, Snapshot(), 1011) == Status::ok);
  CHECK(plan->trailer.self_test_size == 7);
  CHECK(plan->trailer.view().size() == 11);
  CHECK(accepted(patch, *plan, Snapshot(), 1010) == Status::target_too_large);
  CHECK(accepted<Open>(made(), Snapshot(), 1000) == Status::ok);
  CHECK(accepted<Open>(made(), Snapshot(), 999) == Status::target_too_large);
}

TEST_CASE("an older patch is refused by counter and by version") {
  Snapshot known;
  known.security_counter = 5;
  known.model(SlotId::a).version = ModelVersion{2, 0, 0};
  const auto patch = [](std::uint8_t counter, std::uint8_t major) {
    return made({{EntryNumber::model_version, false, {major, 0, 0, 0, 0, 0}},
                 {EntryNumber::security_counter, false, {counter, 0, 0, 0}}});
  };
  CHECK(accepted(patch(5, 2), known) == Status::ok);
  CHECK(accepted(patch(4, 2), known) == Status::downgrade);
  CHECK(accepted(patch(5, 1), known) == Status::downgrade);
  CHECK(accepted(made(), known) == Status::downgrade);
}

TEST_CASE("a manifest whose bodies were refused too often is not taken again, another one is") {
  const auto plan = std::make_unique<UpdatePlan<Open>>();
  REQUIRE(accepted(made(), *plan) == Status::ok);
  Snapshot known;
  known.update_identity = plan->identity;
  known.attempts = Open::kMostAttempts - 1;
  CHECK(accepted(made(), known) == Status::ok);
  known.attempts = Open::kMostAttempts;
  CHECK(accepted(made(), known) == Status::too_many_attempts);
  CHECK(accepted(made({{EntryNumber::note, false, {1}}}), known) == Status::ok);
  // But not after many of which that is so; the one that is being counted may go on.
  known.attempts = 16 * Open::kMostAttempts;
  CHECK(accepted(made({{EntryNumber::note, false, {1}}}), known) == Status::too_many_attempts);
  CHECK(accepted(made(), known) == Status::ok);
}

TEST_CASE("a newer manifest than all that were begun is taken, however many were refused") {
  Snapshot known;
  known.attempts = 0xFF;
  known.begun_counter = 5;
  CHECK(accepted(made({counter_entry(4)}), known) == Status::too_many_attempts);
  CHECK(accepted(made({counter_entry(5)}), known) == Status::too_many_attempts);
  CHECK(accepted(made({counter_entry(6)}), known) == Status::ok);
}

TEST_CASE("the base is held against the active model: its length first, then its digest") {
  const Bytes base = random_bytes(5000, 1);
  Device<> device(base);
  Manifest manifest;
  manifest.base_length = 5000;
  manifest.base = digest_of(DigestKind::sha256, view(base));
  const auto check = [&] { return until_done([&] { return check_base_of(manifest, device.store()); }); };
  CHECK(check() == Status::ok);
  manifest.base.bytes[0] ^= 1;
  CHECK(check() == Status::wrong_base);
  manifest.base_length = 4999;
  CHECK(check() == Status::wrong_base_length);
  manifest.base_length = 0;
  CHECK(check() == Status::ok);
  manifest.base_length = 5000;
  manifest.base = Digest();
  CHECK(check() == Status::ok);
}

TEST_CASE("a target of no byte is no model") {
  Made nothing = made();
  nothing.parts.target_length = 0;
  nothing.patch = host::format::join_patch(host::format::write_manifest(nothing.parts), {}, Bytes(10, 2));
  CHECK(accepted(nothing) == Status::malformed_manifest);
}

TEST_CASE("companion data that are kept are no longer than the target at whose end they lie") {
  CHECK(accepted<KeepsCompanion>(made({{EntryNumber::companion, false, {1, 0, 0xE8, 0x07}}})) == Status::ok);
  CHECK(accepted<KeepsCompanion>(made({{EntryNumber::companion, false, {1, 0, 0xE9, 0x07}}})) ==
        Status::malformed_manifest);
}

TEST_CASE("who takes no full models takes one while there is no whole model that can be run") {
  const Bytes base = random_bytes(5000, 1);
  const Manifest full;  // from an empty base
  Device<> any(base);
  CHECK(check_base_of(full, any.store()) == Status::ok);
  Device<NoFullModels> device(base);
  const auto flip = [&] { const_cast<std::uint8_t*>(device.ram().data())[100] ^= 1; };
  CHECK(check_base_of(full, device.store()) == Status::full_model_refused);
  flip();
  CHECK(check_base_of(full, device.store()) == Status::ok);
  REQUIRE(device.restart() == Status::model_damaged);
  flip();
  // Whole again, but the last boot said that it is not to be run.
  CHECK(check_base_of(full, device.store()) == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  CHECK(check_base_of(full, device.store()) == Status::full_model_refused);
}
