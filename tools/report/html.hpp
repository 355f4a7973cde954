// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tmd::host::report {

/// Text as HTML has it; control characters, which names out of models may hold, become question marks.
std::string escaped(std::string_view text);

/// A whole page: self-contained, readable in dark and light, on narrow screens, by keyboard, without scripts.
/// `sections`: what `section` made.
std::string page(const std::string& title, const std::vector<std::string>& sections);

/// A section that the page's list of contents leads to.
std::string section(const std::string& id, const std::string& heading, const std::string& content);

/// A table; the first cell of each row is its heading. Cells are HTML. `numbers`: all columns but the first are
/// aligned as numbers. It scrolls by itself where the screen is narrow.
struct Table {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  bool numbers = true;
};
std::string to_html(const Table& table);

/// A bar of this share, 0 to 1, with its value as text behind it.
std::string bar(double share, const std::string& value);

}  // namespace tmd::host::report
