// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

// A member of a Config that nothing reads is a wish that silently does not come true. C++17 cannot list the members
// of a class, but it can ask for a name: here for those that people write in place of the right ones, because they
// are the singular or the plural, the name of a policy's class or file, or the field's other word for it.

namespace tmd::detail {

template <class>
struct MakesVoid {
  using type = void;
};
template <class Type>
using AlwaysVoid = typename MakesVoid<Type>::type;

// A question each, and its answer as a sentence at compile time.
#define TMD_LACKS(wrong, instead)                                                                     \
  template <class Config>                                                                             \
  constexpr bool lacks_##wrong() {                                                                    \
    static_assert(!Has##wrong<Config>::value,                                                         \
                  "nothing reads the member " #wrong " of this Config: " instead "; tmd/config.hpp"); \
    return true;                                                                                      \
  }
#define TMD_TYPE(wrong, instead)                                                     \
  template <class Config, class = void>                                              \
  struct Has##wrong : std::false_type {};                                            \
  template <class Config>                                                            \
  struct Has##wrong<Config, AlwaysVoid<typename Config::wrong>> : std::true_type {}; \
  TMD_LACKS(wrong, instead)
#define TMD_VALUE(wrong, instead)                                                            \
  template <class Config, class = void>                                                      \
  struct Has##wrong : std::false_type {};                                                    \
  template <class Config>                                                                    \
  struct Has##wrong<Config, decltype(static_cast<void>(Config::wrong))> : std::true_type {}; \
  TMD_LACKS(wrong, instead)

// clang-format off
#define TMD_WRONG_TYPES(ask)                                                                    \
  ask(flash, "write Flash") ask(FlashDriver, "write Flash") ask(FlashPolicy, "write Flash")     \
  ask(Port, "write Flash, the port is made of it")                                              \
  ask(digests, "write Digests") ask(Digest, "write Digests") ask(Hash, "write Digests")         \
  ask(Hasher, "write Digests") ask(Hashes, "write Digests") ask(Sha256, "write Digests")        \
  ask(Crc, "write Digests") ask(Crc32, "write Digests") ask(DigestsPolicy, "write Digests")     \
  ask(journal, "write Journal") ask(Journals, "write Journal") ask(Log, "write Journal")        \
  ask(JournalPolicy, "write Journal") ask(Storage, "write Journal")                             \
  ask(Store, "a store is made of a Config and no part of it")                                   \
  ask(decoder, "write Decoder") ask(Codec, "write Decoder")                                     \
  ask(DecoderConfig, "write Decoder, of that configuration")                                    \
  ask(authentication, "write Authentication") ask(Auth, "write Authentication")                 \
  ask(Authenticator, "write Authentication") ask(Authenticity, "write Authentication")          \
  ask(AuthenticationPolicy, "write Authentication") ask(Signature, "write Authentication")      \
  ask(Verifier, "write Authentication, of that verifier")                                       \
  ask(Verifiers, "write Authentication, of those verifiers")                                    \
  ask(Keys, "write Authentication, of those keys")                                              \
  ask(cipher, "write Cipher") ask(Ciphers, "write Cipher") ask(CipherPolicy, "write Cipher")    \
  ask(Decryption, "write Cipher") ask(Encryption, "write Cipher")                               \
  ask(freshness, "write Freshness") ask(FreshnessPolicy, "write Freshness")                     \
  ask(Downgrade, "write Freshness, which allows it") ask(AntiRollback, "write Freshness")       \
  ask(limits, "write Limits") ask(Limit, "write Limits") ask(LimitsPolicy, "write Limits")      \
  ask(FirmwareLimits, "write Limits") ask(Guard, "write Limits") ask(Guardrails, "write Limits")\
  ask(observer, "write Observer") ask(Observers, "write Observer")                              \
  ask(Listener, "write Observer") ask(Progress, "write Observer")                               \
  ask(ObserverPolicy, "write Observer")

#define TMD_WRONG_VALUES(ask)                                                                   \
  ask(kPagesize, "write kPageSize") ask(kPage, "write kPageSize")                               \
  ask(kPageBytes, "write kPageSize") ask(kBufferSize, "write kPageSize")                        \
  ask(kWriteSize, "write kPageSize")                                                            \
  ask(kEraseSize, "the Flash policy says it, with erase_size")                                  \
  ask(kProgramSize, "the Flash policy says it, with program_size")                              \
  ask(kLargestProgramUnit, "the Flash policy says it")                                          \
  ask(kManifest, "write kManifestSize") ask(kMaxManifest, "write kManifestSize")                \
  ask(kMaxManifestSize, "write kManifestSize")                                                  \
  ask(kCheckpoint, "write kCheckpointInterval") ask(kCheckpoints, "write kCheckpointInterval")  \
  ask(kCheckpointSize, "write kCheckpointInterval") ask(kInterval, "write kCheckpointInterval") \
  ask(kTrialBoot, "write kTrialBoots") ask(kTrials, "write kTrialBoots")                        \
  ask(kBoots, "write kTrialBoots") ask(kMaxBoots, "write kTrialBoots")                          \
  ask(kBootAttempts, "write kTrialBoots")                                                       \
  ask(kBootChecks, "write kBootCheck") ask(kCheckAtBoot, "write kBootCheck")                    \
  ask(kVerifyAtBoot, "write kBootCheck")                                                        \
  ask(kSelfTest, "write kSelfTestSize") ask(kSelftestSize, "write kSelfTestSize")               \
  ask(kMaxSelfTestSize, "write kSelfTestSize") ask(kFacts, "write kFactsSize")                  \
  ask(kFormat, "write kFormat1") ask(kFormat2, "format 2 is always taken")                      \
  ask(kTakesFormat1, "write kFormat1") ask(kAllowFormat1, "write kFormat1")                     \
  ask(kDigest, "write kWeakestDigest") ask(kDigestKind, "write kWeakestDigest")                 \
  ask(kMinDigest, "write kWeakestDigest") ask(kWeakestDigestKind, "write kWeakestDigest")       \
  ask(kAttempts, "write kMostAttempts") ask(kMaxAttempts, "write kMostAttempts")                \
  ask(kFullModels, "write kTakesFullModels") ask(kTakesFullModel, "write kTakesFullModels")     \
  ask(kAllowFullModels, "write kTakesFullModels")                                               \
  ask(kWork, "write kWorkPerCall") ask(kWorkSize, "write kWorkPerCall")                         \
  ask(kMaxWork, "write kWorkPerCall") ask(kProductId, "write kProduct")                         \
  ask(kAllowsUnsigned, "the Authentication policy says it")                                     \
  ask(kAllowUnsigned, "write Authentication") ask(kDowngrade, "write Freshness, which allows it")\
  ask(kJournalSize, "the layout says it") ask(kSlotSize, "the layout says it")

TMD_WRONG_TYPES(TMD_TYPE)
TMD_WRONG_VALUES(TMD_VALUE)

#define TMD_AND_LACKS(wrong, instead) && lacks_##wrong<Config>()
/// Fails to compile, with the right name, where a Config has a member that nothing reads and that stands in the
/// list above.
template <class Config>
constexpr bool has_no_unread_member() {
  return true TMD_WRONG_TYPES(TMD_AND_LACKS) TMD_WRONG_VALUES(TMD_AND_LACKS);
}
// clang-format on

#undef TMD_AND_LACKS
#undef TMD_WRONG_VALUES
#undef TMD_WRONG_TYPES
#undef TMD_VALUE
#undef TMD_TYPE
#undef TMD_LACKS

}  // namespace tmd::detail
