// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/transfer/receive_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kSize = 64;
using Window = transfer::ReceiveWindow<kSize>;

/// Takes what is in front, at most `most` bytes of it.
void drain(Window& window, Bytes& out, std::size_t most) {
  const ConstBytes front = window.front().first(most);
  out.insert(out.end(), front.begin(), front.end());
  window.take(front.size());
}

}  // namespace

TEST_CASE("what lies in the window is kept, and what is missing is told") {
  const Bytes patch = random_bytes(500, 1);
  Window window;
  window.restart(100);
  CHECK(window.end() == 100);
  CHECK(window.room() == kSize);
  CHECK(window.gap() == 0);
  window.put(110, view(patch).slice(110, 20), 500);
  CHECK(window.end() == 100);
  CHECK(window.gap() == 10);
  CHECK(window.front().empty());
  window.put(100, view(patch).slice(100, 10), 500);
  CHECK(window.end() == 130);
  CHECK(window.gap() == 0);
  CHECK(window.room() == kSize - 30);
  Bytes got;
  drain(window, got, 100);
  drain(window, got, 100);  // the rest, where the ring's end lay in between
  CHECK(equal_bytes(view(got), view(patch).slice(100, 30)));
  CHECK(window.room() == kSize);
}

TEST_CASE("bytes before the window, behind it, and behind the patch's end are not kept") {
  const Bytes patch = random_bytes(500, 2);
  Window window;
  window.restart(200);
  window.put(150, view(patch).slice(150, 50), 500);
  CHECK(window.end() == 200);
  window.put(200, view(patch).slice(200, 300), 500);
  CHECK(window.end() == 200 + kSize);
  CHECK(window.room() == 0);
  window.restart(480);
  window.put(480, view(random_bytes(60, 3)), 500);
  CHECK(window.end() == 500);
}

TEST_CASE("a byte that is there is not replaced before it was taken") {
  Window window;
  window.restart(0);
  window.put(0, view(Bytes(10, 0x11)), 100);
  window.put(5, view(Bytes(10, 0x22)), 100);
  Bytes got;
  drain(window, got, 100);
  CHECK(got ==
        Bytes{0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x22});
}

TEST_CASE("a place that was taken counts as missing when its turn comes again") {
  Window window;
  window.restart(0);
  window.put(0, view(Bytes(kSize, 1)), 1000);
  Bytes got;
  drain(window, got, 10);
  CHECK(window.end() == kSize);
  CHECK(window.room() == 10);
  CHECK(window.gap() == 0);
  window.put(kSize + 5, view(Bytes(3, 2)), 1000);
  CHECK(window.gap() == 5);
}

TEST_CASE("pieces in any order, overlapping and repeated, come out as the patch") {
  const Bytes patch = random_bytes(3000, 4);
  std::mt19937 random(5);
  Window window;
  window.restart(0);
  Bytes got;
  for (int rounds = 0; got.size() < patch.size(); ++rounds) {
    REQUIRE(rounds < 100000);
    const std::size_t at = got.size() + random() % 80;
    const std::size_t from = at < 10 ? at : at - random() % 10;
    window.put(static_cast<std::uint32_t>(from), view(patch).slice(from, 1 + random() % 30), 3000);
    drain(window, got, random() % 40);
  }
  CHECK(got == patch);
}
