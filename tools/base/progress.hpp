// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace tmd::host {

/// Told of `done` of `total` steps, of whatever kind the work has.
using ProgressHook = std::function<void(std::uint32_t done, std::uint32_t total)>;

/// A progress bar on standard error: drawn on a terminal only, so that pipes and logs stay clean.
///
///     Progress progress("diff", target.size());
///     progress.update(done);
///
/// The line is wiped when the object goes.
class Progress {
 public:
  /// `total` in any unit; 0 draws nothing.
  Progress(std::string label, std::uint64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// `done` of `total`; cheap to call often: draws only when the percentage changes.
  void update(std::uint64_t done);

 private:
  std::string label_;
  std::uint64_t total_;
  unsigned drawn_percent_;
  bool on_terminal_;
};

}  // namespace tmd::host
