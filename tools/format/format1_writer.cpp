// SPDX-License-Identifier: Apache-2.0
#include "format/format1_writer.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "tmd/digest/digests.hpp"
#include "tmd/internal/format/format1.hpp"

namespace tmd::host::format {
namespace {

/// How a byte of the target is carried.
enum Carrier : std::uint8_t { kBase, kRaw, kRuns, kCarriers };

constexpr std::uint32_t kLongestRun = 256;
constexpr std::uint32_t kLongestPayload = 0xFFFF;
constexpr std::uint32_t kMostChunks = 0xFFFF;

struct Chunk {
  std::uint32_t offset = 0;
  bool run_length = false;
  Bytes payload;
};

/// Finds for every byte the carrier that makes the whole patch smallest, where opening a chunk costs
/// `opening` bytes: a shortest path through three states. Long chunks are split later and then cost a little
/// more.
class Planner {
 public:
  Planner(ConstBytes base, ConstBytes target, std::uint32_t opening, bool has_runs)
      : base_(base),
        target_(target),
        opening_(opening),
        run_costs_(has_runs ? 0 : kForbidden / 2),
        came_from_(target.size()) {}

  std::vector<Carrier> plan() {
    std::array<std::uint64_t, kCarriers> cost = {0, kForbidden, kForbidden};
    for (std::size_t at = 0; at < target_.size(); ++at) cost = step(cost, at);
    std::vector<Carrier> carriers(target_.size());
    auto carrier = static_cast<Carrier>(std::min_element(cost.begin(), cost.end()) - cost.begin());
    for (std::size_t at = target_.size(); at-- > 0;) {
      carriers[at] = carrier;
      carrier = came_from_[at][carrier];
    }
    return carriers;
  }

 private:
  static constexpr std::uint64_t kForbidden = std::numeric_limits<std::uint64_t>::max() / 2;

  std::array<std::uint64_t, kCarriers> step(const std::array<std::uint64_t, kCarriers>& before,
                                            std::size_t at) {
    // A byte that repeats the one before it in the same chunk is free, but for the limit of a pair.
    run_ = at > 0 && target_[at] == target_[at - 1] && run_ < kLongestRun ? run_ + 1 : 1;
    const bool base_has_it = at < base_.size() && base_[at] == target_[at];
    std::array<std::uint64_t, kCarriers> after{};
    after[kBase] = enter(before, at, kBase, 0, base_has_it ? 0 : kForbidden, kForbidden);
    after[kRaw] = enter(before, at, kRaw, opening_, 1, 1);
    after[kRuns] = enter(before, at, kRuns, opening_, run_costs_ + (run_ == 1 ? 2 : 0), run_costs_ + 2);
    return after;
  }

  /// The cost of carrying a byte this way, coming from whatever is cheapest. `next` is the byte's cost within
  /// a chunk already open, `first` as the first of one.
  std::uint64_t enter(const std::array<std::uint64_t, kCarriers>& before, std::size_t at, Carrier carrier,
                      std::uint32_t opening, std::uint64_t next, std::uint64_t first) {
    if (carrier == kBase) first = next;
    std::uint64_t best = before[carrier] + next;
    Carrier from = carrier;
    for (const Carrier other : {kBase, kRaw, kRuns}) {
      if (other == carrier || before[other] + opening + first >= best) continue;
      best = before[other] + opening + first;
      from = other;
    }
    came_from_[at][carrier] = from;
    return std::min(best, kForbidden);
  }

  ConstBytes base_;
  ConstBytes target_;
  std::uint32_t opening_;
  std::uint64_t run_costs_;
  std::uint32_t run_ = 0;
  std::vector<std::array<Carrier, kCarriers>> came_from_;
};

Chunk raw_chunk(ConstBytes target, std::uint32_t from, std::uint32_t end) {
  const ConstBytes bytes = target.slice(from, std::min(end - from, kLongestPayload));
  return {from, false, Bytes(bytes.begin(), bytes.end())};
}

Chunk runs_chunk(ConstBytes target, std::uint32_t from, std::uint32_t end) {
  Chunk chunk{from, true, {}};
  end = std::min(end, from + format1::kOriginalRunLengthLimit);
  while (from < end) {
    std::uint32_t length = 1;
    while (length < kLongestRun && from + length < end && target[from + length] == target[from]) ++length;
    chunk.payload.push_back(static_cast<std::uint8_t>(length));  // 256 becomes 0, as the format has it
    chunk.payload.push_back(target[from]);
    from += length;
  }
  return chunk;
}

std::vector<Chunk> cut(ConstBytes target, const std::vector<Carrier>& carriers) {
  std::vector<Chunk> chunks;
  const auto size = static_cast<std::uint32_t>(target.size());
  for (std::uint32_t from = 0; from < size;) {
    std::uint32_t end = from + 1;
    while (end < size && carriers[end] == carriers[from]) ++end;
    const Carrier carrier = carriers[from];
    const std::uint32_t longest = carrier == kRuns ? format1::kOriginalRunLengthLimit : kLongestPayload;
    for (; carrier != kBase && from < end; from += std::min(longest, end - from))
      chunks.push_back(carrier == kRuns ? runs_chunk(target, from, end) : raw_chunk(target, from, end));
    from = end;
  }
  return chunks;
}

/// Chunks are counted in 16 bits: where there are more, opening one is made dearer for as long as that makes them
/// fewer. Long runs take a chunk for each 1,024 bytes; without runs the largest file takes 16,385.
std::vector<Chunk> plan_chunks(ConstBytes base, ConstBytes target) {
  for (const bool has_runs : {true, false}) {
    std::size_t before = std::numeric_limits<std::size_t>::max();
    for (std::uint32_t opening = format1::kChunkHeaderSize + 4;; opening *= 2) {
      std::vector<Chunk> chunks = cut(target, Planner(base, target, opening, has_runs).plan());
      if (chunks.size() <= kMostChunks) return chunks;
      if (chunks.size() >= before || opening > target.size()) break;
      before = chunks.size();
    }
  }
  throw Format1Error("the target needs more than 65,535 chunks");
}

void append(Bytes& out, std::uint32_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void append_digest(Bytes& out, const Digest& digest) {
  const std::size_t end = out.size() + format1::kDigestFieldSize;
  out.insert(out.end(), digest.view().begin(), digest.view().end());
  out.resize(end);
}

format1::Tag tag_of(EntryNumber number) {
  switch (number) {
    case EntryNumber::arena_bytes:
      return format1::Tag::arena_bytes;
    case EntryNumber::abi:
      return format1::Tag::abi;
    case EntryNumber::format1_operator_hash:
      return format1::Tag::operator_hash;
    case EntryNumber::format1_io_hash:
      return format1::Tag::io_hash;
    default:
      throw Format1Error("format 1 has room for arena, abi, operator-hash and io-hash only");
  }
}

Bytes metadata(const std::vector<EntryToWrite>& entries) {
  Bytes out;
  for (const EntryToWrite& entry : entries) {
    const format1::Tag tag = tag_of(entry.number);
    if (entry.critical) throw Format1Error("format 1 knows no critical entries: leave the ! out");
    const bool says_something =
        std::any_of(entry.value.begin(), entry.value.end(), [](auto byte) { return byte != 0; });
    if (!says_something)
      throw Format1Error("0 is what format 1 says where nothing is stated: leave that --meta out");
    out.push_back(static_cast<std::uint8_t>(tag));
    out.push_back(static_cast<std::uint8_t>(entry.value.size()));
    out.insert(out.end(), entry.value.begin(), entry.value.end());
  }
  return out;
}

}  // namespace

Bytes write_format1(ConstBytes base, ConstBytes target, const Format1Options& options) {
  const std::vector<Chunk> chunks = plan_chunks(base, target);
  const Bytes entries = metadata(options.entries);
  Bytes out = {kFormat1, static_cast<std::uint8_t>(options.digest)};
  append(out, static_cast<std::uint32_t>(chunks.size()), 2);
  append(out, static_cast<std::uint32_t>(base.size()), 4);
  append(out, static_cast<std::uint32_t>(target.size()), 4);
  append_digest(out, digest_of(options.digest, base));
  append_digest(out, digest_of(options.digest, target));
  append(out, static_cast<std::uint32_t>(entries.size()), 2);
  append(out, 0, 2);
  out.insert(out.end(), entries.begin(), entries.end());
  for (const Chunk& chunk : chunks) {
    append(out, chunk.offset, 4);
    append(out, static_cast<std::uint32_t>(chunk.payload.size()), 2);
    out.push_back(chunk.run_length ? format1::kEncodingRunLength : format1::kEncodingRaw);
    out.push_back(1);
    append(out, Crc32::of(view(chunk.payload)), 4);
    out.insert(out.end(), chunk.payload.begin(), chunk.payload.end());
  }
  return out;
}

}  // namespace tmd::host::format
