// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Everything that firmware needs: updater, store, policies. See tmd/updater.hpp for the life of an update.

#include "tmd/factory.hpp"
#include "tmd/firmware_limits.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/self_test.hpp"
#include "tmd/updater.hpp"
#include "tmd/vendor_limits.hpp"
#include "tmd/version.hpp"
