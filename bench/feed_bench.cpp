// SPDX-License-Identifier: Apache-2.0
//
// What an update costs the processor of a workstation, flash being RAM: by the size of the pieces that patch
// bytes come in, and by what the patch consists of. Cortex-M figures: `tools/bench.sh instructions`.
#include <benchmark/benchmark.h>

#include "models.hpp"
#include "support/device.hpp"
#include "support/make_patch.hpp"

namespace {

using namespace tmd;
using bench::Bytes;

constexpr std::size_t kModelSize = 64 * 1024;

/// Complete updates, the making of the device left out; bytes per second are bytes of the target.
void run_updates(benchmark::State& state, const Bytes& base, const Bytes& target, std::size_t piece) {
  const Bytes patch = test::make_patch(base, target);
  for (auto _ : state) {
    state.PauseTiming();
    test::Device<> device(base);
    state.ResumeTiming();
    if (device.update(patch, test::pieces_of(piece)) != Status::ok) state.SkipWithError("the update failed");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * target.size()));
  state.counters["patch_bytes"] = static_cast<double>(patch.size());
}

void feed_in_pieces(benchmark::State& state) {
  const Bytes base = bench::weights(kModelSize, 1);
  run_updates(state, base, bench::fine_tuned(base, 2), static_cast<std::size_t>(state.range(0)));
}
BENCHMARK(feed_in_pieces)->RangeMultiplier(4)->Range(1, 4096)->Unit(benchmark::kMillisecond);

void decode_literals(benchmark::State& state) {
  run_updates(state, {}, bench::weights(kModelSize, 1), 256);
}
void decode_deltas(benchmark::State& state) {
  const Bytes base = bench::weights(kModelSize, 1);
  run_updates(state, base, bench::fine_tuned(base, 2), 256);
}
void decode_copies(benchmark::State& state) {
  const Bytes base = bench::weights(kModelSize, 1);
  run_updates(state, base, bench::edited(base, 2), 256);
}
BENCHMARK(decode_literals)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_deltas)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_copies)->Unit(benchmark::kMillisecond);

void digest(benchmark::State& state, DigestKind kind) {
  const Bytes bytes = bench::weights(kModelSize, 1);
  for (auto _ : state) benchmark::DoNotOptimize(digest_of(kind, ConstBytes(bytes.data(), bytes.size())));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK_CAPTURE(digest, crc32, DigestKind::crc32);
BENCHMARK_CAPTURE(digest, sha256, DigestKind::sha256);

}  // namespace

BENCHMARK_MAIN();
