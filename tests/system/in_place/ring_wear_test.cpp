// SPDX-License-Identifier: Apache-2.0
// How often updates of real models erase the spare blocks: the figures of docs/in-place.md.
#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "device/one_slot.hpp"
#include "support/corpus.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("the spare blocks of real models' updates" * doctest::skip()) {
  const std::filesystem::path folder = corpus_folder();
  if (folder.empty()) {
    MESSAGE("skipped: the corpus beside the checkout is absent");
    return;
  }
  constexpr FlashPart kPart = {"4 KB", 4096, 8, false, Erased::ones};
  constexpr std::size_t kLargest = 110000;
  std::ifstream pairs(folder / "pairs.tsv");
  std::string line;
  std::getline(pairs, line);
  unsigned count = 0, once = 0, changed = 0, erases = 0;
  while (std::getline(pairs, line)) {
    std::istringstream fields(line);
    std::string name, base_name, target_name;
    fields >> name >> base_name >> target_name;
    CAPTURE(name);
    const Bytes base = read_file(folder / base_name);
    const Bytes target = read_file(folder / target_name);
    if (target.size() >= kLargest) continue;
    OneSlot device(base, make_in_place(base, target, {4096, 3, 2}), kPart);
    REQUIRE(device.boot() == Status::ok);
    REQUIRE(device.receive() == Status::ok);
    REQUIRE(device.apply() == Status::ok);
    CHECK(device.active_bytes() == target);
    const std::uint32_t in_slot = erases_in(device, device.layout().slot_a);
    const std::uint32_t in_ring = erases_in(device, device.layout().slot_b);
    CHECK(in_ring <= 2 * in_slot);
    ++count;
    once += in_ring <= in_slot + 1 ? 1 : 0;
    changed += in_slot;
    erases += in_ring;
  }
  MESSAGE(count, " updates; ", once, " erase the ring at most once more than blocks change; all together ",
          erases, " times for ", changed, " blocks");
  CHECK(count == 67);
  CHECK(once >= 33);
  CHECK(erases <= 1309);
}
