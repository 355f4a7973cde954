// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "Driver_Flash.h"
#include "cmsis_flash.hpp"
#include "release_key.hpp"  // made by tmd keygen --header
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/updater.hpp"

/// The board's flash driver; `tmd_model_flash_base` is where its first byte can be read as memory, for the interpreter.
extern "C" {
extern ARM_DRIVER_FLASH Driver_FLASH0;
extern const std::uint8_t* const tmd_model_flash_base;
}

/// The model that the product was made with; length 0 where it has none.
tmd::FactoryModel platform_factory_model();

namespace platform {

constexpr std::uint32_t kSlotSize = 72 * 1024, kJournalSize = 16 * 1024, kHistorySize = 8 * 1024;
constexpr tmd::Layout kLayout = {{0, kSlotSize}, {kSlotSize, kSlotSize}, {2 * kSlotSize, kJournalSize}};
constexpr tmd::Region kHistory = {2 * kSlotSize + kJournalSize, kHistorySize};
constexpr tmd::TrustedKey kTrusted[] = {kModelKey};

struct Config : tmd::DefaultConfig<CmsisFlash> {
  using Authentication = tmd::CoseAuthentication<tmd::Verifiers<tmd::PsaEs256>, tmd::FixedKeys<kTrusted>>;
  static constexpr std::uint32_t kWorkPerCall = 0;  // a call ends what it begins: the client has no poll
};

}  // namespace platform
