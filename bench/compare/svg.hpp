// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tmd::bench {

// The few shapes that the chart is drawn with; coordinates in pixels from the upper left corner.

/// The text with what XML takes for itself written as entities.
std::string escaped(const std::string& text);

/// `anchor` is start, middle or end: which part of the text is at x.
std::string text_at(double x, double y, std::string_view anchor, const std::string& text);

std::string line(double x1, double y1, double x2, double y2, std::string_view colour);

/// The colour of the tool of this index, told apart by people who see colours differently.
std::string_view tool_colour(std::size_t tool);

/// The dot of a tool; that of the first is a diamond. `meaning` shows where the pointer rests on it.
std::string tool_mark(std::size_t tool, double x, double y, const std::string& meaning);

/// A bar of a tool, to the right of x.
std::string tool_bar(std::size_t tool, double x, double y, double width, double height);

}  // namespace tmd::bench
