// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "system/faults/cases.hpp"

namespace tmd::faults {

/// What random runs may meet, apart from up to five cuts.
struct Powers {
  bool rot = true;
  bool flicker = true;
  bool dead_blocks = true;
  bool busy = true;
  bool refusing_banks = false;  ///< One bank of the journal takes no program any more.
};

struct RandomTotals {
  std::uint64_t runs = 0;
  std::uint64_t cuts = 0;
  std::uint64_t rots = 0;
  std::uint64_t dead = 0;
  std::uint64_t refusing = 0;
  std::uint64_t failed = 0;
  Figures figures;
  std::vector<std::string> failures;  ///< "random:SEED:NUMBER: case: what", the first few.
};

/// Runs drawn by chance: the seed and a number decide everything that happens in one.
class RandomRuns {
 public:
  RandomRuns(std::uint64_t seed, Powers powers) : seed_(seed), powers_(powers) {}

  /// One run; `verbose` prints what happens in it.
  void run(std::uint64_t number, bool verbose = false);
  const RandomTotals& totals() const { return totals_; }

 private:
  struct Prepared {
    Case test_case;
    Workload work;
    std::uint32_t operations;  ///< Of a run to which nothing happens.
  };

  const Prepared& prepare(const Case& test_case);
  void live(const Prepared& prepared, test::SimulatedFlash& flash, Oracle& oracle, test::Chance& chance,
            bool verbose);
  test::Cut random_cut(const test::SimulatedFlash& flash, test::Chance& chance, unsigned& unstable) const;
  void stop_bank(const Prepared& prepared, test::SimulatedFlash& flash, Oracle& oracle, unsigned choice,
                 bool verbose);
  void maybe_rot(const Prepared& prepared, test::SimulatedFlash& flash, Oracle& oracle, test::Chance& chance,
                 bool verbose);

  std::uint64_t seed_;
  Powers powers_;
  RandomTotals totals_;
  std::map<std::string, Prepared> prepared_;
};

}  // namespace tmd::faults
