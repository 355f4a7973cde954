// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
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
  /// `total` in any unit; 0 draws nothing. `unit`: what the rate is given in; empty: no rate is shown.
  Progress(std::string label, std::uint64_t total, std::string unit = "");
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// `done` of `total`; cheap to call often: draws only when the percentage changes. From the second second on it says
  /// how long the rest will take, if that goes on as it has.
  void update(std::uint64_t done);

 private:
  std::string label_;
  std::uint64_t total_;
  std::string unit_;
  std::chrono::steady_clock::time_point start_;
  std::uint64_t first_ = 0;  ///< What was done at the first update: it took none of our time.
  unsigned drawn_percent_;
  bool on_terminal_;
};

}  // namespace tmd::host
