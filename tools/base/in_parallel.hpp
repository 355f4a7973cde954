// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace tmd::host {

/// Calls `work(i)` for each i below `count`, on so many threads, or where that is 0 as many as the machine has
/// processors, and waits. The calls share only what none of them changes, or what they guard, and may not throw.
/// For work of milliseconds at least: the threads are made anew each time.
template <class Work>
void in_parallel(std::size_t count, const Work& work, std::size_t wanted = 0) {
  std::atomic<std::size_t> next{0};
  const auto take_turns = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  if (wanted == 0) wanted = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  try {
    for (std::size_t i = 1; i < std::min(wanted, count); ++i) threads.emplace_back(take_turns);
  } catch (const std::system_error&) {
    // The system has no more threads to give: those that there are do it.
  }
  take_turns();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace tmd::host
