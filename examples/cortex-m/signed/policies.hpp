// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "board.hpp"
#include "mbedtls_es256.hpp"
#include "model_key.hpp"
#include "tmd/updater.hpp"

// What update.cpp is built with here: only patches that the holder of one key has signed. `tmd keygen
// --header` wrote model_key.hpp.
struct Config : tmd::DefaultConfig<board::Flash> {
  using Authentication = tmd::CoseAuthentication<tmd::Verifiers<MbedtlsEs256>>;
};

inline tmd::Policies<Config> policies() {
  static constexpr tmd::TrustedKey kKeys[] = {kModelKey};
  return {Config::Authentication(kKeys), {}, {}, {}, {}};
}
