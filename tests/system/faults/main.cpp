// SPDX-License-Identifier: Apache-2.0
// Cuts power at the flash operations of a device's run, in every way, on many kinds of flash, damages what it
// holds, and lets the device go on. docs/power-loss.md says what must hold.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "system/faults/cases.hpp"
#include "system/faults/one_slot_stories.hpp"
#include "system/faults/random_runs.hpp"
#include "system/faults/wear.hpp"

using namespace tmd::faults;

namespace {

constexpr const char* kUsage =
    "usage: faults --sample [--shard K/N]           a sample of everything (what the tests run)\n"
    "       faults --all [--shard K/N]              every cut of every story on every part; some rot, dead "
    "blocks,\n"
    "                                               driver faults\n"
    "       faults --deep [--shard K/N]             pairs, triples and every bit on small flash\n"
    "              [--only PREFIX]                  of these, cases whose names begin so\n"
    "       faults --minutes M --seed S             random runs with everything mixed\n"
    "       faults --runs COUNT --seed S            [--without rot,flicker,dead,busy]\n"
    "                                               [--with refusing]: a bank that takes no program\n"
    "       faults --planted                        a few small runs; stops at the first failure\n"
    "       faults --one-slot [--shard K/N]         updates in place: cuts, rot, attacks; [--one-in N] of "
    "them\n"
    "       faults --late-faults [--shard K/N]      a cut, and one driver fault in the life behind it; "
    "[--one-in N] of the cuts\n"
    "       faults --wear                           what updates cost the flash where nothing happens\n"
    "       faults --replay ID                      one run, as a failure names it\n";

using Count = unsigned long long;

void print_case(const Case& test_case, const Totals& totals) {
  std::printf(
      "%-72s cuts %llu pairs %llu triples %llu merged %llu rot %llu dead %llu driver faults %llu late %llu "
      "failed "
      "%llu\n",
      test_case.name().c_str(), Count{totals.cuts[0]}, Count{totals.cuts[1]}, Count{totals.cuts[2]},
      Count{totals.merged}, Count{totals.rots}, Count{totals.dead}, Count{totals.faults},
      Count{totals.late_faults}, Count{totals.failed});
}

void print_figures(const Figures& figures) {
  std::printf("%llu resumed and %llu started again; sent again %.1f bytes a resume, %u at most; ",
              Count{figures.resumes}, Count{figures.restarts_from_zero},
              figures.resumes == 0
                  ? 0.0
                  : static_cast<double>(figures.resent_bytes) / static_cast<double>(figures.resumes),
              figures.most_resent);
  std::printf("%llu brought back by a full model; %llu ended by worn flash that said so\n",
              Count{figures.full_models}, Count{figures.worn_out});
}

void print_total(const Totals& all) {
  std::printf("all: %llu single cuts, %llu pairs, %llu triples (%llu led to a state already seen), ",
              Count{all.cuts[0]}, Count{all.cuts[1]}, Count{all.cuts[2]}, Count{all.merged});
  std::printf(
      "%llu places rotted, %llu runs with a dead block, %llu driver faults, %llu behind a cut (%llu "
      "reported)\n",
      Count{all.rots}, Count{all.dead}, Count{all.faults}, Count{all.late_faults}, Count{all.reported});
  print_figures(all.figures);
  std::printf("%llu units programmed blind; %llu failed\n", Count{all.blind_programs}, Count{all.failed});
}

struct Options {
  std::string only;
  std::uint32_t shard = 0;
  std::uint32_t shards = 1;
  bool detailed = false;
  bool stops_at_failure = false;
};

int run(const std::vector<Case>& cases, const Options& options) {
  Totals all;
  for (Case test_case : cases) {
    if (test_case.name().rfind(options.only, 0) != 0) continue;
    test_case.effort.shard = options.shard;
    test_case.effort.shards = options.shards;
    const Workload work = test_case.workload();
    Explorer explorer(work, test_case.effort, test_case.name());
    explorer.explore();
    const Totals& totals = explorer.totals();
    all.add(totals);
    if (options.detailed) print_case(test_case, totals);
    for (const std::string& failure : totals.failures) std::printf("FAILED %s\n", failure.c_str());
    std::fflush(stdout);
    if (options.stops_at_failure && all.failed > 0) return 1;
  }
  print_total(all);
  if (all.failed > 0) std::printf("replay one with: faults --replay 'ID'\n");
  return all.failed == 0 && all.cuts[0] + all.faults > 0 ? 0 : 1;
}

int run_random(std::uint64_t seed, std::uint64_t runs, double minutes, Powers powers) {
  RandomRuns random(seed, powers);
  const std::time_t end = std::time(nullptr) + static_cast<std::time_t>(minutes * 60);
  std::size_t printed = 0;
  for (std::uint64_t i = 0; runs != 0 ? i < runs : std::time(nullptr) < end; ++i) {
    random.run(i);
    const std::vector<std::string>& failures = random.totals().failures;
    for (; printed < failures.size(); ++printed) std::printf("FAILED %s\n", failures[printed].c_str());
    std::fflush(stdout);
  }
  const RandomTotals& totals = random.totals();
  std::printf("seed %llu: %llu random runs, %llu cuts, %llu places rotted, %llu dead blocks, ", Count{seed},
              Count{totals.runs}, Count{totals.cuts}, Count{totals.rots}, Count{totals.dead});
  if (totals.refusing > 0) std::printf("%llu refusing banks, ", Count{totals.refusing});
  std::printf("%llu failed\n", Count{totals.failed});
  print_figures(totals.figures);
  return totals.failed == 0 && totals.runs > 0 ? 0 : 1;
}

int replay_random(const std::string& id, Powers powers) {
  Count seed = 0;
  Count number = 0;
  if (std::sscanf(id.c_str(), "random:%llu:%llu", &seed, &number) != 2) return 2;
  RandomRuns random(seed, powers);
  random.run(number, true);
  for (const std::string& failure : random.totals().failures) std::printf("FAILED %s\n", failure.c_str());
  return random.totals().failed == 0 ? 0 : 1;
}

int replay(const std::string& id) {
  const std::optional<Replay> replay = parse_replay(id);
  if (!replay) {
    std::printf("not a replay id: %s\n", id.c_str());
    return 2;
  }
  const Workload work = replay->test_case.workload();
  Explorer explorer(work, replay->test_case.effort, replay->test_case.name());
  const bool good = explorer.replay(replay->events);
  for (const std::string& failure : explorer.totals().failures) std::printf("FAILED %s\n", failure.c_str());
  print_total(explorer.totals());
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto value_of = [&](const std::string& option) {
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
      if (arguments[i] == option) return arguments[i + 1];
    }
    return std::string();
  };
  const std::string mode = arguments.empty() ? "" : arguments[0];
  Options options;
  options.only = value_of("--only");
  const std::string shard = value_of("--shard");
  if (!shard.empty() && (std::sscanf(shard.c_str(), "%u/%u", &options.shard, &options.shards) != 2 ||
                         options.shard >= options.shards)) {
    std::printf("--shard K/N: K is 0 to N - 1\n");
    return 2;
  }
  const std::string without = value_of("--without");
  Powers powers;
  powers.rot = without.find("rot") == std::string::npos;
  powers.flicker = without.find("flicker") == std::string::npos;
  powers.dead_blocks = without.find("dead") == std::string::npos;
  powers.busy = without.find("busy") == std::string::npos;
  powers.refusing_banks = value_of("--with") == "refusing";
  const std::uint64_t seed = std::strtoull(value_of("--seed").c_str(), nullptr, 10);

  if (mode == "--replay") {
    const std::string id = value_of("--replay");
    if (id.rfind("one-slot:", 0) == 0) return replay_one_slot(id) ? 0 : 1;
    return id.rfind("random:", 0) == 0 ? replay_random(id, powers) : replay(id);
  }
  if (mode == "--minutes") return run_random(seed, 0, std::atof(value_of("--minutes").c_str()), powers);
  if (mode == "--runs")
    return run_random(seed, std::strtoull(value_of("--runs").c_str(), nullptr, 10), 0, powers);
  const std::string one_in = value_of("--one-in");
  const auto rarity =
      static_cast<std::uint32_t>(std::strtoul((one_in.empty() ? "1" : one_in).c_str(), nullptr, 10));
  if (mode == "--one-slot")
    return explore_one_slot(std::max(1U, rarity), options.shard, options.shards) ? 0 : 1;
  if (mode == "--late-faults") {
    const bool are_good = !options.only.empty() ||
                          explore_one_slot_late_faults(std::max(1U, rarity), options.shard, options.shards);
    options.detailed = true;
    return run(late_fault_cases(std::max(1U, rarity)), options) == 0 && are_good ? 0 : 1;
  }
  if (mode == "--wear") return print_wear(10) ? 0 : 1;
  options.stops_at_failure = mode == "--planted";
  options.detailed = mode == "--all" || mode == "--deep";
  if (mode == "--planted") return run(planted_cases(), options);
  if (mode == "--all") return run(all_cases(), options);
  if (mode == "--deep") return run(deep_cases(), options);
  if (mode == "--sample") return run(quick_cases(), options);
  std::printf("%s", kUsage);
  return 2;
}
