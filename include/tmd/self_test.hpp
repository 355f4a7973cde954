// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/internal/guard/self_test_entry.hpp"
#include "tmd/model_store.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// The self-test of the model on trial: gives the known input, takes what came out. It lies in flash behind
/// the model; nothing of it is held in RAM.
template <class Flash>
class SelfTest {
 public:
  SelfTest(FlashPort<Flash>& flash, Region place) : flash_(flash), place_(place) {}

  /// ok; malformed_manifest; read_failed.
  [[nodiscard]] Status begin() {
    std::uint8_t front[SelfTestEntry::kFront] = {};
    const MutableBytes bytes = MutableBytes(front).first(place_.size);
    Status status = flash_.read(place_.address, bytes);
    if (status == Status::ok) status = parse_self_test(bytes, entry_);
    if (status != Status::ok) return status;
    given_ = entry_.input_offset;
    generated_ = GeneratedInput(entry_.seed);
    top1_ = Top1(entry_.score_type, entry_.elements);
    return Status::ok;
  }

  /// Fills the next bytes of the model's inputs, in the model's order. ok; io_mismatch where there are none
  /// left: the test is for a model with smaller inputs; read_failed.
  [[nodiscard]] Status input(MutableBytes tensor) {
    if (entry_.input == TestInput::generated) {
      for (std::uint8_t& byte : tensor) byte = generated_.next();
      return Status::ok;
    }
    if (tensor.size() > place_.size - given_) return Status::io_mismatch;
    const Status status = flash_.read(place_.address + given_, tensor);
    if (status == Status::ok) given_ += static_cast<std::uint32_t>(tensor.size());
    return status;
  }

  /// Takes the next bytes of the model's outputs, in the model's order.
  void output(ConstBytes tensor) {
    crc_.update(tensor);
    top1_.add(tensor);
  }

  /// All of the input was used, and what came out is what must.
  bool passed() const {
    if (entry_.input == TestInput::given && given_ != place_.size) return false;
    if (entry_.expectation == Expectation::top1) return top1_.is(entry_.top1);
    return crc_.value() == entry_.crc;
  }

 private:
  FlashPort<Flash>& flash_;
  Region place_;
  SelfTestEntry entry_;
  std::uint32_t given_ = 0;
  GeneratedInput generated_{1};
  Top1 top1_;
  Crc32 crc_;
};

/// Runs the self-test that came with the model on trial, and keeps the model or goes back to the one before.
/// For configurations with a `kSelfTestSize`; call it after `boot`. `run` is the application's hook: it runs
/// the model and answers ok, would_block, or why it could not.
///
///     const auto run = [](const tmd::ActiveModel& model, tmd::SelfTest<MyFlash>& test) {
///       if (!interpreter.load(model)) return tmd::Status::body_malformed;
///       const tmd::Status status = test.input(interpreter.input());
///       if (status == tmd::Status::ok && interpreter.invoke()) test.output(interpreter.output());
///       return status;
///     };
///     const tmd::Status status = tmd::run_self_test(store, run);
///     if (status == tmd::Status::not_found && my_own_check()) store.confirm();
///
/// ok: confirmed. self_test_failed: reverted, the model to run is another one now. updating: with one slot, it is
/// going to be, by the updater (tmd/in_place.hpp). not_found: the patch brought no self-test, decide yourself.
/// wrong_state: no model is on trial. would_block: again. Flash errors, verify_failed also where the test failed and
/// has rotted, and what else `confirm` or `revert` answers: nothing is decided, decide yourself; after the trial's
/// boots the store reverts by itself, as it does where `run` hangs or power goes before the decision is written.
template <class Config, class Run>
[[nodiscard]] Status run_self_test(ModelStore<Config>& store, Run&& run) {
  const ActiveModel model = store.active();
  if (model.state != ModelState::trial) return Status::wrong_state;
  const Region place = store.self_test();
  if (place.size == 0) return Status::not_found;
  SelfTest<typename Config::Flash> test(store.port(), place);
  Status status = test.begin();
  if (status == Status::ok) status = run(model, test);
  if (status == Status::would_block || is_flash_error(status)) return status;
  if (status == Status::ok && test.passed()) return store.confirm();
  status = store.verify_self_test();
  if (status == Status::ok) status = store.revert();
  return status == Status::ok ? Status::self_test_failed : status;
}

}  // namespace tmd
