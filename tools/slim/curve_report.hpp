// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "slim/search.hpp"

namespace tmd::host::slim {

/// A line for each point: bytes, their part of the plain body's, agreement and differences. `chosen` is marked; it may
/// be null.
std::string curve_table(const std::vector<Point>& curve, std::size_t plain_bytes, const Point* chosen);

/// The same as a picture: agreement with the target over bytes of body, as an SVG document of its own.
std::string curve_svg(const std::vector<Point>& curve, std::size_t plain_bytes, const Point* chosen);

}  // namespace tmd::host::slim
