// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/codec/logistic.hpp"
#include "tmd/codec/trained.hpp"

namespace tmd {
namespace codec {

/// How many models predict each bit: one with a place of its own, the others in hashed slots.
constexpr unsigned kHashedModels = 5;
constexpr unsigned kModels = kHashedModels + 1;

/// What is known before a symbol: the place of its own model, a hash for each other model, and the set of
/// mixing weights. Each bit of the symbol adds its node.
struct Contexts {
  std::uint16_t direct = 0;
  std::uint16_t weights = 0;
  std::uint8_t count = kHashedModels;  ///< Hashed models in use; the others say nothing.
  bool steady = false;                 ///< The statistics do not drift: old slots learn slowly.
  std::uint32_t hash[kHashedModels] = {};
};

constexpr std::uint32_t hash_of(std::uint32_t model, std::uint32_t a, std::uint32_t b = 0) {
  std::uint32_t h = (model + 1) * 0x9E3779B1U;
  h = (h ^ a) * 0x85EBCA6BU;
  h ^= h >> 15;
  h = (h ^ b) * 0xC2B2AE35U;
  return h ^ (h >> 13);
}

/// A probability that learns: 12 bits, and a count of 4 bits that slows it down as it gets older.
using Slot = std::uint16_t;
constexpr Slot kFreshSlot = 0x8000;

/// 65,536 / (n + 1.5), and then slower steps.
constexpr std::uint16_t kSlotRates[16] = {32768, 24000, 17500, 13800, 11400, 9700, 8500, 7500,
                                          6800,  6100,  5600,  5200,  4800,  4400, 4000, 3600};

constexpr std::uint16_t kSteadyRate = 600;

constexpr std::uint32_t slot_probability(Slot slot) {
  return (slot & 0xFFF0U) | 8U;
}
constexpr Slot learned(Slot slot, unsigned bit, bool steady) {
  const std::uint32_t count = slot & 15U;
  const std::int32_t probability = slot >> 4;
  const std::int32_t target = bit != 0 ? 4095 : 0;
  const std::int32_t step =
      ((target - probability) *
       static_cast<std::int32_t>(steady && count == 15 ? kSteadyRate : kSlotRates[count])) /
      65536;
  return static_cast<Slot>(((probability + step) << 4) |
                           static_cast<std::int32_t>(count < 15 ? count + 1 : 15));
}

/// Mixes what the models say about each bit, codes the bit, and lets everything learn from it.
/// kDirect: models with a place of their own. kHashed: slots shared by hashing. kSets: sets of mixing
/// weights.
template <unsigned kHashed, unsigned kSets>
class Predictor {
 public:
  void start(std::uint32_t hashed_slots) {
    hashed_ = static_cast<std::uint16_t>(hashed_slots);
    for (Slot& slot : slots_) slot = kFreshSlot;
    for (unsigned i = 0; i < kSets * kModels; ++i) {
      weights_[i] = i % kModels == kHashedModels ? kFirstTrainedWeight : kFirstWeight;
    }
  }

  /// Codes a bit of a symbol: every model looks at its node.
  template <class Coder>
  unsigned bit(Coder& coder, const Contexts& contexts, unsigned node, unsigned bit) {
    return code(coder, contexts, contexts.direct + node, node, bit);
  }
  /// The same where `contexts.direct` is already the bit's place and the node tells the hashed models apart.
  template <class Coder>
  unsigned bit_at(Coder& coder, const Contexts& contexts, unsigned node, unsigned bit) {
    return code(coder, contexts, contexts.direct, node, bit);
  }

 private:
  template <class Coder>
  unsigned code(Coder& coder, const Contexts& contexts, unsigned direct, unsigned node, unsigned bit) {
    std::uint16_t place[kHashedModels];
    std::int16_t input[kModels];
    std::int16_t* weight = weights_ + contexts.weights * kModels;
    input[kHashedModels] = static_cast<std::int16_t>(kTrained[direct] * 16);
    std::int32_t sum = weight[kHashedModels] * input[kHashedModels];
    for (unsigned i = 0; i < contexts.count; ++i) {
      place[i] = place_of(contexts.hash[i], node);
      input[i] = static_cast<std::int16_t>(stretch(slot_probability(slots_[place[i]])));
      sum += weight[i] * input[i];
    }
    const std::uint32_t probability = squash(sum >> kWeightBits);
    bit = coder.bit(probability, bit);
    const std::int32_t error =
        static_cast<std::int32_t>(bit != 0 ? 65536U : 0U) - static_cast<std::int32_t>(probability);
    weight[kHashedModels] =
        moved(weight[kHashedModels], (input[kHashedModels] * (error / 4)) >> kLearningShift);
    for (unsigned i = 0; i < contexts.count; ++i) {
      weight[i] = moved(weight[i], (input[i] * (error / 4)) >> kLearningShift);
      slots_[place[i]] = learned(slots_[place[i]], bit, contexts.steady);
    }
    return bit;
  }

  static constexpr unsigned kWeightBits = 13;
  static constexpr unsigned kLearningShift = 15;
  static constexpr std::int16_t kFirstWeight = (1 << kWeightBits) * 3 / 10;
  static constexpr std::int16_t kFirstTrainedWeight = (1 << kWeightBits) * 6 / 10;

  static std::int16_t moved(std::int16_t weight, std::int32_t step) {
    const std::int32_t sum = weight + step;
    return static_cast<std::int16_t>(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
  }
  std::uint16_t place_of(std::uint32_t hash, unsigned node) const {
    const std::uint32_t mixed = (hash + node * 0x3D4D51CBU) * 0x9E3779B1U;
    return static_cast<std::uint16_t>(((mixed >> 16) * hashed_) >> 16);
  }

  std::uint16_t hashed_ = 0;
  std::int16_t weights_[kSets * kModels] = {};
  Slot slots_[kHashed] = {};
};

}  // namespace codec
}  // namespace tmd
