// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report.hpp"

namespace tmd::bench {
namespace {

// Pixels.
constexpr double kWidth = 960, kNames = 330, kRight = 30, kTop = 78, kRow = 15, kBottom = 34;

// Told apart by people who see colours differently (Okabe and Ito, 2008).
constexpr std::array<std::string_view, 6> kColours = {"#D55E00", "#0072B2", "#009E73",
                                                      "#CC79A7", "#999999", "#E69F00"};

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) result += c;  // XML has no other control characters
    }
  }
  return result;
}

/// Parts of the target on a logarithmic scale, whole decades, up to a little more than the target itself.
class Scale {
 public:
  explicit Scale(const std::vector<PairResult>& results) {
    double least = 0.1;
    for (const PairResult& result : results) {
      for (const Measurement& m : result.measurements) {
        if (m.outcome == Outcome::good) least = std::min(least, part(m, result));
      }
    }
    lowest_ = std::floor(std::log10(std::max(least, 1e-6)));
  }

  static double part(const Measurement& m, const PairResult& result) {
    return static_cast<double>(std::max<std::uintmax_t>(m.patch_bytes, 1)) /
           static_cast<double>(std::max<std::uintmax_t>(result.target_bytes, 1));
  }
  double x(double part) const {
    const double along = (std::log10(part) - lowest_) / (kHighest - lowest_);
    return kNames + std::clamp(along, 0.0, 1.0) * (kWidth - kNames - kRight);
  }
  int lowest() const { return static_cast<int>(lowest_); }

 private:
  static constexpr double kHighest = 0.3;  // twice the target

  double lowest_ = -1;
};

std::string text_at(double x, double y, std::string_view anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escaped(text));
}

/// `tmd` is the diamond, on top of the others' dots.
std::string mark(std::size_t tool, double x, double y, const std::string& meaning) {
  const std::string_view colour = kColours[tool % kColours.size()];
  const std::string title = fmt::format("<title>{}</title>", escaped(meaning));
  if (tool == 0) {
    return fmt::format("<path d=\"M{:.1f} {:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z\" fill=\"{}\">{}</path>\n", x,
                       y - 5.5, colour, title);
  }
  return fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.6\" fill=\"{}\" fill-opacity=\"0.75\">{}</circle>\n", x, y,
      colour, title);
}

std::string axis(const Scale& scale, double bottom) {
  std::string text;
  for (int decade = scale.lowest(); decade <= 0; ++decade) {
    const double x = scale.x(std::pow(10.0, decade));
    text += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"#CCCCCC\"/>\n", x,
        kTop - 8, bottom);
    text += text_at(x, bottom + 16, "middle", fmt::format("{:g} %", std::pow(10.0, decade + 2)));
  }
  return text;
}

std::string legend(const std::vector<Tool>& tools) {
  std::string text;
  double x = 20;
  for (std::size_t t = 0; t < tools.size(); ++t) {
    text += mark(t, x, 46, tools[t].name);
    text += text_at(x + 10, 50, "start", tools[t].name);
    x += 38 + 6.6 * static_cast<double>(tools[t].name.size());
  }
  return text;
}

std::string row(const std::vector<Tool>& tools, const PairResult& result, const Scale& scale, double y) {
  std::string text = text_at(kNames - 12, y + 4, "end", result.pair.name);
  text += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#EEEEEE\"/>\n",
                      kNames, y, kWidth - kRight, y);
  for (std::size_t t = tools.size(); t-- > 0;) {
    const Measurement& m = result.measurements[t];
    if (m.outcome != Outcome::good) continue;
    const double part = Scale::part(m, result);
    text += mark(t, scale.x(part), y,
                 fmt::format("{}, {}: {} bytes, {:.2f} %", result.pair.name, tools[t].name, m.patch_bytes,
                             100.0 * part));
  }
  return text;
}

}  // namespace

std::string svg_chart(const std::vector<Tool>& tools, const std::vector<PairResult>& results) {
  const Scale scale(results);
  const double bottom = kTop + kRow * static_cast<double>(results.size());
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
      "{1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"11\">\n"
      "<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"white\"/>\n",
      kWidth, bottom + kBottom);
  text += "<g font-size=\"14\" font-weight=\"bold\">" +
          text_at(20, 24, "start", "Patch size as a part of the target; less is better") + "</g>\n";
  text += legend(tools);
  text += axis(scale, bottom);
  for (std::size_t i = 0; i < results.size(); ++i) {
    text += row(tools, results[i], scale, kTop + kRow * (static_cast<double>(i) + 0.5));
  }
  return text + "</svg>\n";
}

}  // namespace tmd::bench
