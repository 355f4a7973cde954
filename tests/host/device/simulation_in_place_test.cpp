// SPDX-License-Identifier: Apache-2.0
#include "device/simulation_in_place.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "patch/make_patch.hpp"
#include "support/program.hpp"

using namespace tmd;
using host::device::CutWhile;

namespace {

/// Models of five blocks; a patch that is applied in place between them.
struct InPlaceBench {
  host::Bytes base = host::Bytes(5000);
  host::Bytes target;
  host::patch::PatchFile patch;
  host::device::SimulationPlan plan;

  explicit InPlaceBench(bool reversible = false, std::size_t entry_bytes = 0) {
    for (std::size_t i = 0; i < base.size(); ++i) base[i] = static_cast<std::uint8_t>(i * i >> 3);
    target = base;
    for (std::size_t i = 0; i < target.size(); i += 90) target[i] ^= 0x55;
    host::patch::PatchRecipe recipe;
    recipe.effort = host::Effort::quick;
    host::patch::plan_for_one_slot(recipe, 1024, 3);
    recipe.reversible = reversible;
    if (entry_bytes != 0)
      recipe.entries.push_back({EntryNumber::self_test, false, host::Bytes(entry_bytes, 0x5A)});
    patch = host::patch::parse_patch(
        "patch", host::patch::make_patch(host::view(base), host::view(target), recipe).bytes);
    plan.part = {0, 16 * 1024, 1024, 4, 0};
    plan.link.packet_size = 64;
  }
  host::device::FlashGeometry geometry() const { return host::device::part_in_place(patch, plan).geometry; }
  host::device::OneSlotReport run(host::device::FileFlash& flash) const {
    return host::device::simulate_in_place(flash, "base", host::view(base), patch, plan);
  }
  bool holds_base(const host::device::FileFlash& flash) const {
    return equal_bytes(flash.memory().first(base.size()), host::view(base));
  }
  bool holds_target(const host::device::FileFlash& flash) const {
    return equal_bytes(flash.memory().first(target.size()), host::view(target));
  }
};

}  // namespace

TEST_CASE("a device with one slot stages a patch, applies it, and runs its target") {
  const InPlaceBench bench;
  host::device::FileFlash flash(bench.geometry());
  const host::device::OneSlotReport report = bench.run(flash);
  CHECK(report.cut == CutWhile::never);
  CHECK(report.packets_sent == report.packets_needed);
  CHECK(report.bytes_sent == bench.patch.bytes.size());
  CHECK(report.without_model.erases > 5);
  CHECK(report.after.present);
  CHECK(report.after.region.size == bench.target.size());
  CHECK(bench.holds_target(flash));
}

TEST_CASE("packets that are lost are sent again, and no others") {
  InPlaceBench bench;
  bench.plan.link.loss = 0.3;
  host::device::FileFlash flash(bench.geometry());
  const host::device::OneSlotReport report = bench.run(flash);
  CHECK(report.packets_lost > 0);
  CHECK(report.packets_sent == report.packets_needed + report.packets_lost);
  CHECK(bench.holds_target(flash));
}

TEST_CASE("wherever the power goes, the update ends with its target, and staged packets are not sent again") {
  InPlaceBench bench;
  std::uint64_t operations = 0;
  {
    host::device::FileFlash flash(bench.geometry());
    const FlashCounters whole = bench.run(flash).flash;
    operations = whole.erases + whole.programs;
  }
  std::uint32_t cuts[4] = {};
  for (bench.plan.cut.operation = 1; bench.plan.cut.operation <= operations; ++bench.plan.cut.operation) {
    CAPTURE(bench.plan.cut.operation);
    host::device::FileFlash flash(bench.geometry());
    const host::device::OneSlotReport report = bench.run(flash);
    ++cuts[static_cast<unsigned>(report.cut)];
    CHECK(report.packets_sent <= report.packets_needed + 1);
    CHECK(bench.holds_target(flash));
  }
  for (const CutWhile phase : {CutWhile::receiving, CutWhile::trying_out, CutWhile::overwriting}) {
    CAPTURE(std::string(to_string(phase)));
    CHECK(cuts[static_cast<unsigned>(phase)] > 5);
  }
}

TEST_CASE("an image that a cut left is gone on with, without the sender where all is staged") {
  InPlaceBench bench;
  bench.plan.stop_at_cut = true;
  const test::TemporaryFolder folder;
  host::device::OneSlotReport report;
  for (bench.plan.cut.operation = 20; report.cut != CutWhile::overwriting; bench.plan.cut.operation += 20) {
    REQUIRE(bench.plan.cut.operation < 5000);
    std::filesystem::remove(folder / "flash.bin");
    host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
    report = bench.run(flash);
  }
  CHECK(report.stopped_at_cut);
  bench.plan.cut.operation = 0;
  host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
  report = bench.run(flash);
  CHECK(report.before.state == ModelState::updating);
  CHECK(report.packets_sent == 0);
  CHECK(bench.holds_target(flash));
}

TEST_CASE("a target that nobody confirms is taken back, wherever the power goes") {
  InPlaceBench bench(true);
  bench.plan.unconfirmed = true;
  std::uint64_t operations = 0;
  {
    host::device::FileFlash flash(bench.geometry());
    const host::device::OneSlotReport report = bench.run(flash);
    CHECK(report.trial.state == ModelState::trial);
    CHECK(report.after.state == ModelState::reverted);
    CHECK(bench.holds_base(flash));
    operations = report.flash.erases + report.flash.programs;
  }
  std::uint32_t cuts[8] = {};
  for (bench.plan.cut.operation = 1; bench.plan.cut.operation <= operations; ++bench.plan.cut.operation) {
    CAPTURE(bench.plan.cut.operation);
    host::device::FileFlash flash(bench.geometry());
    const host::device::OneSlotReport report = bench.run(flash);
    ++cuts[static_cast<unsigned>(report.cut)];
    CHECK(report.after.state == ModelState::reverted);
    CHECK(report.packets_sent <= report.packets_needed + 1);
    CHECK(bench.holds_base(flash));
  }
  for (const CutWhile phase : {CutWhile::receiving, CutWhile::trying_out, CutWhile::overwriting,
                               CutWhile::on_trial, CutWhile::returning, CutWhile::taking_back}) {
    CAPTURE(std::string(to_string(phase)));
    CHECK(cuts[static_cast<unsigned>(phase)] > 5);
  }
}

TEST_CASE("a target that is confirmed stays, and its image is gone on with from any stop") {
  InPlaceBench bench(true);
  bench.plan.stop_at_cut = true;
  const test::TemporaryFolder folder;
  for (const CutWhile phase : {CutWhile::overwriting, CutWhile::on_trial}) {
    host::device::OneSlotReport report;
    for (bench.plan.cut.operation = 200; report.cut != phase; bench.plan.cut.operation += 3) {
      REQUIRE(bench.plan.cut.operation < 5000);
      std::filesystem::remove(folder / "flash.bin");
      host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
      report = bench.run(flash);
    }
    bench.plan.cut.operation = 0;
    host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
    report = bench.run(flash);
    CHECK(report.packets_sent == 0);
    CHECK(report.after.state == ModelState::confirmed);
    CHECK(bench.holds_target(flash));
  }
}

TEST_CASE("a damaged patch is refused before a byte of the model is written") {
  InPlaceBench bench;
  bench.patch.bytes[bench.patch.bytes.size() - 6] ^= 1;
  host::device::FileFlash flash(bench.geometry());
  CHECK_THROWS_AS((void)bench.run(flash), host::Error);
  CHECK(equal_bytes(flash.memory().first(bench.base.size()), host::view(bench.base)));
}

TEST_CASE("an image is gone on with wherever a cut left it, also behind the update's end") {
  for (const bool reversible : {false, true}) {
    CAPTURE(reversible);
    InPlaceBench bench(reversible);
    const test::TemporaryFolder folder;
    bench.plan.cut.operation = 100000;
    std::uint64_t last = 0;
    {
      host::device::FileFlash flash(bench.geometry());
      last = bench.run(flash).missed_cut.value();
    }
    bench.plan.stop_at_cut = true;
    for (std::uint64_t operation = last - 20; operation <= last; ++operation) {
      CAPTURE(operation);
      std::filesystem::remove(folder / "flash.bin");
      bench.plan.cut.operation = operation;
      {
        host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
        REQUIRE(bench.run(flash).stopped_at_cut);
      }
      bench.plan.cut.operation = 0;
      host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
      host::device::OneSlotReport report;
      REQUIRE_NOTHROW(report = bench.run(flash));
      CHECK(report.packets_sent == 0);
      CHECK(report.after.state == ModelState::confirmed);
      CHECK(bench.holds_target(flash));
    }
  }
}

TEST_CASE("an image that holds another model is refused") {
  InPlaceBench bench;
  const test::TemporaryFolder folder;
  bench.plan.cut.operation = 1;
  bench.plan.stop_at_cut = true;
  {
    host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
    (void)bench.run(flash);
  }
  host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
  bench.base[0] ^= 1;
  CHECK_THROWS_WITH_AS((void)bench.run(flash), doctest::Contains("holds another model than base"),
                       host::Error);
}

TEST_CASE("a device with one slot that does not boot is the image's fault, and a new image gets no name") {
  InPlaceBench bench;
  const test::TemporaryFolder folder;
  // The second one is large enough for the device's state, and not for that of its updater.
  for (const std::uint32_t journal : {2048U, 8192U}) {
    CAPTURE(journal);
    bench.plan.part.journal_size = journal;
    {
      host::device::FileFlash flash(folder / "flash.bin", bench.geometry());
      CHECK_THROWS_WITH_AS((void)bench.run(flash), doctest::Contains("flash.bin: slots or journal overlap"),
                           host::Error);
    }
    CHECK_FALSE(std::filesystem::exists(folder / "flash.bin"));
  }
}

TEST_CASE("a power cut that never came is told with the number of operations, one that came is not") {
  InPlaceBench bench;
  const auto missed_at = [&](std::uint64_t operation) {
    bench.plan.cut.operation = operation;
    host::device::FileFlash flash(bench.geometry());
    return bench.run(flash).missed_cut;
  };
  CHECK_FALSE(missed_at(0).has_value());
  const std::optional<std::uint64_t> last = missed_at(100000);
  REQUIRE(last.has_value());
  CHECK_FALSE(missed_at(*last).has_value());
  CHECK(missed_at(*last + 1) == last);
}

TEST_CASE("with one slot, too, a manifest of any length that a firmware can be configured for is taken") {
  for (const bool reversible : {false, true}) {
    for (const std::size_t bytes : {900, 4500, 20000}) {
      CAPTURE(bytes);
      InPlaceBench bench(reversible, bytes);
      bench.plan.part.journal_size = host::device::journal_for(bench.patch);
      host::device::FileFlash flash(bench.geometry());
      CHECK(bench.run(flash).after.region.size == bench.target.size());
      CHECK(bench.holds_target(flash));
    }
  }
}
