// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "board.hpp"
#include "tmd/updater.hpp"

// What update.cpp is built with: the library's defaults, which take a patch from anyone.
using Config = tmd::DefaultConfig<board::Flash>;

inline tmd::Policies<Config> policies() {
  return tmd::Policies<Config>();
}
