// SPDX-License-Identifier: Apache-2.0
#include "slim/curve_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/numbers.hpp"

namespace tmd::host::slim {
namespace {

double percent(std::size_t part, std::size_t whole) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(1, whole));
}

/// Where things are in the picture, in its units.
constexpr double kWidth = 640, kHeight = 400, kLeft = 70, kRight = 20, kTop = 40, kBottom = 60;
constexpr int kGridLines = 5;

class Picture {
 public:
  Picture(const std::vector<Point>& curve, std::size_t plain_bytes) : plain_(plain_bytes) {
    most_bytes_ = plain_bytes;
    double lowest = 100;
    for (const Point& point : curve) {
      most_bytes_ = std::max(most_bytes_, point.body_bytes);
      lowest = std::min(lowest, 100 * point.agreement());
    }
    lowest_ = std::floor(std::min(lowest, 99.0) / kGridLines) * kGridLines;
  }

  std::string draw(const std::vector<Point>& curve, const Point* chosen) {
    text_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" "
        "font-size=\"12\">\n<title>Agreement with the target over bytes of patch body</title>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        kWidth, kHeight);
    grid();
    std::string line;
    for (const Point& point : curve)
      line += fmt::format("{:.1f},{:.1f} ", x_of(point.body_bytes), y_of(100 * point.agreement()));
    text_ +=
        fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"#1f77b4\" stroke-width=\"2\"/>\n", line);
    for (const Point& point : curve) {
      text_ += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"><title>{} bytes, {:.2f} "
          "%</title></circle>\n",
          x_of(point.body_bytes), y_of(100 * point.agreement()), &point == chosen ? 6 : 3,
          &point == chosen ? "#d62728" : "#1f77b4", point.body_bytes, 100 * point.agreement());
    }
    return text_ + "</svg>\n";
  }

 private:
  double x_of(std::size_t bytes) const {
    return kLeft + (kWidth - kLeft - kRight) * static_cast<double>(bytes) / static_cast<double>(most_bytes_);
  }
  double y_of(double agreement) const {
    return kTop + (kHeight - kTop - kBottom) * (100 - agreement) / (100 - lowest_);
  }

  void line(double x1, double y1, double x2, double y2, const char* style) {
    text_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2,
                         y2, style);
  }
  void label(double x, double y, const char* anchor, const std::string& words) {
    text_ +=
        fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, words);
  }

  void grid() {
    for (int i = 0; i <= kGridLines; ++i) {
      const double agreement = lowest_ + (100 - lowest_) * i / kGridLines;
      line(kLeft, y_of(agreement), kWidth - kRight, y_of(agreement), "stroke=\"#ddd\"");
      label(kLeft - 6, y_of(agreement) + 4, "end", fmt::format("{:.1f} %", agreement));
      const std::size_t bytes = most_bytes_ * static_cast<std::size_t>(i) / kGridLines;
      label(x_of(bytes), kHeight - kBottom + 18, "middle", host::with_commas(bytes));
    }
    line(x_of(plain_), kTop, x_of(plain_), kHeight - kBottom, "stroke=\"#999\" stroke-dasharray=\"4 3\"");
    label(x_of(plain_) - 4, kTop - 8, "end", "the target as it is");
    label((kLeft + kWidth - kRight) / 2, kHeight - 16, "middle", "bytes of patch body");
    label(kLeft, kTop - 20, "start", "same top-1 as the target");
  }

  std::size_t plain_;
  std::size_t most_bytes_ = 1;
  double lowest_ = 0;
  std::string text_;
};

}  // namespace

std::string curve_table(const std::vector<Point>& curve, std::size_t plain_bytes, const Point* chosen) {
  std::string table = fmt::format("{:>12} {:>9} {:>11} {:>20} {:>17}\n", "body bytes", "of plain",
                                  "agreement", "largest difference", "mean difference");
  for (const Point& point : curve) {
    table += fmt::format("{:>12} {:>7.0f} % {:>9.2f} % {:>20.4f} {:>17.5f}{}\n",
                         host::with_commas(point.body_bytes), percent(point.body_bytes, plain_bytes),
                         100 * point.agreement(), point.change.largest_difference,
                         point.change.mean_difference, &point == chosen ? "  <- chosen" : "");
  }
  return table;
}

std::string curve_svg(const std::vector<Point>& curve, std::size_t plain_bytes, const Point* chosen) {
  return Picture(curve, std::max<std::size_t>(1, plain_bytes)).draw(curve, chosen);
}

}  // namespace tmd::host::slim
