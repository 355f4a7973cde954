// SPDX-License-Identifier: Apache-2.0
// One start of a device that judges a new model by its self-test: the flash is a file, the interpreter is a
// real one, the radio is a patch file. Each run of this program is a restart.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <vector>

#include "base/files.hpp"
#include "device/file_flash.hpp"
#include "interpreter/interpreter.hpp"
#include "tmd/tmd.hpp"

namespace {

using Flash = tmd::host::device::FileFlash;

struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;
  static constexpr std::uint32_t kSelfTestSize = 256;  // one window of the sensor, and what is expected of it
};

constexpr tmd::host::device::FlashGeometry kGeometry = {256 * 1024, 4096, 8};
constexpr tmd::Layout kLayout = {{0, 96 * 1024}, {96 * 1024, 96 * 1024}, {192 * 1024, 64 * 1024}};

using Store = tmd::ModelStore<Config>;

/// The hook: runs the model that is on trial on the known input. The same interpreter serves the application.
class Hook {
 public:
  Hook(Flash& flash, bool loses_power) : flash_(flash), loses_power_(loses_power) {}

  tmd::Status operator()(const tmd::ActiveModel& model, tmd::SelfTest<Flash>& test) {
    const tmd::ConstBytes bytes = flash_.memory().slice(model.region.address, model.region.size);
    if (interpreter_.load(bytes, tmd::MutableBytes(arena_)) != tmd::host::interpreter::InterpreterStatus::ok)
      return tmd::Status::body_malformed;
    const tmd::Status status = test.input(interpreter_.input());
    if (status != tmd::Status::ok) return status;
    if (interpreter_.invoke() != tmd::host::interpreter::InterpreterStatus::ok)
      return tmd::Status::body_malformed;
    if (loses_power_) {
      std::puts("power lost in the middle of the self-test");
      std::exit(0);
    }
    test.output(interpreter_.output());
    return tmd::Status::ok;
  }

 private:
  Flash& flash_;
  bool loses_power_;
  tmd::host::interpreter::Interpreter interpreter_;
  std::uint8_t arena_[48 * 1024] = {};
};

/// The factory's part: the first model, and what the firmware knows of it.
tmd::FactoryModel make_factory(Flash& flash, const char* path) {
  std::vector<std::uint8_t> model = tmd::host::read_file(path);
  tmd::FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(model.size());
  factory.digest = tmd::digest_of(tmd::DigestKind::sha256, tmd::host::view(model));
  model.resize((model.size() + 7) / 8 * 8, 0xFF);
  if (flash.is_new()) {
    (void)flash.program(kLayout.slot_a.address, tmd::host::view(model));
    flash.publish();
  }
  return factory;
}

const char* name_of(tmd::ModelState state) {
  switch (state) {
    case tmd::ModelState::trial:
      return "on trial";
    case tmd::ModelState::confirmed:
      return "confirmed";
    case tmd::ModelState::reverted:
      return "reverted";
    case tmd::ModelState::updating:  // only where there is one slot
    case tmd::ModelState::none:
      break;
  }
  return "none";
}

void print_model(const Store& store) {
  const tmd::ActiveModel model = store.active();
  std::printf("model: %s, slot %c, %u bytes\n", name_of(model.state),
              model.slot == tmd::SlotId::a ? 'A' : 'B', static_cast<unsigned>(model.region.size));
}

tmd::Status update(Store& store, const char* path) {
  const std::vector<std::uint8_t> patch = tmd::host::read_file(path);
  tmd::Updater<Config> updater(store);
  tmd::Status status = updater.begin();
  while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish)
    status = updater.feed(tmd::host::view(patch).from(updater.resume_offset())).status;
  return tmd::is_error(status) ? status : tmd::until_done([&] { return updater.finish(); });
}

int start(const char* flash_path, const char* factory_path, const char* patch, bool loses_power) {
  Flash flash(flash_path, kGeometry);
  const tmd::FactoryModel factory = make_factory(flash, factory_path);
  Store store(flash, kLayout);
  tmd::Status status = tmd::until_done([&] { return store.boot(factory); });
  print_model(store);
  if (status == tmd::Status::ok && store.active().state == tmd::ModelState::trial) {
    status = tmd::until_done([&] { return tmd::run_self_test(store, Hook(flash, loses_power)); });
    std::printf("self-test: %s\n", tmd::to_string(status));
    print_model(store);
  }
  if (patch == nullptr) return 0;
  status = update(store, patch);
  std::printf("update: %s\n", tmd::to_string(status));
  return status == tmd::Status::ok ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const bool loses_power = count > 3 && std::strcmp(arguments[3], "--lose-power") == 0;
  if (count < 3 || count > 4) {
    std::fprintf(stderr, "usage: self_test_device FLASH FACTORY.tflite [PATCH | --lose-power]\n");
    return 2;
  }
  try {
    return start(arguments[1], arguments[2], count > 3 && !loses_power ? arguments[3] : nullptr, loses_power);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "self_test_device: error: %s\n", error.what());
    return 1;
  }
}
