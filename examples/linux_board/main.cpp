// SPDX-License-Identifier: Apache-2.0
// A Linux board: a model in a file or an MTD device, run by an interpreter, updated from a file that stands for the
// link. docs/getting-started.md walks through it.
//
//   model_board MODELS             one start of the device: boots, judges a model on trial, runs the model once
//   model_board MODELS PATCH       the same, then takes the patch
//   model_board MODELS PATCH N     the same, and power goes when N bytes of it have come
//
// MODELS: 256 KB that survive power; made empty where it is absent.
#include <cstdio>
#include <cstdlib>
#include <tmd/port/file_flash.hpp>
#include <tmd/tmd.hpp>

#include "factory.hpp"  // tmd factory base.tflite -o factory.hpp
#include "interpreter/interpreter.hpp"

namespace {

using Flash = tmd::port::FileFlash;
// Two slots of 96 KB and a journal of 64 KB, in blocks of 4 KB; an SD card or eMMC writes 512 bytes at once.
constexpr tmd::Layout kLayout = {{0, 96 * 1024}, {96 * 1024, 96 * 1024}, {192 * 1024, 64 * 1024}};
constexpr std::uint32_t kSize = 256 * 1024;

struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;        // anyone's; a product has keys: docs/security.md
  static constexpr std::uint32_t kPageSize = 4096;  // a whole block: what is right already is not erased
  static constexpr std::uint32_t kCheckpointInterval = 511;  // fills one unit of the journal
};
using Store = tmd::ModelStore<Config>;

/// Runs the active model on a known input; the class it answers with, or -1 where it cannot be run.
int infer(Flash& flash, const tmd::ActiveModel& model) {
  static std::uint8_t bytes[96 * 1024], arena[48 * 1024];
  static tmd::host::interpreter::Interpreter interpreter;
  const tmd::MutableBytes copy = tmd::MutableBytes(bytes).first(model.region.size);
  if (flash.read(model.region.address, copy) != tmd::Status::ok ||
      interpreter.load(copy, tmd::MutableBytes(arena)) != tmd::host::interpreter::InterpreterStatus::ok)
    return -1;
  for (std::size_t i = 0; i < interpreter.input().size(); ++i)
    interpreter.input()[i] = static_cast<std::uint8_t>(i * 37 % 64);  // stands for the sensor
  if (interpreter.invoke() != tmd::host::interpreter::InterpreterStatus::ok) return -1;
  const tmd::ConstBytes scores = interpreter.output();
  int best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i)
    if (static_cast<std::int8_t>(scores[i]) >
        static_cast<std::int8_t>(scores[static_cast<std::size_t>(best)]))
      best = static_cast<int>(i);
  return best;
}

/// Boots, and decides about a model on trial: it stays if it runs.
tmd::Status start(Flash& flash, Store& store) {
  tmd::Status status = tmd::until_done([&] { return store.boot(firmware::factory_model()); });
  std::printf("boot: %s\n", tmd::to_string(status));
  if (store.active().state == tmd::ModelState::trial) {
    const bool runs = infer(flash, store.active()) >= 0;
    status = tmd::until_done([&] { return runs ? store.confirm() : store.revert(); });
    const char* const decided = runs ? "it runs, confirmed" : "it does not run, reverted";
    std::printf("on trial: %s\n", status == tmd::Status::ok ? decided : tmd::to_string(status));
  }
  const tmd::ActiveModel model = store.active();
  if (model.present)
    std::printf("model of %u bytes in slot %c answers: gesture %d\n",
                static_cast<unsigned>(model.region.size), model.slot == tmd::SlotId::a ? 'A' : 'B',
                infer(flash, model));
  return status;
}

/// Takes the patch in packets, from where an interrupted update stopped. `most`: power goes then.
tmd::Status update(Store& store, std::FILE* link, std::uint32_t most) {
  static tmd::Updater<Config> updater;
  updater.attach(store);
  tmd::Status status = updater.resume();
  if (tmd::is_error(status)) status = updater.begin();
  std::printf("update: from byte %u\n", static_cast<unsigned>(updater.resume_offset()));
  while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish) {
    if (updater.resume_offset() >= most) {
      std::puts("power gone");
      std::exit(0);  // nothing is closed or flushed
    }
    std::uint8_t packet[51];
    std::fseek(link, static_cast<long>(updater.resume_offset()), SEEK_SET);
    const tmd::ConstBytes bytes(packet, std::fread(packet, 1, sizeof(packet), link));
    status = updater.feed(bytes).status;
    if (bytes.empty() && status == tmd::Status::need_more) break;  // the file ends too early
  }
  return tmd::is_error(status) ? status : tmd::until_done([&] { return updater.finish(); });
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || count > 4) return std::fputs("usage: model_board MODELS [PATCH [BYTES]]\n", stderr), 2;
  static Flash flash;
  if (flash.open(arguments[1], {kSize, 4096, 512}) != tmd::Status::ok) return std::perror(arguments[1]), 1;
  static Store store;
  store.attach(flash, kLayout);
  tmd::Status status = start(flash, store);
  if (count == 2) return status == tmd::Status::ok ? 0 : 1;
  std::FILE* const link = std::fopen(arguments[2], "rb");
  if (link == nullptr) return std::perror(arguments[2]), 1;
  status = update(store, link, count == 4 ? static_cast<std::uint32_t>(std::atol(arguments[3])) : 0xFFFFFFFF);
  std::fclose(link);
  std::printf("update: %s\n", tmd::to_string(status));
  return status == tmd::Status::ok ? 0 : 1;
}
