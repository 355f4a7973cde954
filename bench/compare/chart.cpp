// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report.hpp"
#include "svg.hpp"

namespace tmd::bench {
namespace {

// Pixels.
constexpr double kWidth = 960, kMargin = 20, kTitle = 26;
constexpr double kBarRow = 16, kBarHeight = 10;
constexpr double kPairRow = 15;
constexpr std::string_view kFaint = "#EEEEEE", kGrid = "#CCCCCC";

std::string heading(double y, const std::string& text) {
  return "<g font-size=\"14\" font-weight=\"bold\">" + text_at(kMargin, y, "start", text) + "</g>\n";
}

/// One figure of each tool, and how it is written.
struct Column {
  std::string name;
  double (*value)(const Summary&);
  std::string (*write)(double);
};

const std::array<Column, 4>& columns() {
  static const std::array<Column, 4> all = {{
      {"patch / target (mean)", [](const Summary& s) { return 100.0 * s.part_of_target; },
       [](double value) { return fmt::format("{:.2f} %", value); }},
      {"time to make them", [](const Summary& s) { return s.diff_seconds; },
       [](double value) { return fmt::format("{:.3f} s", value); }},
      {"time to apply them", [](const Summary& s) { return s.apply_seconds; },
       [](double value) { return fmt::format("{:.3f} s", value); }},
      {"most memory to apply",
       [](const Summary& s) { return static_cast<double>(s.apply_peak_kib) / 1024.0; },
       [](double value) { return fmt::format("{:.1f} MiB", value); }},
  }};
  return all;
}

double bars_height(const std::vector<Tool>& tools) {
  return kTitle + 20 + kBarRow * static_cast<double>(tools.size()) + 14;
}

/// A row for each tool, which is the legend of the whole chart too, and a bar for each of its figures.
std::string bars(const std::vector<Tool>& tools, const std::vector<Summary>& summaries, double top) {
  constexpr double kNames = 150, kFigure = 60;
  const double column_width = (kWidth - kMargin - kNames) / static_cast<double>(columns().size());
  std::string text = heading(top + 18, "All pairs together; less is better");
  const double first = top + kTitle + 20;
  for (std::size_t t = 0; t < tools.size(); ++t) {
    const double y = first + kBarRow * static_cast<double>(t);
    text += tool_mark(t, kMargin + 6, y + kBarHeight / 2, tools[t].settings);
    text += text_at(kMargin + 18, y + kBarHeight - 1, "start", tools[t].name);
  }
  for (std::size_t c = 0; c < columns().size(); ++c) {
    const Column& column = columns()[c];
    const double x = kNames + column_width * static_cast<double>(c);
    double most = 0;
    for (const Summary& summary : summaries) most = std::max(most, column.value(summary));
    text += text_at(x, top + kTitle + 12, "start", column.name);
    for (std::size_t t = 0; t < summaries.size(); ++t) {
      const double value = column.value(summaries[t]);
      const double width = most > 0 ? value / most * (column_width - kFigure - 16) : 0;
      const double y = first + kBarRow * static_cast<double>(t);
      text += tool_bar(t, x, y, width, kBarHeight);
      text += text_at(x + width + 5, y + kBarHeight - 1, "start", column.write(value));
    }
  }
  return text;
}

/// Parts of the target along x on a logarithmic scale: whole decades, up to twice the target.
class Scale {
 public:
  explicit Scale(const std::vector<PairResult>& results) {
    double least = 0.1;
    std::size_t longest = 0;
    for (const PairResult& result : results) {
      longest = std::max(longest, result.pair.name.size());
      for (const Measurement& m : result.measurements) {
        if (m.outcome == Outcome::good) least = std::min(least, part_of_target(m, result));
      }
    }
    lowest_ = std::floor(std::log10(std::max(least, 1e-6)));
    left_ = std::clamp(kMargin + 6.6 * static_cast<double>(longest), 120.0, 460.0);
  }

  double x(double part) const {
    const double along = (std::log10(part) - lowest_) / (kHighest - lowest_);
    return left_ + std::clamp(along, 0.0, 1.0) * (kWidth - kMargin - left_);
  }
  int lowest() const { return static_cast<int>(lowest_); }
  double left() const { return left_; }

 private:
  static constexpr double kHighest = 0.3;

  double lowest_ = -1;
  double left_ = 0;  ///< room for the names
};

std::string grid(const Scale& scale, double top, double bottom) {
  std::string text;
  for (int decade = scale.lowest(); decade <= 0; ++decade) {
    const double x = scale.x(std::pow(10.0, decade));
    text += line(x, top - 6, x, bottom, kGrid);
    text += text_at(x, bottom + 16, "middle", fmt::format("{:g} %", std::pow(10.0, decade + 2)));
  }
  return text;
}

std::string row(const std::vector<Tool>& tools, const PairResult& result, const Scale& scale, double y) {
  std::string text = text_at(scale.left() - 10, y + 4, "end", result.pair.name);
  text += line(scale.left(), y, kWidth - kMargin, y, kFaint);
  for (std::size_t t = tools.size(); t-- > 0;) {  // the first on top
    const Measurement& m = result.measurements[t];
    if (m.outcome != Outcome::good) continue;
    const double part = part_of_target(m, result);
    text += tool_mark(t, scale.x(part), y,
                      fmt::format("{}, {}: {} bytes, {:.2f} %", result.pair.name, tools[t].name,
                                  m.patch_bytes, 100.0 * part));
  }
  return text;
}

}  // namespace

std::string svg_chart(const std::vector<Tool>& tools, const std::vector<PairResult>& results) {
  const Scale scale(results);
  const double pairs_title = bars_height(tools);
  const double top = pairs_title + kTitle + 12;
  const double bottom = top + kPairRow * static_cast<double>(results.size());
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"11\">\n"
      "<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"white\"/>\n",
      kWidth, bottom + 34);
  text += bars(tools, summarise(tools, results), 0);
  text += heading(pairs_title + 18, "Each pair: patch size as a part of the target");
  text += grid(scale, top, bottom);
  for (std::size_t i = 0; i < results.size(); ++i) {
    text += row(tools, results[i], scale, top + kPairRow * (static_cast<double>(i) + 0.5));
  }
  return text + "</svg>\n";
}

}  // namespace tmd::bench
