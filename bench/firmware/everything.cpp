// SPDX-License-Identifier: Apache-2.0
// Firmware that uses all of the library: both formats, both digests, both decoders, signatures, encryption
// self-tests and the counting flash. The flash, the cryptography and the interpreter are somebody else's.
#include "tmd/auth/ed25519.hpp"
#include "tmd/tmd.hpp"

class DriverFlash {
 public:
  std::uint32_t size() const;
  std::uint32_t erase_size() const;
  std::uint32_t program_size() const;
  tmd::Status read(std::uint32_t address, tmd::MutableBytes out);
  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes);
  tmd::Status erase(std::uint32_t address);
  tmd::Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank);
};

struct DriverVerifier {
  static constexpr tmd::CoseAlgorithm kAlgorithm = tmd::CoseAlgorithm::es256;
  tmd::Status verify(const tmd::TrustedKey& key, const tmd::BytePieces& message, tmd::ConstBytes signature);
};

struct DriverCipher {
  tmd::Status begin(tmd::ConstBytes cipher_entry);
  tmd::Status decrypt(std::uint32_t body_offset, tmd::MutableBytes bytes);
};

struct DriverObserver {
  void on_progress(std::uint32_t written, std::uint32_t total);
  void on_end(tmd::Status status);
};

template <class Flash>
struct Everything : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::VerifyIfSigned<tmd::CoseAuthentication<tmd::Verifiers<DriverVerifier>>>;
  using Cipher = DriverCipher;
  using Observer = DriverObserver;
  static constexpr bool kFormat1 = true;
  static constexpr std::uint32_t kSelfTestSize = 512;
};

template <class Flash>
struct Smallest : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;
  using Digests = tmd::Crc32Digests;
  using Decoder = tmd::codec::Decoder<tmd::codec::SmallConfig>;
  static constexpr std::uint32_t kPageSize = 64;
  static constexpr std::uint32_t kCheckpointInterval = 0;
  static constexpr std::uint8_t kTrialBoots = 0;
};

template <class Config, class Store>
tmd::Status use(Store& store, const tmd::Policies<Config>& policies, tmd::ConstBytes patch) {
  tmd::Updater<Config> updater(store, policies);
  tmd::Status status = store.boot();
  if (status == tmd::Status::ok) status = updater.resume();
  if (status != tmd::Status::ok) status = updater.begin();
  if (status == tmd::Status::ok) status = updater.feed(patch.first(20)).status;
  if (status == tmd::Status::ok) status = updater.feed_at(updater.resume_offset(), patch).status;
  if (status == tmd::Status::ready_to_finish) status = updater.finish();
  if (tmd::is_error(status)) return updater.abort();
  if (store.erase_previous() != tmd::Status::ok) return store.wipe();
  if (store.allow_again() != tmd::Status::ok) return store.reset();
  status = store.verify_active();
  return status == tmd::Status::ok ? store.confirm() : store.revert();
}

using Flash = tmd::CountedFlash<DriverFlash>;

tmd::Status run_interpreter(const tmd::ActiveModel& model, tmd::SelfTest<Flash>& test);
tmd::Status use_self_test(tmd::ModelStore<Everything<Flash>>& store) {
  return tmd::run_self_test(store, run_interpreter);
}

tmd::Status use_everything(tmd::ModelStore<Everything<Flash>>& store,
                           const tmd::Policies<Everything<Flash>>& policies, tmd::ConstBytes patch) {
  return use(store, policies, patch);
}

tmd::Status use_the_smallest(tmd::ModelStore<Smallest<DriverFlash>>& store, tmd::ConstBytes patch) {
  return use(store, tmd::Policies<Smallest<DriverFlash>>(), patch);
}

const char* use_words(tmd::Status status) {
  return tmd::to_string(status);
}
