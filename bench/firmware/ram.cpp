// SPDX-License-Identifier: Apache-2.0
// How much RAM the two objects take with other buffers: nothing runs, the sizes of these arrays are read from the
// object file (ram.sh).
#include "external_flash.hpp"
#include "tmd/updater.hpp"

template <class Codec, std::uint32_t kPage, std::uint32_t kInterval>
struct Config : tmd::DefaultConfig<ExternalFlash> {
  using Authentication = tmd::AllowUnsigned;
  using Decoder = tmd::codec::Decoder<Codec>;
  static constexpr std::uint32_t kPageSize = kPage;
  static constexpr std::uint32_t kCheckpointInterval = kInterval;
};

#define MEASURE(name, codec, page, interval)                                                                 \
  extern "C" char updater_##name##_##page##_##interval[sizeof(tmd::Updater<Config<codec, page, interval>>)]; \
  extern "C" char                                                                                            \
      store_##name##_##page##_##interval[sizeof(tmd::ModelStore<Config<codec, page, interval>>)];            \
  char updater_##name##_##page##_##interval[sizeof(tmd::Updater<Config<codec, page, interval>>)];            \
  char store_##name##_##page##_##interval[sizeof(tmd::ModelStore<Config<codec, page, interval>>)]

using Default = tmd::codec::DefaultConfig;
using Small = tmd::codec::SmallConfig;
MEASURE(default, Default, 256, 135);
MEASURE(default, Default, 4096, 135);
MEASURE(default, Default, 256, 555);
MEASURE(default, Default, 256, 0);
MEASURE(small, Small, 256, 135);
MEASURE(small, Small, 256, 0);
