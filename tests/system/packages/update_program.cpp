// SPDX-License-Identifier: Apache-2.0
// A device with RAM in place of flash, built from a release archive: update_program FIRST UPDATE TARGET ends with 0
// where the two patches make the target.
#ifdef TMD_SINGLE_HEADER
#include "tmd.hpp"
#else
#include <tmd/tmd.hpp>
#endif

#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

using Flash = tmd::RamFlash<64 * 1024, 1024, 8>;
constexpr tmd::Layout kLayout = {{0, 16 * 1024}, {16 * 1024, 16 * 1024}, {32 * 1024, 32 * 1024}};
struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;
};
static Flash ram;

static std::vector<std::uint8_t> load(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return std::vector<std::uint8_t>(std::istreambuf_iterator<char>(file), {});
}

static tmd::Status take(const std::vector<std::uint8_t>& patch) {
  tmd::ModelStore<Config> store(ram, kLayout);
  tmd::Status status = tmd::until_done([&] { return store.boot(); });
  if (tmd::is_error(status) && status != tmd::Status::not_found) return status;
  tmd::Updater<Config> updater(store);
  status = updater.begin();
  while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish)
    status =
        updater.feed(tmd::ConstBytes(patch.data(), patch.size()).slice(updater.resume_offset(), 51)).status;
  if (!tmd::is_error(status)) status = tmd::until_done([&] { return updater.finish(); });
  if (status == tmd::Status::ok && store.active().state == tmd::ModelState::trial)
    status = tmd::until_done([&] { return store.confirm(); });
  return status;
}

int main(int count, char** arguments) {
  if (count != 4) return 2;
  for (int i = 1; i < 3; ++i) {
    const tmd::Status status = take(load(arguments[i]));
    std::printf("%s: %s\n", arguments[i], tmd::to_string(status));
    if (status != tmd::Status::ok) return 1;
  }
  tmd::ModelStore<Config> store(ram, kLayout);
  if (tmd::until_done([&] { return store.boot(); }) != tmd::Status::ok) return 1;
  const std::vector<std::uint8_t> target = load(arguments[3]);
  const tmd::Region active = store.active().region;
  const tmd::ConstBytes model(ram.data() + active.address, active.size);
  const bool is_target = tmd::equal_bytes(model, tmd::ConstBytes(target.data(), target.size()));
  std::printf("TinyMLDelta %s: %s\n", tmd::kVersionText,
              is_target ? "the target is active" : "ANOTHER MODEL IS ACTIVE");
  return is_target ? 0 : 1;
}
