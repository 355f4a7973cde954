// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "measurement.hpp"

namespace tmd::bench {

/// One line for each pair and tool, tab separated, for other programs. A tool that failed has its outcome in
/// place of figures.
std::string tsv_table(const std::vector<Tool>& tools, const std::vector<PairResult>& results);

/// The summary of each tool, then the patch bytes of each pair, as Markdown.
std::string markdown_table(const std::vector<Tool>& tools, const std::vector<PairResult>& results);

/// The patch bytes of each pair, a line for each and a column for each tool; a cell is empty where a tool
/// failed. As CSV (RFC 4180), for spreadsheets.
std::string csv_table(const std::vector<Tool>& tools, const std::vector<PairResult>& results);

/// The same as a LaTeX tabular, the smallest of a pair in bold.
std::string latex_table(const std::vector<Tool>& tools, const std::vector<PairResult>& results);

/// The summary alone, for a terminal.
std::string plain_summary(const std::vector<Tool>& tools, const std::vector<PairResult>& results);

/// Bars of the summary, then a dot for each tool and pair: patch size as a part of the target, on a
/// logarithmic scale. SVG 1.1.
std::string svg_chart(const std::vector<Tool>& tools, const std::vector<PairResult>& results);

}  // namespace tmd::bench
