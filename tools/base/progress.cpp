// SPDX-License-Identifier: Apache-2.0
#include "base/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace tmd::host {
namespace {
constexpr unsigned kNothingDrawn = 101;
constexpr unsigned kBarWidth = 40;
}  // namespace

Progress::Progress(std::string label, std::uint64_t total)
    : label_(std::move(label)),
      total_(total),
      drawn_percent_(kNothingDrawn),
      on_terminal_(total > 0 && ::isatty(STDERR_FILENO) == 1) {}

void Progress::update(std::uint64_t done) {
  if (!on_terminal_) return;
  const auto percent = static_cast<unsigned>(100.0 * static_cast<double>(std::min(done, total_)) /
                                             static_cast<double>(total_));
  if (percent == drawn_percent_) return;
  drawn_percent_ = percent;
  const unsigned filled = percent * kBarWidth / 100;
  fmt::print(stderr, "\r{} [{:#<{}}{:{}}] {:3}%", label_, "", filled, "", kBarWidth - filled, percent);
  std::fflush(stderr);
}

Progress::~Progress() {
  if (drawn_percent_ == kNothingDrawn) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

}  // namespace tmd::host
