// SPDX-License-Identifier: Apache-2.0
// One start of a device that has TFLM: it boots the active model and judges one that is on trial. The flash driver, the
// layout and the operators are the product's.
#include "model_hook.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

using Flash = tmd::RamFlash<256 * 1024, 4096, 8>;  // your driver
struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;  // a first step; docs/security.md has keys
  static constexpr std::uint32_t kSelfTestSize = 256;
};
constexpr tmd::Layout kLayout = {{0, 96 * 1024}, {96 * 1024, 96 * 1024}, {192 * 1024, 64 * 1024}};

/// ok: the model in `store.active()` may be used.
tmd::Status start(Flash& flash, tmd::ModelStore<Config>& store, const tflite::MicroOpResolver& operators) {
  alignas(16) static std::uint8_t arena[32 * 1024];  // tmd inspect says how much the model needs
  store.attach(flash, kLayout);
  const tmd::Status status = tmd::until_done([&] { return store.boot(); });
  if (tmd::is_error(status) || store.active().state != tmd::ModelState::trial) return status;
  return tmd::until_done(
      [&] { return tmd::run_self_test(store, ModelHook(flash.data(), operators, arena, sizeof(arena))); });
}
