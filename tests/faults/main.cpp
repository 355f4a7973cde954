// SPDX-License-Identifier: Apache-2.0
// Cuts power at every flash operation of a device's life, in every way, on many kinds of flash.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "faults/explorer.hpp"

using namespace tmd::faults;

int main(int argc, char** argv) {
  const std::uint32_t one_in = argc > 1 ? static_cast<std::uint32_t>(std::atoi(argv[1])) : 1;
  const std::uint32_t second = argc > 2 ? static_cast<std::uint32_t>(std::atoi(argv[2])) : 0;
  for (const auto& part : tmd::test::kFlashParts) {
    if (argc > 3 && std::strcmp(argv[3], part.name) != 0) continue;
    for (unsigned j = 0; j < 3; ++j) {
      const unsigned fmt = argc > 4 ? static_cast<unsigned>(std::atoi(argv[4])) : 2;
      for (unsigned s = 0; s < kStories; ++s) {
        const Workload work = make_workload(part, static_cast<JournalSize>(j), fmt, 2500, s == 0 ? 3 : 2, 7);
        Explorer explorer(work, static_cast<Story>(s), {one_in, second, 0, 1}, std::string(part.name) + "/" + std::to_string(j) + "/" + name_of(static_cast<Story>(s)));
        explorer.explore();
        const Totals& t = explorer.totals();
        std::printf("%-16s %u %-10s cuts %llu pairs %llu ops %llu failed %llu blind %llu resent max %u erases %u\n", part.name, j, name_of(static_cast<Story>(s)), (unsigned long long)t.cuts, (unsigned long long)t.pairs, (unsigned long long)t.operations, (unsigned long long)t.failed, (unsigned long long)t.blind_programs, t.figures.most_resent, t.wear.erases);
        for (const auto& f : t.failures) std::printf("   %s\n", f.c_str());
        std::fflush(stdout);
      }
    }
  }
}
