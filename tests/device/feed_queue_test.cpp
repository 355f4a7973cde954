// SPDX-License-Identifier: Apache-2.0
#include "tmd/feed_queue.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "tmd/status.hpp"

namespace tmd::test {
namespace {

/// The byte of a made-up patch at this offset.
std::uint8_t byte_at(std::uint32_t offset) {
  return static_cast<std::uint8_t>((offset * 2654435761U) >> 24);
}

std::vector<std::uint8_t> bytes_at(std::uint32_t offset, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(offset + static_cast<std::uint32_t>(i));
  return bytes;
}
ConstBytes view(const std::vector<std::uint8_t>& bytes) {
  return ConstBytes(bytes.data(), bytes.size());
}

/// What the queue needs of an updater.
struct Sink {
  std::vector<std::uint8_t> taken;
  std::size_t most = 1000;  ///< Bytes that one call takes; 0: it would block.

  struct Result {
    Status status;
    std::size_t consumed;
  };
  Status poll() { return Status::need_more; }
  Result feed_at(std::uint32_t offset, ConstBytes bytes) {
    REQUIRE(offset == taken.size());
    const ConstBytes now = bytes.first(most);
    taken.insert(taken.end(), now.begin(), now.end());
    return {now.size() < bytes.size() ? Status::would_block : Status::need_more, now.size()};
  }
};

}  // namespace

TEST_CASE("bytes come out as they went in, over the end of the memory") {
  FeedQueue<16> queue;
  Sink sink;
  std::mt19937 random(1);
  std::uint32_t put = 0;
  while (put < 1000) {
    const std::size_t size = random() % 17;
    const std::uint32_t room = queue.room();
    const bool taken = queue.put(view(bytes_at(put, size)));
    CHECK(taken == (size <= room));
    if (taken) put += static_cast<std::uint32_t>(size);
    CHECK(queue.end() == put);
    sink.most = random() % 20;
    (void)feed_from(queue, sink);
    CHECK(queue.begin() == sink.taken.size());
  }
  sink.most = 1000;
  while (!queue.empty()) (void)feed_from(queue, sink);
  CHECK(sink.taken == bytes_at(0, put));
  CHECK(feed_from(queue, sink) == Status::need_more);
}

TEST_CASE("a full queue takes nothing of a packet, and keeps what it has") {
  FeedQueue<8> queue;
  REQUIRE(queue.put(view(bytes_at(0, 5))));
  CHECK_FALSE(queue.put(view(bytes_at(5, 4))));
  CHECK(queue.end() == 5);
  CHECK(queue.put(view(bytes_at(5, 3))));
  CHECK(queue.room() == 0);
  CHECK_FALSE(queue.put(view(bytes_at(8, 1))));
  CHECK(queue.put(ConstBytes()));
}

TEST_CASE("offsets: what came twice is skipped, what leaves a gap is refused") {
  FeedQueue<32> queue;
  queue.restart(100);
  CHECK_FALSE(queue.put_at(101, view(bytes_at(101, 4))));
  CHECK(queue.put_at(98, view(bytes_at(98, 6))));
  CHECK(queue.end() == 104);
  CHECK(queue.put_at(100, view(bytes_at(100, 4))));
  CHECK(queue.put_at(0, view(bytes_at(0, 10))));
  CHECK(queue.end() == 104);
  CHECK(queue.begin() == 100);
  CHECK(queue.front()[0] == byte_at(100));
  CHECK(queue.front().size() == 4);
}

TEST_CASE("the counters may wrap at 2^32") {
  FeedQueue<16> queue;
  queue.restart(0xFFFFFFFAU);
  CHECK(queue.put(view(bytes_at(0, 12))));
  CHECK(queue.size() == 12);
  std::vector<std::uint8_t> out;
  while (!queue.empty()) {
    const ConstBytes front = queue.front();
    out.insert(out.end(), front.begin(), front.end());
    queue.drop(front.size());
  }
  CHECK(out == bytes_at(0, 12));
}

TEST_CASE("a producer and a consumer in two threads") {
  constexpr std::uint32_t kTotal = 400000;
  static FeedQueue<64> queue;
  std::atomic<std::uint32_t> refused{0};
  std::thread producer([&] {
    std::mt19937 random(2);
    for (std::uint32_t at = 0; at < kTotal;) {
      const std::size_t size = 1 + random() % 40;
      const std::vector<std::uint8_t> packet = bytes_at(at, size < kTotal - at ? size : kTotal - at);
      if (queue.put_at(at, view(packet))) {
        at += static_cast<std::uint32_t>(packet.size());
      } else {
        ++refused;
        std::this_thread::yield();
      }
    }
  });
  std::uint32_t wrong = 0;
  while (queue.begin() < kTotal) {
    const std::uint32_t begin = queue.begin();
    const ConstBytes front = queue.front();
    for (std::uint32_t i = 0; i < front.size(); ++i) wrong += front[i] != byte_at(begin + i);
    queue.drop(front.size());
    if (front.empty()) std::this_thread::yield();
  }
  producer.join();
  CHECK(wrong == 0);
  CHECK(queue.end() == kTotal);
  CHECK(refused > 0);
}

}  // namespace tmd::test
