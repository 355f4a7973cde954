// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "format/container.hpp"
#include "tmd/digest/digest.hpp"

namespace tmd::host::format {

/// The patch cannot be written in format 1; the message says why.
class Format1Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a format 1 patch carries besides the models. Entries of other numbers than arena_bytes and abi have
/// no place in format 1: Format1Error.
struct Format1Options {
  DigestKind digest = DigestKind::sha256;
  std::vector<EntryToWrite> entries;
};

/// A patch in the published format of the original project, laid out so that its runtime applies it: offsets
/// grow, a chunk has at most 65,535 bytes, a run-length chunk decodes to at most 1,024 bytes and has whole
/// pairs, every chunk has a CRC. Bytes of the target past the base's end are all in chunks. The smallest such
/// patch is some bytes shorter where runs begin, and where long chunks are split.
///
/// The original runtime wants slots of one size, the whole patch in memory, and knows only the greatest
/// length; it does not shorten a model.
[[nodiscard]] Bytes write_format1(ConstBytes base, ConstBytes target, const Format1Options& options);

}  // namespace tmd::host::format
