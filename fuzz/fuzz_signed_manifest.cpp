// SPDX-License-Identifier: Apache-2.0
// Hostile manifests that a trusted key has signed: what remains of the defence when the signer is careless or
// his key is stolen. Whatever the bytes, the update ends in a status, nothing outside inactive slot and
// journal changes, and only a proven target is committed.
//
// Input: u8 shape, u8 number of manifest bytes / 2, manifest bytes, body bytes.
#include <psa/crypto.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "format/container.hpp"
#include "sign/cose_writer.hpp"
#include "sign/signer.hpp"
#include "tmd/auth/psa/psa_aes_ctr.hpp"
#include "tmd/auth/psa/psa_mac.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

namespace {

using namespace tmd;
using host::Bytes;

constexpr std::uint32_t kBlock = 512;
constexpr std::uint32_t kSlot = 4 * kBlock;
constexpr std::uint32_t kJournal = 16 * kBlock;
constexpr std::uint32_t kModel = 1000;
constexpr std::uint8_t kSecret[32] = {1, 2, 3};
constexpr std::uint8_t kBodySecret[16] = {4, 5, 6};
constexpr TrustedKey kKeys[] = {{0, CoseAlgorithm::hmac_sha256, ConstBytes(), ConstBytes(kSecret), true}};
constexpr CipherKey kCipherKeys[] = {{ConstBytes(), ConstBytes(kBodySecret)}};

struct Authentication : CoseAuthentication<Verifiers<PsaHmacSha256>> {
  Authentication() : CoseAuthentication(kKeys) {}
};
struct Cipher : PsaAesCtr {
  Cipher() : PsaAesCtr(kCipherKeys) {}
};
using Ram = RamFlash<2 * kSlot + kJournal, kBlock, 4>;
using Flash = CountedFlash<Ram>;
struct Config : DefaultConfig<Flash> {
  using Authentication = ::Authentication;
  using Cipher = ::Cipher;
  static constexpr std::uint32_t kPageSize = 128;
  static constexpr std::uint8_t kTrialBoots = 0;
  static constexpr std::uint32_t kWorkPerCall = 0;
};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

Bytes factory_model() {
  Bytes model(kModel);
  for (std::size_t i = 0; i < model.size(); ++i) model[i] = static_cast<std::uint8_t>(i * 7);
  return model;
}

/// Shape 0: the bytes are the manifest, but for the check. Shape 1: they are the entries of a manifest that
/// is otherwise honest and fits the base. Else the same with target length and flags of the attacker's.
Bytes manifest_of(std::uint8_t shape, ConstBytes bytes, const Bytes& model, std::size_t body_length) {
  Bytes manifest;
  if (shape == 0) {
    manifest.assign(bytes.begin(), bytes.end());
  } else {
    const Digest digest = digest_of(DigestKind::sha256, host::view(model));
    const std::uint8_t flags = shape == 1 || bytes.empty() ? std::uint8_t{6} : bytes[0];
    manifest = {2, flags, static_cast<std::uint8_t>(bytes.size() > 1 && shape != 1 ? bytes[1] : 0)};
    const ConstBytes entries = shape == 1 ? bytes : bytes.from(2);
    host::format::append_varint(manifest, kModel);
    host::format::append_varint(manifest, shape <= 1 ? 0U : shape);
    host::format::append_varint(manifest, static_cast<std::uint32_t>(body_length));
    host::format::append_varint(manifest, static_cast<std::uint32_t>(entries.size()));
    for (int i = 0; i < 2; ++i) manifest.insert(manifest.end(), digest.bytes.begin(), digest.bytes.end());
    manifest.insert(manifest.end(), entries.begin(), entries.end());
  }
  const std::uint16_t check = format2::check_of(host::view(manifest));
  manifest.push_back(static_cast<std::uint8_t>(check));
  manifest.push_back(static_cast<std::uint8_t>(check >> 8));
  return manifest;
}

Bytes signed_patch(const Bytes& manifest, ConstBytes body) {
  host::sign::SigningKey key;
  key.algorithm = CoseAlgorithm::hmac_sha256;
  key.secret = host::sign::SecretBytes(Bytes(kSecret, kSecret + sizeof(kSecret)));
  const Bytes message = host::sign::bytes_to_sign(key.algorithm, host::view(manifest));
  const Bytes block = host::sign::write_cose(key.algorithm, {},
                                             host::view(host::sign::sign_message(key, host::view(message))));
  return host::format::join_patch(manifest, block, Bytes(body.begin(), body.end()));
}

Bytes read(Ram& ram, Region region) {
  Bytes bytes(region.size);
  require(ram.read(region.address, MutableBytes(bytes.data(), bytes.size())) == Status::ok,
          "flash can be read");
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  require(psa_crypto_init() == PSA_SUCCESS, "PSA Crypto starts");
  const ConstBytes input(data, size);
  const ConstBytes manifest_bytes = input.slice(2, 2 * std::size_t{input[1]});
  const ConstBytes body = input.from(2 + manifest_bytes.size());
  const Bytes model = factory_model();
  const Bytes patch = signed_patch(manifest_of(input[0], manifest_bytes, model, body.size()), body);

  const auto ram = std::make_unique<Ram>();
  require(ram->program(0, host::view(model)) == Status::ok, "the factory programs its model");
  Flash flash(*ram);
  ModelStore<Config> store(flash, Layout{{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}});
  FactoryModel factory;
  factory.length = kModel;
  factory.digest = digest_of(DigestKind::sha256, host::view(model));
  require(store.boot(factory) == Status::ok, "the device boots");
  const auto updater = std::make_unique<Updater<Config>>(store);
  require(updater->begin() == Status::ok, "an update begins");

  Status status = Status::need_more;
  for (std::size_t at = 0; at < patch.size() && !is_error(status);) {
    const FeedResult fed = updater->feed(host::view(patch).slice(at, 61));
    status = fed.status;
    at += fed.consumed;
    if (status == Status::ready_to_finish) break;  // bytes behind the patch are left over
    require(fed.consumed != 0 || is_error(status), "every call takes bytes or ends");
  }
  if (!is_error(status)) status = updater->finish();

  require(flash.counters().violations == 0, "the flash contract is kept");
  require(read(*ram, Region{0, kModel}) == model, "the active model is untouched");
  const ActiveModel active = store.active();
  if (status == Status::ok) {
    require(active.region.address == kSlot, "a commit switches to the other slot");
    require(digest_of(DigestKind::sha256, host::view(read(*ram, active.region))) ==
                store.snapshot().model(store.snapshot().active).digest,
            "what was committed is what was declared");
  } else {
    require(active.region.address == 0 && active.region.size == kModel, "nothing is committed on an error");
  }
  return 0;
}
