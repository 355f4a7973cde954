// SPDX-License-Identifier: Apache-2.0
#include "input/flash_pieces.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "input/packed_files.hpp"

namespace tmd::host::input {

void FlashPieces::add(std::uint64_t address, ConstBytes bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (size_ > kLargestUnpacked)
    throw host::Error(fmt::format("holds more than {} MiB, which is no model", kLargestUnpacked >> 20));
  auto next = pieces_.upper_bound(address);
  if (next != pieces_.end() && next->first < address + bytes.size())
    throw host::Error(fmt::format("two records are for address {:#x}", next->first));
  if (next != pieces_.begin()) {
    auto before = std::prev(next);
    const std::uint64_t end = before->first + before->second.size();
    if (end > address) throw host::Error(fmt::format("two records are for address {:#x}", address));
    if (end == address) {
      before->second.insert(before->second.end(), bytes.begin(), bytes.end());
      return;
    }
  }
  pieces_.emplace(address, host::Bytes(bytes.begin(), bytes.end()));
}

host::Bytes FlashPieces::joined() const {
  if (pieces_.empty()) throw host::Error("there are no bytes in it");
  host::Bytes bytes;
  std::uint64_t end = pieces_.begin()->first;
  for (const auto& [address, piece] : pieces_) {
    if (address != end) {
      throw host::Error(
          fmt::format("there is a gap from address {:#x} to {:#x}: it is no single model; cut the model "
                      "out of it first, or give the ELF file with --section or --symbol",
                      end, address));
    }
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    end = address + piece.size();
  }
  return bytes;
}

}  // namespace tmd::host::input
