// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "model/operators.hpp"

namespace tmd::host::model {

/// C++ that registers exactly these operators: a type ModelOpResolver, a MicroMutableOpResolver of the right size, and
/// a function add_operators. It counts only where TFLM's header of that class was included before. Custom operators
/// that TFLM does not bring along are left to the application, in a comment.
std::string op_resolver(const std::vector<UsedOperator>& operators);

}  // namespace tmd::host::model
