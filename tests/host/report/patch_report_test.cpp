// SPDX-License-Identifier: Apache-2.0
#include "report/patch_report.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/numbers.hpp"
#include "patch/make_patch.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using host::report::PatchReport;

namespace {

/// Of a patch that can be taken back.
PatchReport reversible_report() {
  const host::Bytes base = test::random_bytes(9000, 1);
  host::Bytes target = base;
  for (std::size_t i = 0; i < target.size(); i += 90) target[i] ^= 0x55;
  host::patch::PatchRecipe recipe;
  recipe.effort = host::Effort::quick;
  host::patch::plan_for_one_slot(recipe, 1024, 3);
  recipe.reversible = true;
  PatchReport report;
  report.was_given = true;
  report.patch = host::patch::parse_patch(
      "patch", host::patch::make_patch(host::view(base), host::view(target), recipe).bytes);
  report.explained_body = report.patch.body().size();
  return report;
}

std::string row(const std::string& name, std::size_t bytes) {
  return "<th scope=\"row\">" + name + "</th><td>" + host::with_commas(bytes) + "</td>";
}

}  // namespace

TEST_CASE("the way back is told from the body") {
  const PatchReport report = reversible_report();
  REQUIRE(report.patch.way_back().size() > 0);
  const std::string page = to_html(report);
  CHECK(page.find(row("Body", report.patch.body().size())) != page.npos);
  CHECK(page.find(row("Way back", report.patch.way_back().size())) != page.npos);
}

TEST_CASE("figures of another body than the patch's are said to be that") {
  PatchReport report = reversible_report();
  const std::string words = "figures of the patch that tmd diff makes of this step by default";
  CHECK(to_html(report).find(words) == std::string::npos);
  report.explained_body += 1000;
  const std::string page = to_html(report);
  CHECK(page.find(words) != page.npos);
  CHECK(page.find("with a body of " + host::with_commas(report.explained_body) + " bytes") != page.npos);
  CHECK(page.find("has a body of " + host::with_commas(report.patch.body().size()) + " bytes") != page.npos);
}
