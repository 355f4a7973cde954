// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "report.hpp"

namespace tmd::bench {
namespace {

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::good:
      return "good";
    case Outcome::diff_failed:
      return "diff fails";
    case Outcome::apply_failed:
      return "apply fails";
    case Outcome::wrong_output:
      return "wrong output";
  }
  return "";
}

std::uintmax_t smallest_patch(const PairResult& result) {
  std::uintmax_t smallest = std::numeric_limits<std::uintmax_t>::max();
  for (const Measurement& m : result.measurements) {
    if (m.outcome == Outcome::good) smallest = std::min(smallest, m.patch_bytes);
  }
  return smallest;
}

/// A name may hold anything; a cell of a table may not.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// Over which pairs the sums are, and what the memory is.
std::string scope(const std::vector<Summary>& summaries, std::size_t pairs) {
  const std::size_t complete = summaries.front().complete_pairs;
  std::string text =
      complete == pairs
          ? fmt::format("Sums and geometric means over {} pairs.", pairs)
          : fmt::format("Sums and geometric means over {} of {} pairs: those that every tool did.", complete,
                        pairs);
  return text +
         "\nApply memory is the most that was resident in the process that applied a patch, with its C "
         "library.\n";
}

/// In quotes where it must be.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of("\",\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string latex_cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\textbackslash{}";
    } else if (c == '~' || c == '^') {
      escaped += fmt::format("\\{}{{}}", c);
    } else {
      if (std::string_view("&%$#_{}").find(c) != std::string_view::npos) escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

std::string percent(double part) {
  return fmt::format("{:.2f} %", 100.0 * part);
}

}  // namespace

std::string tsv_table(const std::vector<Tool>& tools, const std::vector<PairResult>& results) {
  std::string text =
      "pair\ttarget_bytes\ttool\toutcome\tpatch_bytes\tdiff_seconds\tapply_seconds\tapply_peak_kib\n";
  for (const PairResult& result : results) {
    for (std::size_t t = 0; t < tools.size(); ++t) {
      const Measurement& m = result.measurements[t];
      text += fmt::format("{}\t{}\t{}\t{}", result.pair.name, result.target_bytes, tools[t].name,
                          outcome_name(m.outcome));
      text += m.outcome == Outcome::good ? fmt::format("\t{}\t{:.4f}\t{:.4f}\t{}\n", m.patch_bytes,
                                                       m.diff_seconds, m.apply_seconds, m.apply_peak_kib)
                                         : std::string("\t\t\t\t\n");
    }
  }
  return text;
}

std::string markdown_table(const std::vector<Tool>& tools, const std::vector<PairResult>& results) {
  const std::vector<Summary> summaries = summarise(tools, results);
  std::string text = "# Delta tools over the same pairs\n\n" + scope(summaries, results.size()) + '\n';
  text +=
      "| tool | settings | patch / target | patch bytes | smallest of all | diff s | apply s | "
      "apply memory | failures |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (std::size_t t = 0; t < tools.size(); ++t) {
    const Summary& s = summaries[t];
    text +=
        fmt::format("| {} | `{}` | {} | {} | {} | {:.3f} | {:.3f} | {:.1f} MiB | {} |\n", s.name,
                    tools[t].settings, percent(s.part_of_target), s.patch_bytes, s.smallest, s.diff_seconds,
                    s.apply_seconds, static_cast<double>(s.apply_peak_kib) / 1024.0, s.failures);
  }
  text += "\nPatch bytes; the smallest of a pair in bold.\n\n| pair | target |";
  for (const Tool& tool : tools) text += fmt::format(" {} |", tool.name);
  text += "\n| --- | ---: |";
  for (std::size_t t = 0; t < tools.size(); ++t) text += " ---: |";
  text += '\n';
  for (const PairResult& result : results) {
    text += fmt::format("| {} | {} |", cell(result.pair.name), result.target_bytes);
    for (const Measurement& m : result.measurements) {
      if (m.outcome != Outcome::good) {
        text += fmt::format(" {} |", outcome_name(m.outcome));
      } else {
        const char* mark = m.patch_bytes == smallest_patch(result) ? "**" : "";
        text += fmt::format(" {}{}{} |", mark, m.patch_bytes, mark);
      }
    }
    text += '\n';
  }
  return text;
}

std::string csv_table(const std::vector<Tool>& tools, const std::vector<PairResult>& results) {
  std::string text = "pair,target_bytes";
  for (const Tool& tool : tools) text += ',' + csv_cell(tool.name);
  text += '\n';
  for (const PairResult& result : results) {
    text += fmt::format("{},{}", csv_cell(result.pair.name), result.target_bytes);
    for (const Measurement& m : result.measurements)
      text += m.outcome == Outcome::good ? fmt::format(",{}", m.patch_bytes) : ",";
    text += '\n';
  }
  return text;
}

std::string latex_table(const std::vector<Tool>& tools, const std::vector<PairResult>& results) {
  std::string text =
      fmt::format("\\begin{{tabular}}{{lr{}}}\n\\hline\npair & target", std::string(tools.size(), 'r'));
  for (const Tool& tool : tools) text += " & " + latex_cell(tool.name);
  text += " \\\\\n\\hline\n";
  for (const PairResult& result : results) {
    text += fmt::format("{} & {}", latex_cell(result.pair.name), result.target_bytes);
    for (const Measurement& m : result.measurements) {
      if (m.outcome != Outcome::good)
        text += " & --";
      else if (m.patch_bytes == smallest_patch(result))
        text += fmt::format(" & \\textbf{{{}}}", m.patch_bytes);
      else
        text += fmt::format(" & {}", m.patch_bytes);
    }
    text += " \\\\\n";
  }
  return text + "\\hline\n\\end{tabular}\n";
}

std::string plain_summary(const std::vector<Tool>& tools, const std::vector<PairResult>& results) {
  std::string text =
      fmt::format("{:<20}{:>15}{:>13}{:>10}{:>10}{:>10}{:>14}{:>10}\n", "tool", "patch / target",
                  "patch bytes", "smallest", "diff s", "apply s", "apply memory", "failures");
  const std::vector<Summary> summaries = summarise(tools, results);
  for (const Summary& s : summaries) {
    text += fmt::format("{:<20}{:>15}{:>13}{:>10}{:>10.3f}{:>10.3f}{:>10.1f} MiB{:>10}\n", s.name,
                        percent(s.part_of_target), s.patch_bytes, s.smallest, s.diff_seconds, s.apply_seconds,
                        static_cast<double>(s.apply_peak_kib) / 1024.0, s.failures);
  }
  return text + scope(summaries, results.size());
}

}  // namespace tmd::bench
