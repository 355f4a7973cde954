// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tmd/internal/codec/operation.hpp"

namespace tmd::host {

/// What an operation does, in words for `tmd diff --explain` and `tmd inspect --operations`.
inline std::string operation_name(const codec::Operation& operation) {
  const std::string how =
      std::string(operation.sparse ? "sparse " : "") + (operation.scaled ? "scaled " : "");
  switch (operation.kind) {
    case codec::OperationKind::copy_base:
      return "copy from base";
    case codec::OperationKind::copy_target:
      return "copy from target";
    case codec::OperationKind::literal:
      return "literal bytes";
    case codec::OperationKind::delta8:
      return how + (operation.predicted ? "row-predicted delta of bytes" : "delta of bytes");
    case codec::OperationKind::weights8:
      return how + "new weights";
    case codec::OperationKind::delta32:
      return how + "delta of integers";
    case codec::OperationKind::float32:
      return operation.from_target ? "product of floats" : how + "delta of floats";
    case codec::OperationKind::weights32:
      return how + "new floats";
  }
  return "";
}

}  // namespace tmd::host
