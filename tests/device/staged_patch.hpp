// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "support/bytes.hpp"
#include "support/simulated_flash.hpp"
#include "tmd/staging.hpp"

namespace tmd::test {

/// A simulated flash whose driver declares the largest program unit that there is.
struct WideFlash : SimulatedFlash {
  using SimulatedFlash::SimulatedFlash;
  static constexpr std::uint32_t kLargestProgramUnit = kMaxProgramSize;
};

/// A patch of random bytes and how it is cut into fragments.
struct StagedPatch {
  FragmentPlan plan;
  Bytes bytes;

  StagedPatch(std::uint32_t length, std::uint32_t fragment_size, std::uint32_t identity = 7)
      : plan{identity, length, fragment_size}, bytes(random_bytes(length, identity)) {}

  ConstBytes fragment(std::uint32_t index) const {
    return view(bytes).slice(index * plan.fragment_size, plan.fragment_size);
  }
};

/// Asks until the answer is another one than would_block; gives up after many calls.
template <class Call>
Status patiently(Call&& call) {
  Status status = Status::would_block;
  for (int i = 0; i < 100000 && status == Status::would_block; ++i) status = call();
  return status;
}

/// Stores what is missing, in the order of the patch. The first error, or ok. `sent`, where given, counts.
template <class Staging>
Status store_missing(Staging& staging, const StagedPatch& patch, std::uint32_t* sent = nullptr) {
  std::uint32_t index = 0;
  while (staging.next_missing(0, index)) {
    const Status status = patiently([&] { return staging.store(index, patch.fragment(index)); });
    if (status != Status::ok) return status;
    if (sent != nullptr) ++*sent;
  }
  return Status::ok;
}

/// The whole patch as the staging gives it, a piece at a time; empty where it does not.
template <class Staging>
Bytes read_back(Staging& staging) {
  Bytes bytes;
  while (bytes.size() < staging.plan().patch_length) {
    ConstBytes part;
    const std::uint32_t offset = static_cast<std::uint32_t>(bytes.size());
    if (patiently([&] { return staging.view(offset, part); }) != Status::ok || part.empty()) return {};
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

}  // namespace tmd::test
