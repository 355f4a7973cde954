// SPDX-License-Identifier: Apache-2.0
// Cuts power at the flash operations of a device's life, in every way, on many kinds of flash, and lets the
// device live on. docs/power-loss.md says what must hold.
//
//     faults                      a sample of everything (what the tests run)
//     faults --all [--part NAME[,JOURNAL[,STORY]]]  every cut on every part; pairs of cuts on the small ones
//     faults --planted            a few small lives; stops at the first failure
//     faults --wear               what updates cost the flash where power is never cut
//     faults --replay ID          one life, as a failure names it
#include <cstdio>
#include <map>
#include <string>

#include "faults/plan.hpp"
#include "faults/wear.hpp"

using namespace tmd::faults;

namespace {

using Count = unsigned long long;

struct Sum {
  Count cuts = 0;
  Count pairs = 0;
  Count faults = 0;
  Count reported = 0;
  Count failed = 0;
  Count blind = 0;
  Count resumes = 0;
  Count from_zero = 0;
  Count resent = 0;
  std::uint32_t most_resent = 0;

  void add(const Totals& totals) {
    cuts += totals.cuts;
    pairs += totals.pairs;
    faults += totals.faults;
    reported += totals.reported;
    failed += totals.failed;
    blind += totals.blind_programs;
    resumes += totals.figures.resumes;
    from_zero += totals.figures.restarts_from_zero;
    resent += totals.figures.resent_bytes;
    if (totals.figures.most_resent > most_resent) most_resent = totals.figures.most_resent;
  }
};

void print_life(const Trial& trial, const Totals& totals) {
  if (trial.effort.faults_one_in != 0) {
    std::printf("%-58s faults %6llu reported %6llu failed %llu\n", trial.name().c_str(),
                static_cast<Count>(totals.faults), static_cast<Count>(totals.reported),
                static_cast<Count>(totals.failed));
    return;
  }
  std::printf(
      "%-58s cuts %7llu pairs %8llu failed %llu | ops %4llu erases %3u programmed %6llu (x%.2f of the "
      "target)\n",
      trial.name().c_str(), static_cast<Count>(totals.cuts), static_cast<Count>(totals.pairs),
      static_cast<Count>(totals.failed), static_cast<Count>(totals.operations), totals.wear.erases,
      static_cast<Count>(totals.wear.programmed_bytes),
      static_cast<double>(totals.wear.programmed_bytes) / static_cast<double>(totals.target_bytes));
}

void print_sum(const char* what, const Sum& sum) {
  std::printf(
      "%s: %llu single cuts, %llu pairs of cuts, %llu failed; %llu resumed and %llu started again; sent "
      "again %.1f bytes a resume, %u at most; %llu units programmed blind\n",
      what, sum.cuts, sum.pairs, sum.failed, sum.resumes, sum.from_zero,
      sum.resumes == 0 ? 0.0 : static_cast<double>(sum.resent) / static_cast<double>(sum.resumes),
      sum.most_resent, sum.blind);
}

std::vector<Trial> with(std::vector<Trial> trials, const std::vector<Trial>& more) {
  trials.insert(trials.end(), more.begin(), more.end());
  return trials;
}

int run(const std::vector<Trial>& trials, const std::string& only, bool detailed, bool stop_at_failure) {
  std::map<JournalSize, Sum> by_journal;
  Sum all;
  for (const Trial& trial : trials) {
    if (trial.name().rfind(only, 0) != 0) continue;
    const Workload work = trial.workload();
    Explorer explorer(work, trial.story, trial.effort, trial.name());
    if (trial.effort.faults_one_in == 0)
      explorer.explore();
    else
      explorer.explore_worn_flash();
    const Totals& totals = explorer.totals();
    if (trial.effort.faults_one_in == 0) by_journal[trial.journal].add(totals);
    all.add(totals);
    if (detailed) print_life(trial, totals);
    for (const std::string& failure : totals.failures) std::printf("FAILED %s\n", failure.c_str());
    std::fflush(stdout);
    if (stop_at_failure && all.failed > 0) return 1;
  }
  print_sum("roomy journals", by_journal[JournalSize::roomy]);
  print_sum("medium journals", by_journal[JournalSize::medium]);
  print_sum("tight journals", by_journal[JournalSize::tight]);
  print_sum("all", all);
  std::printf("worn flash: %llu faults, %llu reported\n", all.faults, all.reported);
  if (all.failed > 0) std::printf("replay one with: faults --replay 'ID'\n");
  return all.failed == 0 && all.cuts + all.faults > 0 ? 0 : 1;
}

int replay(const std::string& id) {
  const std::optional<Replay> replay = parse_replay(id);
  if (!replay) {
    std::printf("not a replay id: %s\n", id.c_str());
    return 2;
  }
  const Workload work = replay->trial.workload();
  Explorer explorer(work, replay->trial.story, replay->trial.effort, replay->trial.name());
  const bool good = replay->fault ? explorer.wear(*replay->fault) : explorer.replay(replay->cuts);
  for (const std::string& failure : explorer.totals().failures) std::printf("FAILED %s\n", failure.c_str());
  std::printf("%llu lives\n", static_cast<Count>(explorer.totals().cuts + explorer.totals().pairs + 1));
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
  if (mode == "--replay") return replay(value_of("--replay"));
  if (mode == "--wear") return print_wear(10) ? 0 : 1;
  if (mode == "--planted") return run(planted_trials(), "", false, true);
  if (mode == "--all") return run(with(all_trials(), worn_trials(1)), value_of("--part"), true, false);
  if (mode == "--part" || mode.empty())
    return run(with(quick_trials(), worn_trials(200)), value_of("--part"), false, false);
  std::printf("usage: faults [--all] [--part NAME[,JOURNAL[,STORY]]] | --wear | --planted | --replay ID\n");
  return 2;
}
