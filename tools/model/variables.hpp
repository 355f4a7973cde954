// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "model/model.hpp"

namespace tmd::host::model {

/// The resource variables of a model by name, each with the bytes of its value; 0 where nothing is assigned to it.
using ResourceVariables = std::map<std::string, std::uint32_t>;

ResourceVariables resource_variables(const Model& model);

/// Bytes of all values.
std::uint32_t variable_bytes(const ResourceVariables& variables);

/// The arena of its own that an application gives to MicroAllocator and MicroResourceVariables for so many
/// variables, in bytes on a 32-bit target; their values lie in the interpreter's arena. 0 for none.
std::uint32_t variable_arena(std::size_t count);

}  // namespace tmd::host::model
