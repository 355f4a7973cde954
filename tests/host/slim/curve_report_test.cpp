// SPDX-License-Identifier: Apache-2.0
#include "slim/curve_report.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/text.hpp"

using namespace tmd::host::slim;
using tmd::test::count;

namespace {

std::vector<Point> three_points() {
  std::vector<Point> curve(3);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    curve[i].body_bytes = 9000 - 3000 * i;
    curve[i].change.samples = 200;
    curve[i].change.agree = 200 - 20 * i;
  }
  return curve;
}

}  // namespace

TEST_CASE("the table has a line for each point and marks the chosen one") {
  const std::vector<Point> curve = three_points();
  const std::string table = curve_table(curve, 12000, &curve[1]);
  CHECK(count(table, "\n") == 4);
  CHECK(table.find("9,000      75 %    100.00 %") != table.npos);
  CHECK(count(table, "<- chosen") == 1);
  CHECK(table.find("<- chosen") > table.find("6,000"));
  CHECK(table.find("<- chosen") < table.find("3,000 "));
}

TEST_CASE("the picture is an SVG with a dot for each point, inside its frame") {
  const std::vector<Point> curve = three_points();
  const std::string svg = curve_svg(curve, 12000, &curve[1]);
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "<circle ") == 3);
  CHECK(count(svg, "fill=\"#d62728\"") == 1);
  CHECK(svg.find("6000 bytes, 90.00 %") != svg.npos);
  CHECK(svg.find("nan") == svg.npos);
  // A curve without a point and one without any bytes are drawn all the same.
  CHECK(curve_svg({}, 0, nullptr).ends_with("</svg>\n"));
}
