// SPDX-License-Identifier: Apache-2.0
#include "input/input.hpp"

namespace tmd::host::input {

std::string_view to_string(InputKind kind) {
  switch (kind) {
    case InputKind::tflite:
      return "a TFLite model";
    case InputKind::c_array:
      return "a C array";
    case InputKind::edge_impulse:
      return "an Edge Impulse export";
    case InputKind::elf:
      return "a part of an ELF file";
    case InputKind::raw:
      return "plain bytes";
  }
  return "";
}

}  // namespace tmd::host::input
