// SPDX-License-Identifier: Apache-2.0
// The one C++ file of a product in C that has room for one model.
#include "tmd/c/define_in_place.hpp"

struct MyConfig : tmd::DefaultConfig<tmd::c::CallbackFlash> {
  using Authentication = tmd::AllowUnsigned;  // a test; a product has keys: docs/security.md
  static constexpr bool kOneSlot = true;
  static constexpr std::uint8_t kTrialBoots = 0;
};
TMD_DEFINE_C_API_IN_PLACE(MyConfig)
