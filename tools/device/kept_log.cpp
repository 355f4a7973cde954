// SPDX-License-Identifier: Apache-2.0
#include "device/kept_log.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/error.hpp"

namespace tmd::host::device {

void refuse_log(Status status) {
  throw Error(fmt::format("the audit log in the flash image: {}", to_string(status)));
}

KeptLog read_log(FileFlash& flash, const Part& part) {
  if (part.log_size == 0) throw Error("the part has no room for an audit log");
  const auto recorder = std::make_unique<Recorder<FileFlash>>(flash, part.log_region());
  KeptLog kept;
  kept.dropped = recorder->log().dropped();
  kept.chain = recorder->log().last_chain();
  kept.is_whole = recorder->log().is_whole();
  for (std::uint32_t i = 0; i < recorder->log().size(); ++i) kept.entries.push_back(recorder->log().at(i));
  return kept;
}

}  // namespace tmd::host::device
