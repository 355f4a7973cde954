// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/codec/logistic.hpp"
#include "tmd/internal/codec/prior_table.hpp"

namespace tmd {
namespace codec {

/// How many models predict each bit: the prior table, and others in hashed counters.
constexpr unsigned kHashedModels = 5;
constexpr unsigned kModels = kHashedModels + 1;

/// A probability that learns: 12 bits, and a count of 4 bits that slows it down as it gets older.
using Counter = std::uint16_t;
constexpr Counter kNewCounter = 0x8000;

/// How fast a counter learns, by its count: 32,768 / (n + 1.5), and then slower steps. The lowest bit is added to
/// the count: a counter of count 15 is as old as it gets.
struct CounterRates {
  std::uint16_t of[16] = {16385, 12001, 8751, 6901, 5701, 4851, 4251, 3751,
                          3401,  3051,  2801, 2601, 2401, 2201, 2001, 0};

  constexpr explicit CounterRates(std::uint16_t oldest) { of[15] = oldest; }
};
inline constexpr CounterRates kUsualRates{1800};
inline constexpr CounterRates kSlowRates{
    800};  ///< Literals that the base does not predict; operations that say so.
inline constexpr CounterRates kSteadyRates{300};  ///< Where statistics do not drift.

/// What is known before a symbol: what its hashed models depend on, and the set of mixing weights. Each bit of
/// the symbol adds its node.
struct Contexts {
  std::uint16_t weights = 0;
  std::uint8_t count = kHashedModels;  ///< Hashed models in use; the others say nothing.
  bool averaged = false;               ///< Of two models, which are not mixed.
  const std::uint16_t* rates = kUsualRates.of;
  std::uint32_t hash[kHashedModels];  ///< The first `count`; `Predictor::locate` turns them into counters.
};

/// Mixes what the models say about each bit, codes the bit, and lets everything learn from it.
/// kCounters: counters shared by hashing. kSets: sets of mixing weights.
template <unsigned kCounters, unsigned kSets>
class Predictor {
 public:
  void start(std::uint32_t counter_count) {
    counter_count_ = static_cast<std::uint16_t>(counter_count);
    for (Counter& counter : counters_) counter = kNewCounter;
    for (unsigned i = 0; i < kSets * kModels; ++i) {
      weights_[i] = i % kModels == kHashedModels ? kFirstPriorWeight : kFirstWeight;
    }
  }

  /// Turns the hashes of a symbol's contexts into their first counters.
  void locate(Contexts& contexts) const {
    std::uint32_t i = 0;
    do {
      const std::uint32_t mixed = (contexts.hash[i] + (i << 28)) * 0x9E3779B1U;
      contexts.hash[i] = index_of((mixed ^ (mixed >> 15)) * 0x85EBCA6BU);
    } while (++i < contexts.count);
  }

  /// Codes a bit. `where`: its place in the prior table in the upper half, and in the lower one the node that tells it
  /// from the symbol's other bits; in one word, which takes no stack.
  template <class Coder>
  unsigned code(Coder& coder, const Contexts& contexts, std::uint32_t where, unsigned bit) {
    return contexts.averaged ? average(coder, contexts, where, bit) : mix(coder, contexts, where, bit);
  }

 private:
  static constexpr unsigned kWeightBits = 13;
  static constexpr unsigned kLearningShift = 11;
  static constexpr std::int16_t kFirstWeight = (1 << kWeightBits) * 3 / 10;
  static constexpr std::int16_t kFirstPriorWeight = (1 << kWeightBits) * 6 / 10;

  /// What one model says about a bit, and where it learns.
  struct Evidence {
    Counter* counter;
    std::int32_t input;
  };

  template <class Coder>
  [[gnu::noinline]] unsigned mix(Coder& coder, const Contexts& contexts, std::uint32_t where, unsigned bit) {
    Evidence all[kHashedModels];
    Evidence* const end = all + contexts.count;
    std::int16_t* const weights = weights_ + contexts.weights * kModels;
    const std::int32_t prior = codec::prior(where >> 16);
    std::int32_t sum = weights[kHashedModels] * prior;
    const std::uint32_t away = index_of((where & 0xFFFFU) * 0x9E3779B1U);
    const std::int16_t* weight = weights;
    const std::uint32_t* first = contexts.hash;
    Evidence* each = all;
    do {
      each->counter = &counter(*first++ + away);
      each->input = kStretched.of[*each->counter >> 8];
      sum += *weight++ * each->input;
    } while (++each != end);
    const std::uint32_t probability = squash(sum >> (kWeightBits - 4));
    bit = coder.code_bit(probability, bit);
    const std::int32_t error = ((bit != 0 ? 65536 : 0) - static_cast<std::int32_t>(probability)) >> 2;
    const std::int32_t aim = bit != 0 ? kCounterOne : kCounterZero;
    learn(weights[kHashedModels], prior * error);
    std::int16_t* learner = weights;
    each = all;
    do {
      learn(*learner++, each->input * error);
      *each->counter = moved(*each->counter, aim, contexts.rates, sum & 15);
    } while (++each != end);
    return bit;
  }

  /// Two models, and the middle between them: half the work, and as few bits where both know enough. One that saw
  /// nothing yet begins with what the other says, where that has seen enough.
  template <class Coder>
  [[gnu::noinline]] unsigned average(Coder& coder, const Contexts& contexts, std::uint32_t where,
                                     unsigned bit) {
    const std::uint32_t away = index_of((where & 0xFFFFU) * 0x9E3779B1U);
    Counter& first = counter(contexts.hash[0] + away);
    Counter& second = counter(contexts.hash[1] + away);
    std::int32_t a = first;
    std::int32_t b = second;
    if ((a & 15) == 0 && (b & 15) > 2) a = b & ~15;
    if ((b & 15) == 0 && (a & 15) > 2) b = a & ~15;
    const std::int32_t sum = a + b;
    bit = coder.code_bit((static_cast<std::uint32_t>(sum) >> 1) | 32U, bit);
    const std::int32_t aim = bit != 0 ? kCounterOne : kCounterZero;
    first = moved(a, aim, contexts.rates, (sum >> 4) & 15);
    second = moved(b, aim, contexts.rates, (sum >> 4) & 15);
    return bit;
  }

  static constexpr std::int32_t kCounterOne = 65505;
  static constexpr std::int32_t kCounterZero = 30;
  [[gnu::always_inline]] static Counter moved(std::int32_t counter, std::int32_t aim,
                                              const std::uint16_t* rates, std::int32_t chance) {
    const std::int32_t rate = rates[counter & 15];
    const std::int32_t step = ((aim - counter) * rate >> 15) + chance;
    return static_cast<Counter>(counter + (step & ~15) + (rate & 1));
  }
  [[gnu::always_inline]] Counter& counter(std::uint32_t place) {
    return counters_[place >= counter_count_ ? place - counter_count_ : place];
  }
  static void learn(std::int16_t& weight, std::int32_t step) {
    weight = static_cast<std::int16_t>(weight + (step >> kLearningShift));
  }
  std::uint32_t index_of(std::uint32_t mixed) const { return ((mixed >> 16) * counter_count_) >> 16; }

  Counter counters_[kCounters];
  std::uint16_t counter_count_;
  std::int16_t weights_[kSets * kModels];
};

}  // namespace codec
}  // namespace tmd
