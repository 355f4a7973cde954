// SPDX-License-Identifier: Apache-2.0
// The partition: model slots, journal, updater and interpreter in secure memory, behind the PSA RoT service API
// (PSA FF-M 1.1, SFN, stateless). The same file builds in TF-M and with the monitor beside it.
#include <cstdint>

#include "interpreter/interpreter.hpp"
#include "model_api.h"
#include "platform.hpp"
#include "psa/service.h"
#include "tmd/history.hpp"

namespace {

using Store = tmd::ModelStore<platform::Config>;
using Updater = tmd::Updater<platform::Config>;
using Journal = tmd::FlashJournal<CmsisFlash>;
using tmd::host::interpreter::InterpreterStatus;
using Interpreter = tmd::host::interpreter::BasicInterpreter<tmd::host::interpreter::Capacity<48, false>>;

struct Partition {
  CmsisFlash flash{Driver_FLASH0};
  Store store{flash, platform::kLayout};
  Updater updater{store};
  Journal journal{store.port(), platform::kHistory};
  tmd::History<Journal, 16> history;
  Interpreter interpreter;
  std::uint8_t arena[8 * 1024] = {};
  std::uint32_t calls = 0;  ///< the log's time: a board with a clock puts it here
  bool loaded = false;
};
Partition& partition() {
  static Partition partition;
  return partition;
}

/// Writes down what has changed. Where that fails the next call's does it.
void observe() {
  Partition& p = partition();
  static_cast<void>(tmd::until_done([&] { return p.history.observe(p.store, p.calls); }));
}

/// Writes down what the call changed, and answers.
psa_status_t answer(const psa_msg_t& msg, tmd::Status status) {
  Partition& p = partition();
  if (tmd::is_error(status) && msg.type == TMD_MODEL_FEED)
    static_cast<void>(
        tmd::until_done([&] { return p.history.note(tmd::LogEvent::update_refused, status, p.calls); }));
  observe();
  const tmd_model_progress_t progress = {static_cast<std::uint32_t>(status), p.updater.resume_offset()};
  if (msg.out_size[0] < sizeof(progress)) return PSA_ERROR_PROGRAMMER_ERROR;
  psa_write(msg.handle, 0, &progress, sizeof(progress));
  return PSA_SUCCESS;
}

psa_status_t feed(const psa_msg_t& msg) {
  std::uint32_t offset = 0;
  if (msg.in_size[0] != sizeof(offset) || msg.out_size[0] < sizeof(tmd_model_progress_t))
    return PSA_ERROR_PROGRAMMER_ERROR;
  psa_read(msg.handle, 0, &offset, sizeof(offset));
  tmd::Status status = tmd::Status::need_more;
  for (std::size_t done = 0; done < msg.in_size[1] && !tmd::is_error(status);) {
    std::uint8_t piece[64];  // copied before it is looked at: the client may change its memory meanwhile
    const std::size_t size = psa_read(msg.handle, 1, piece, sizeof(piece));
    if (size == 0) break;
    status = partition().updater.feed_at(offset, tmd::ConstBytes(piece, size)).status;
    offset += static_cast<std::uint32_t>(size);
    done += size;
  }
  return answer(msg, status);
}

psa_status_t state(const psa_msg_t& msg) {
  const Partition& p = partition();
  const tmd::ActiveModel model = p.store.active();
  tmd_model_state_t out = {};
  if (msg.out_size[0] < sizeof(out)) return PSA_ERROR_PROGRAMMER_ERROR;
  out.state = static_cast<std::uint32_t>(model.state);
  out.length = model.region.size;
  out.security_counter = p.store.snapshot().security_counter;
  out.log_lines = p.history.log().size();
  out.inferences = p.history.monitor().inferences;
  for (unsigned i = 0; i < 32; ++i) out.digest[i] = model.digest.bytes[i];
  psa_write(msg.handle, 0, &out, sizeof(out));
  return PSA_SUCCESS;
}

psa_status_t log_line(const psa_msg_t& msg) {
  static_assert(sizeof(tmd_model_log_line_t) == sizeof(tmd::LogEntry), "the same, for C");
  std::uint32_t index = 0;
  if (msg.in_size[0] != sizeof(index) || msg.out_size[0] < sizeof(tmd::LogEntry))
    return PSA_ERROR_PROGRAMMER_ERROR;
  psa_read(msg.handle, 0, &index, sizeof(index));
  if (index >= partition().history.log().size()) return PSA_ERROR_INVALID_ARGUMENT;
  const tmd::LogEntry entry = partition().history.log().at(index);
  psa_write(msg.handle, 0, &entry, sizeof(entry));
  return PSA_SUCCESS;
}

psa_status_t infer(const psa_msg_t& msg) {
  Partition& p = partition();
  const tmd::ActiveModel model = p.store.active();
  if (model.state == tmd::ModelState::none) return PSA_ERROR_BAD_STATE;
  if (!p.loaded) {
    const tmd::ConstBytes bytes(tmd_model_flash_base + model.region.address, model.region.size);
    if (p.interpreter.load(bytes, tmd::MutableBytes(p.arena)) != InterpreterStatus::ok)
      return PSA_ERROR_NOT_SUPPORTED;
    p.loaded = true;
  }
  const tmd::MutableBytes input = p.interpreter.input();
  if (msg.in_size[0] != input.size() || msg.out_size[0] != p.interpreter.output().size())
    return PSA_ERROR_INVALID_ARGUMENT;
  psa_read(msg.handle, 0, input.data(), input.size());
  if (p.interpreter.invoke() != InterpreterStatus::ok) return PSA_ERROR_GENERIC_ERROR;
  const tmd::ConstBytes output = p.interpreter.output();
  int largest = -128;
  for (const std::uint8_t byte : output)
    largest = static_cast<std::int8_t>(byte) > largest ? static_cast<std::int8_t>(byte) : largest;
  p.history.monitor().count(static_cast<std::uint8_t>(largest + 128));
  psa_write(msg.handle, 0, output.data(), output.size());
  return PSA_SUCCESS;
}

}  // namespace

extern "C" psa_status_t tmd_model_init(void) {
  Partition& p = partition();
  tmd::FactoryModel factory = platform_factory_model();
  (void)tmd::until_done([&] { return p.store.boot(factory); });
  if (tmd::until_done([&] { return p.history.mount(p.journal); }) != tmd::Status::ok)
    return PSA_ERROR_GENERIC_ERROR;
  observe();
  return p.store.is_ready() ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}

extern "C" psa_status_t tmd_model_sfn(const psa_msg_t* msg) {
  Partition& p = partition();
  ++p.calls;
  switch (msg->type) {
    case TMD_MODEL_BEGIN:
      return answer(*msg, p.updater.begin());
    case TMD_MODEL_RESUME:
      return answer(*msg, p.updater.resume());
    case TMD_MODEL_FEED:
      return feed(*msg);
    case TMD_MODEL_FINISH:
      p.loaded = false;
      return answer(*msg, p.updater.finish());
    case TMD_MODEL_ABORT:
      return answer(*msg, p.updater.abort());
    case TMD_MODEL_CONFIRM:
      return answer(*msg, p.store.confirm());
    case TMD_MODEL_REVERT:
      p.loaded = false;
      return answer(*msg, p.store.revert());
    case TMD_MODEL_STATE:
      return state(*msg);
    case TMD_MODEL_INFER:
      return infer(*msg);
    case TMD_MODEL_LOG:
      return log_line(*msg);
    default:
      return PSA_ERROR_NOT_SUPPORTED;
  }
}
