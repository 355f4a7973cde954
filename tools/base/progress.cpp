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

/// "  3.4 KB/s, 12 s left"; nothing before there is something to tell from.
std::string rate_text(double done, double left, double seconds, const std::string& unit) {
  if (seconds < 1 || done <= 0) return "";
  const double rate = done / seconds;
  std::string text;
  if (!unit.empty())
    text = rate < 1000 ? fmt::format("  {:.0f} {}/s,", rate, unit)
                       : fmt::format("  {:.1f} k{}/s,", rate / 1000, unit);
  const auto rest = static_cast<std::uint64_t>(left / rate + 0.5);
  return text +
         (rest < 120 ? fmt::format(" {} s left", rest) : fmt::format(" {} min left", (rest + 30) / 60));
}
}  // namespace

Progress::Progress(std::string label, std::uint64_t total, std::string unit)
    : label_(std::move(label)),
      total_(total),
      unit_(std::move(unit)),
      start_(std::chrono::steady_clock::now()),
      drawn_percent_(kNothingDrawn),
      on_terminal_(total > 0 && ::isatty(STDERR_FILENO) == 1) {}

void Progress::update(std::uint64_t done) {
  if (!on_terminal_) return;
  const auto percent = static_cast<unsigned>(100.0 * static_cast<double>(std::min(done, total_)) /
                                             static_cast<double>(total_));
  if (percent == drawn_percent_) return;
  if (drawn_percent_ == kNothingDrawn) first_ = done;
  drawn_percent_ = percent;
  const unsigned filled = percent * kBarWidth / 100;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
  const auto since = static_cast<double>(done) - static_cast<double>(first_);
  const double left = static_cast<double>(total_) - static_cast<double>(std::min(done, total_));
  fmt::print(stderr, "\r{} [{:#<{}}{:{}}] {:3}%{}\x1b[K", label_, "", filled, "", kBarWidth - filled, percent,
             rate_text(since, left, passed.count(), unit_));
  std::fflush(stderr);
}

Progress::~Progress() {
  if (drawn_percent_ == kNothingDrawn) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

}  // namespace tmd::host
