// SPDX-License-Identifier: Apache-2.0
// The one C++ file of a product in C.
#include "tmd/c/define.hpp"
#include "tmd/c/define_history.hpp"

struct MyConfig : tmd::DefaultConfig<tmd::c::CallbackFlash> {
  using Authentication = tmd::AllowUnsigned;  // a test; a product has keys: docs/security.md
};
TMD_DEFINE_C_API(MyConfig)
TMD_DEFINE_C_DEVICE(second_device)
TMD_DEFINE_C_HISTORY(MyConfig, 4)
