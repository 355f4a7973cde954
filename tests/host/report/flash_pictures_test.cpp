// SPDX-License-Identifier: Apache-2.0
#include "report/flash_pictures.hpp"

#include <doctest/doctest.h>

#include "support/text.hpp"

using namespace tmd::host::report;
using tmd::test::count;

namespace {

/// A slot, a ring and a journal of two blocks each; the last three of five erases without a model.
FlashRun small_run() {
  FlashRun run;
  run.areas = {{"Slot", {0, 2048}, "the model", 1500},
               {"Ring", {2048, 2048}, "spare"},
               {"Journal", {4096, 2048}, "state"}};
  run.erase_size = 1024;
  run.axis = "bytes programmed";
  run.length = 1000;
  run.no_model_from = 400;
  run.erases = {{4096, 100}, {2048, 399}, {1024, 400}, {2048, 500}, {5120, 1000}};
  return run;
}

}  // namespace

TEST_CASE("erases are counted where they happen, from the first one without a model on apart") {
  const std::string page = erase_timeline(small_run());
  CHECK(page.find("<th scope=\"row\">Slot</th><td>1</td><td>1</td>") != page.npos);
  CHECK(page.find("<th scope=\"row\">Ring</th><td>2</td><td>1</td>") != page.npos);
  CHECK(page.find("<th scope=\"row\">Journal</th><td>2</td><td>1</td>") != page.npos);
  CHECK(count(page, "fill:var(--warm)") == 2);  // the journal's
  CHECK(page.find("0x1400 after 1000 bytes programmed") != page.npos);
}

TEST_CASE("without a time without a model there is no column of it") {
  FlashRun run = small_run();
  run.no_model_from.reset();
  const std::string page = erase_timeline(run);
  CHECK(page.find("<th scope=\"row\">Ring</th><td>2</td></tr>") != page.npos);
  CHECK(page.find("no model to run") == page.npos);
}

TEST_CASE("the map has each region at its address, with what of it is used") {
  const std::string map = flash_map(small_run());
  CHECK(map.find("erase blocks of 1 KB") != map.npos);
  CHECK(map.find("<th scope=\"row\">Journal</th><td>0x1000</td><td>2,048</td><td>state</td>") != map.npos);
  // 900 units for 6 KB: the slot takes 300 of them, the model in it 219.7.
  CHECK(map.find("x=\"300.0\" y=\"20.0\" width=\"300.0\"") != map.npos);
  CHECK(count(map, "target and self-test") == 1);
  CHECK(map.find("x=\"0.0\" y=\"20.0\" width=\"219.7\"") != map.npos);
}
