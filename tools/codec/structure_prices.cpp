// SPDX-License-Identifier: Apache-2.0
#include "codec/structure_prices.hpp"

#include "codec/cost.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

constexpr std::uint32_t kBit = 65536;

/// Of an event seen `count` times of `total`.
std::uint32_t price_of(std::uint32_t count, std::uint32_t total) {
  const std::uint64_t share = std::uint64_t{count} * 65536 / total;
  CostSink sink;
  sink.code_bit(static_cast<std::uint32_t>(share < 16 ? 16 : share > 65520 ? 65520 : share), 1);
  return static_cast<std::uint32_t>(sink.cost());
}

template <class Counts, class Prices>
void settle_row(const Counts& counts, Prices& prices) {
  std::uint32_t total = 0;
  for (const std::uint32_t count : counts) total += count;
  for (std::size_t i = 0; i < counts.size(); ++i) prices[i] = price_of(counts[i], total);
}

}  // namespace

// What structure is like before anything was counted: literals and copies take turns, most are short, and
// places are near or anywhere.
StructurePrices::StructurePrices() {
  for (auto& row : kinds_) row = {6, 4, 6, 1, 1, 1, 1, 1};
  for (auto& row : lengths_) {
    row.fill(1);
    for (unsigned i = 0; i < 8; ++i) row[i] = 3;
  }
  for (auto& row : places_) {
    row.fill(1);
    row[0] = 8;
  }
  agreed_[0] = {4, 4};
  agreed_[1] = {2, 8};
  for (auto& row : bytes_) {
    row.fill(1);
    row[0] = 32;
  }
  settle();
}

void StructurePrices::count(const codec::Operation& operation, std::uint32_t position, std::uint32_t& shift,
                            std::uint32_t& distance, OperationKind& previous, ConstBytes base,
                            ConstBytes target) {
  const unsigned kind = static_cast<unsigned>(operation.kind);
  kinds_[static_cast<unsigned>(previous)][kind] += 2;
  lengths_[kind][codec::bit_length(operation.length / codec::element_size(operation.kind)) - 1] += 2;
  if (codec::reads_base(operation) || operation.kind == OperationKind::literal) {
    const std::uint32_t now = operation.source - position;
    places_[0][place_class(now - shift)] += 2;
    shift = now;
  } else if (codec::reads_target(operation)) {
    const std::uint32_t now = position - operation.source;
    places_[1][place_class(distance - now)] += 2;
    distance = now;
  }
  if (operation.kind == OperationKind::literal) {
    unsigned last = 1;
    for (std::uint32_t i = position; i < position + operation.length; ++i) {
      const bool guided = i + shift < base.size();
      const unsigned same = guided && base[i + shift] == target[i] ? 1 : 0;
      if (guided) agreed_[last][same] += 2;
      if (same == 0) bytes_[i & 3U][target[i]] += 2;
      last = same;
    }
  }
  previous = operation.kind;
}

void StructurePrices::settle() {
  for (std::size_t i = 0; i < kinds_.size(); ++i) settle_row(kinds_[i], kind_[i]);
  for (std::size_t i = 0; i < lengths_.size(); ++i) {
    std::array<std::uint32_t, kClasses> whole{};
    settle_row(lengths_[i], whole);
    std::uint32_t before = 0;
    for (unsigned size = 0; size < kClasses; ++size) {
      const std::uint32_t now = whole[size] + size * kBit;
      growth_[i][size] = static_cast<std::int32_t>(now - before);
      before = now;
    }
  }
  for (unsigned i = 0; i < 2; ++i) {
    settle_row(places_[i], place_[i]);
    for (unsigned size = 0; size < kClasses; ++size) place_[i][size] += size * kBit;
    std::array<std::uint32_t, 2> prices{};
    settle_row(agreed_[i], prices);
    surprise_[i] = prices[0];
    expected_[i] = prices[1];
  }
  for (unsigned i = 0; i < 4; ++i) settle_row(bytes_[i], other_[i]);
}

}  // namespace tmd::host
