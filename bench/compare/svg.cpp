// SPDX-License-Identifier: Apache-2.0
#include "svg.hpp"

#include <fmt/core.h>

#include <array>

namespace tmd::bench {

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

std::string text_at(double x, double y, std::string_view anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escaped(text));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view colour) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1,
                     y1, x2, y2, colour);
}

std::string_view tool_colour(std::size_t tool) {
  // Okabe and Ito, 2008.
  constexpr std::array<std::string_view, 6> kColours = {"#D55E00", "#0072B2", "#009E73",
                                                        "#CC79A7", "#999999", "#E69F00"};
  return kColours[tool % kColours.size()];
}

std::string tool_mark(std::size_t tool, double x, double y, const std::string& meaning) {
  const std::string title = fmt::format("<title>{}</title>", escaped(meaning));
  if (tool == 0) {
    return fmt::format("<path d=\"M{:.1f} {:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z\" fill=\"{}\">{}</path>\n", x,
                       y - 5.5, tool_colour(tool), title);
  }
  return fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.6\" fill=\"{}\" fill-opacity=\"0.75\">{}</circle>\n", x, y,
      tool_colour(tool), title);
}

std::string tool_bar(std::size_t tool, double x, double y, double width, double height) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x,
                     y, width, height, tool_colour(tool));
}

}  // namespace tmd::bench
