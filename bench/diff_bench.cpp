// SPDX-License-Identifier: Apache-2.0
//
// How long `tmd diff` thinks, by the size of the model.
#include <benchmark/benchmark.h>

#include "codec/encode_body.hpp"
#include "models.hpp"

namespace {

using namespace tmd;

void diff_fine_tuned(benchmark::State& state) {
  const bench::Bytes base = bench::weights(static_cast<std::size_t>(state.range(0)) * 1024, 1);
  const bench::Bytes target = bench::fine_tuned(base, 2);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        host::encode_body(ConstBytes(base.data(), base.size()), ConstBytes(target.data(), target.size())));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * target.size()));
}
// KiB of model.
BENCHMARK(diff_fine_tuned)->Arg(16)->Arg(64)->Arg(300)->Arg(1024)->Arg(3072)->Unit(benchmark::kMillisecond);

}  // namespace
