// SPDX-License-Identifier: Apache-2.0
// The device half of TinyMLDelta. What to read first: tmd/updater.hpp.
#pragma once

#include "tmd/tmd.hpp"
