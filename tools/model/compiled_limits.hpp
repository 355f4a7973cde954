// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/firmware_facts.hpp"

namespace tmd::host::model {

/// Reads a limits header by compiling it with `compiler` ("arm-none-eabi-g++", "ccache g++ -m32") and CPPFLAGS and
/// CXXFLAGS, whatever its values are: calculations, macros, sizeof. Nothing is run: the values stand in the object
/// file as bytes, so that a cross compiler does. The library's own headers need not be found; others that the header
/// includes do. Throws host::Error, naming the header, where it does not compile.
FirmwareFacts compiled_limits(const std::string& path, const std::string& text, const std::string& compiler);

}  // namespace tmd::host::model
