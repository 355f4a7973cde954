// SPDX-License-Identifier: Apache-2.0
#include "codec/within_window.hpp"

#include <algorithm>
#include <utility>

namespace tmd::host {
namespace {

using codec::OperationKind;

bool reads_anything(const codec::Operation& operation) {
  return codec::reads_base(operation) || codec::reads_target(operation);
}

/// A part of an operation, whose ratios, where it has several, begin with a row.
PlannedOperation part_of(const PlannedOperation& whole, std::uint32_t from, std::uint32_t length,
                         std::uint32_t step) {
  PlannedOperation part = whole;
  part.operation.length = length;
  part.operation.source += from;
  if (whole.operation.scaled && whole.operation.row != 0)
    part.ratios.assign(whole.ratios.begin() + from / step, whole.ratios.end());
  return part;
}

/// The stretches of an operation that it may read are kept; those between are said anew.
void split(const codec::ReadWindow& window, const PlannedOperation& whole, std::uint32_t at,
           OperationKind anew, Operations& result) {
  const codec::Operation& operation = whole.operation;
  const std::uint32_t size = codec::element_size(operation.kind);
  const std::uint32_t step = operation.scaled && operation.row != 0 ? operation.row * size : size;
  const auto is_there = [&](std::uint32_t from) {
    return window.spans(operation.source + from, at + from, std::min(step, operation.length - from));
  };
  for (std::uint32_t from = 0; from < operation.length;) {
    const bool kept = is_there(from);
    std::uint32_t end = from;
    while (end < operation.length && is_there(end) == kept) end = std::min(end + step, operation.length);
    const std::uint32_t length = end - from;
    if (kept) {
      result.push_back(part_of(whole, from, length, step));
    } else {
      const OperationKind kind = length % codec::element_size(anew) == 0 ? anew : OperationKind::weights8;
      result.push_back(simple_operation(kind, length, 0));
      result.back().colocated = kind == OperationKind::literal;
    }
    from = end;
  }
}

Operations split_all(const codec::ReadWindow& window, const Operations& operations, std::uint32_t at,
                     OperationKind anew) {
  Operations result;
  for (const PlannedOperation& planned : operations) {
    if (reads_anything(planned.operation)) {
      split(window, planned, at, anew, result);
    } else {
      result.push_back(planned);
    }
    at += planned.operation.length;
  }
  return result;
}

}  // namespace

bool reads_within(const codec::ReadWindow& window, const Operations& operations, std::uint32_t at) {
  for (const PlannedOperation& planned : operations) {
    if (reads_anything(planned.operation) &&
        !window.spans(planned.operation.source, at, planned.operation.length))
      return false;
    at += planned.operation.length;
  }
  return true;
}

std::vector<Operations> within_window(const codec::ReadWindow& window, std::vector<Operations> candidates,
                                      std::uint32_t at) {
  if (window.is_open()) return candidates;
  std::vector<Operations> result;
  for (Operations& candidate : candidates) {
    if (reads_within(window, candidate, at)) {
      result.push_back(std::move(candidate));
      continue;
    }
    for (const OperationKind anew :
         {OperationKind::weights8, OperationKind::literal, OperationKind::weights32})
      result.push_back(split_all(window, candidate, at, anew));
  }
  return result;
}

}  // namespace tmd::host
