// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd::host::interpreter {

enum class [[nodiscard]] InterpreterStatus : std::uint8_t{
    ok,
    malformed,        ///< not a TFLite model, or one whose parts contradict each other
    unsupported,      ///< an operator, an element type or an option that is not implemented here
    too_many,         ///< more tensors than the interpreter has places for
    arena_too_small,  ///< `arena_needed()` bytes would be enough
};

constexpr const char* to_string(InterpreterStatus status) {
  switch (status) {
    case InterpreterStatus::ok:
      return "ok";
    case InterpreterStatus::malformed:
      return "not a TFLite model, or one whose parts contradict each other";
    case InterpreterStatus::unsupported:
      return "an operator, an element type or an option that the interpreter does not have";
    case InterpreterStatus::too_many:
      return "more tensors than the interpreter has places for";
    case InterpreterStatus::arena_too_small:
      return "the arena is too small";
  }
  return "?";
}

}  // namespace tmd::host::interpreter
