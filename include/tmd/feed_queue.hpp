// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {

/// Patch bytes on their way from an interrupt, or a radio's callback, to the context that owns the updater: one
/// producer, one consumer, no locks, no allocation. Each side writes its own counter only, so neither waits for the
/// other, and an interrupt may come anywhere in the consumer.
///
///     static tmd::FeedQueue<1024> queue;
///     void on_packet(std::uint32_t offset, tmd::ConstBytes packet) {   // interrupt or callback
///       if (!queue.put_at(offset, packet)) link.pause();               // back-pressure: send again from queue.end()
///     }
///     void loop() {                                                    // main loop or task
///       status = tmd::feed_from(queue, updater);
///       if (queue.room() >= kPacketSize) link.resume();
///     }
///
/// Bytes have patch offsets: `begin` is that of the first one inside, `end` of the one that is wanted next. A producer
/// that knows offsets uses `put_at`, which skips what came twice and refuses what leaves a gap. `kCapacity`: bytes of
/// RAM, a power of two; as many as arrive while one flash operation stalls the consumer: 115,200 baud and 90 ms ask for
/// 1,037.
///
/// Memory order is acquire and release by GCC's and Clang's built-in functions, which need no library on any processor
/// with loads and stores of 32 bits. Statically initialised.
template <std::uint32_t kCapacity>
class FeedQueue {
  static_assert(kCapacity >= 2 && (kCapacity & (kCapacity - 1)) == 0 && kCapacity <= 0x80000000U,
                "the capacity of a FeedQueue is a power of two");

 public:
  constexpr FeedQueue() = default;
  FeedQueue(const FeedQueue&) = delete;
  FeedQueue& operator=(const FeedQueue&) = delete;

  // For the producer.

  /// Takes all of the bytes, as the next ones of the patch, or none: false where there is not enough room.
  [[nodiscard]] bool put(ConstBytes bytes) {
    const std::uint32_t end = load_own(end_);
    if (bytes.size() > kCapacity - (end - load(begin_))) return false;
    for (std::uint32_t i = 0; i < bytes.size(); ++i) bytes_[(end + i) % kCapacity] = bytes[i];
    store(end_, end + static_cast<std::uint32_t>(bytes.size()));
    return true;
  }
  /// The same for bytes that say where they belong in the patch. True where none of them is wanted any more: taken, or
  /// here before. False where there is not enough room, or bytes are missing before them: from `end()` on they are
  /// wanted again.
  [[nodiscard]] bool put_at(std::uint32_t patch_offset, ConstBytes bytes) {
    const std::uint32_t end = load_own(end_);
    if (patch_offset > end) return false;
    return put(bytes.from(end - patch_offset));
  }
  /// The patch offset of the byte that is wanted next.
  std::uint32_t end() const { return load(end_); }

  // For either side.

  /// Bytes that can be put now: at least so many for the producer, at most for the consumer.
  std::uint32_t room() const { return kCapacity - size(); }
  std::uint32_t size() const {
    // In this order: the other way round a byte could be taken in between, and the size be negative.
    const std::uint32_t begin = load(begin_);
    return load(end_) - begin;
  }
  bool empty() const { return size() == 0; }

  // For the consumer.

  /// The patch offset of the first byte inside.
  std::uint32_t begin() const { return load(begin_); }
  /// What lies in one piece from the first byte on: all of it, or up to the end of the memory. Stays until `drop`.
  ConstBytes front() const {
    const std::uint32_t begin = load_own(begin_);
    const std::uint32_t place = begin % kCapacity;
    return ConstBytes(bytes_ + place, kCapacity - place).first(load(end_) - begin);
  }
  /// Takes the first `count` bytes out; at most `front().size()`.
  void drop(std::size_t count) { store(begin_, load_own(begin_) + static_cast<std::uint32_t>(count)); }
  /// Empties the queue; the next byte to be put is that at `patch_offset`. Only while the producer is quiet: before its
  /// interrupt is enabled, or with it masked.
  void restart(std::uint32_t patch_offset) {
    store(begin_, patch_offset);
    store(end_, patch_offset);
  }

 private:
  static std::uint32_t load(const std::uint32_t& counter) {
    return __atomic_load_n(&counter, __ATOMIC_ACQUIRE);
  }
  static std::uint32_t load_own(const std::uint32_t& counter) {
    return __atomic_load_n(&counter, __ATOMIC_RELAXED);
  }
  static void store(std::uint32_t& counter, std::uint32_t value) {
    __atomic_store_n(&counter, value, __ATOMIC_RELEASE);
  }

  std::uint32_t begin_ =
      0;                   ///< The consumer's. Counters run on over the end of the memory, and wrap at 2^32.
  std::uint32_t end_ = 0;  ///< The producer's.
  std::uint8_t bytes_[kCapacity] = {};
};

/// Feeds the updater what the queue holds, once: a call waits for one erase or one page, at most. Answers what
/// `feed_at` does, also where the queue is empty; bytes that the updater took are out of the queue. After offset_gap
/// the queue is begun anew: `restart(updater.resume_offset())`.
template <class Queue, class Updater>
[[nodiscard]] auto feed_from(Queue& queue, Updater& updater) -> decltype(updater.poll()) {
  const auto fed = updater.feed_at(queue.begin(), queue.front());
  queue.drop(fed.consumed);
  return fed.status;
}

}  // namespace tmd
