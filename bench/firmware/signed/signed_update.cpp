// SPDX-License-Identifier: Apache-2.0
// A signed model update on bare metal: ES256, verified by Mbed TLS through PSA Crypto. First the same patch
// with one bit changed, which must be refused before anything is erased; then the patch itself. Ends with
// exit code 0 where both came out right.
#include <mbedtls/memory_buffer_alloc.h>
#include <psa/crypto.h>

#include "board.hpp"
#include "counter.hpp"
#include "images.hpp"
#include "release_key.hpp"
#include "semihosting.hpp"
#include "stack.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/updater.hpp"

/// Nothing here needs a random number; a product that signs or generates keys connects its generator.
extern "C" psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t*, std::uint8_t*,
                                                        std::size_t, std::size_t*) {
  return PSA_ERROR_INSUFFICIENT_ENTROPY;
}

namespace {

constexpr std::size_t kPacketSize = 20;  // what one notification of Bluetooth LE carries
constexpr std::size_t kHeapSize = 16 * 1024;

constexpr tmd::TrustedKey kTrusted[] = {kModelKey};
using Trust = tmd::CoseAuthentication<tmd::Verifiers<tmd::PsaEs256>, tmd::FixedKeys<kTrusted>>;
using Flash = tmd::CountedFlash<board::Flash>;
struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = Trust;
};

/// Feeds the patch in packets, with `flipped` xor-ed into the byte at `at`.
tmd::Status receive(tmd::Updater<Config>& updater, std::size_t at, std::uint8_t flipped) {
  const tmd::ConstBytes patch = images::patch();
  tmd::Status status = updater.begin();
  for (std::size_t offset = 0; offset < patch.size() && !tmd::is_error(status);) {
    std::uint8_t packet[kPacketSize] = {};
    const tmd::MutableBytes bytes = tmd::MutableBytes(packet).first(patch.size() - offset);
    tmd::copy_bytes(patch.from(offset), bytes);
    if (at >= offset && at - offset < bytes.size()) bytes[at - offset] ^= flipped;
    const tmd::FeedResult fed = updater.feed(bytes);
    offset += fed.consumed;
    status = fed.status;
  }
  while (status == tmd::Status::would_block) status = updater.poll();
  return tmd::is_error(status) ? status : tmd::until_done([&] { return updater.finish(); });
}

void report(const char* name, std::uint32_t number) {
  semihosting::write(name);
  semihosting::write("\t");
  semihosting::write(number);
  semihosting::write("\n");
}

/// What the verification alone takes.
tmd::Status measure_verification(const tmd::Manifest& manifest) {
  const tmd::ConstBytes patch = images::patch();
  static Trust trust;
  tmd::AllDigests digests;
  const tmd::ManifestToVerify shown{patch.first(manifest.signed_size),
                                    patch.slice(manifest.authentication_offset, manifest.authentication_size),
                                    patch.slice(manifest.entries_offset, manifest.entries_size)};
  const StackGauge gauge;
  const board::InstructionCounter counter;
  const tmd::Status status = trust.verify(shown, digests);
  report("instructions of one verification", counter.instructions());
  report("its deepest stack", gauge.deepest());
  std::size_t used = 0;
  std::size_t blocks = 0;
  mbedtls_memory_buffer_alloc_max_get(&used, &blocks);
  report("its heap", static_cast<std::uint32_t>(used));
  return status;
}

}  // namespace

int main() {
  static std::uint8_t heap[kHeapSize];
  mbedtls_memory_buffer_alloc_init(heap, sizeof(heap));
  if (psa_crypto_init() != PSA_SUCCESS || board::program_factory_model() != tmd::Status::ok) return 1;
  static Flash flash(board::flash());
  static tmd::ModelStore<Config> store;
  store.attach(flash, board::kLayout);
  static tmd::Updater<Config> updater(store);
  tmd::FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(images::base().size());
  factory.digest = images::sha256(images::base_digest);
  if (tmd::until_done([&] { return store.boot(factory); }) != tmd::Status::ok) return 1;

  flash.reset_counters();
  tmd::Manifest manifest;
  if (tmd::format2::parse(images::patch(), manifest) != tmd::Status::ok) return 1;
  const std::size_t in_signature = manifest.body_offset - 1;
  const tmd::Status forged = receive(updater, in_signature, 0x10);
  const bool untouched = flash.counters().programs == 0 && flash.counters().erases == 0;
  const tmd::Status verified = measure_verification(manifest);
  const tmd::Status honest = receive(updater, 0, 0);
  const bool right = store.active().digest == images::sha256(images::target_digest);

  semihosting::write("changed by one bit: ");
  semihosting::write(tmd::to_string(forged));
  semihosting::write(untouched ? ", flash untouched\n" : ", flash TOUCHED\n");
  semihosting::write("as it was signed: ");
  semihosting::write(tmd::to_string(honest));
  semihosting::write(right ? ", the target is active\n" : ", the target is NOT active\n");
  report("patch bytes", static_cast<std::uint32_t>(images::patch().size()));
  report("sizeof(Updater)", sizeof(updater));
  const bool refused = forged == tmd::Status::bad_signature;
  return refused && untouched && verified == tmd::Status::ok && honest == tmd::Status::ok && right ? 0 : 1;
}
