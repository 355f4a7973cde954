// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/guard/accelerator_stream.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace tmd;

namespace {

// 128 multiply-accumulate units, 24 KB of internal memory, architecture 1.1.
constexpr AcceleratorWords kU55 = {0x00001807, 0x10100000};
// 256 units, stream version 1, two ports for SRAM (their number's logarithm) and one for the other memory.
constexpr AcceleratorWords kU85 = {0x20000118, 0x20000000};

/// What a part says to a stream that was made for it, but for some bits of the configuration.
constexpr bool runs_changed(const AcceleratorWords& part, std::uint32_t bits) {
  return runs_stream(part, {part.config ^ bits, part.id});
}

}  // namespace

TEST_CASE(
    "a stream runs on the part that it was made for, whose internal memory the driver does not compare") {
  CHECK(runs_changed(kU55, 0));
  CHECK(runs_changed(kU85, 0));
  CHECK(runs_changed(kU55, 0x0000FF00));
  CHECK(runs_changed(kU85, 0x0000F800));
}

TEST_CASE("each field that the driver compares stops a stream") {
  for (const AcceleratorWords& part : {kU55, kU85}) {
    for (const std::uint32_t bit : {0U, 3U, 4U, 7U, 28U, 31U}) {
      CAPTURE(bit);
      CHECK_FALSE(runs_changed(part, 1U << bit));
    }
  }
}

TEST_CASE("an Ethos-U85 has as many ports as the stream was made for") {
  for (const std::uint32_t bit : {8U, 9U, 10U}) {
    CAPTURE(bit);
    CHECK_FALSE(runs_changed(kU85, 1U << bit));
  }
}

TEST_CASE(
    "a stream that wants a DMA unit of the part's own runs where there is one; one that does not, anywhere") {
  const AcceleratorWords with_dma = {kU55.config | 1U << 27, kU55.id};
  CHECK_FALSE(runs_stream(kU55, with_dma));
  CHECK(runs_stream(with_dma, with_dma));
  CHECK(runs_stream(with_dma, kU55));
}

TEST_CASE("the architecture is of the same major version and no newer minor one") {
  CHECK(runs_stream(kU55, {kU55.config, 0x10000000}));
  CHECK(runs_stream(kU55, {kU55.config, 0x101FFFFF}));
  CHECK_FALSE(runs_stream(kU55, {kU55.config, 0x10200000}));
  CHECK_FALSE(runs_stream(kU55, {kU55.config, 0x00100000}));
  CHECK_FALSE(runs_stream(kU55, {kU55.config, 0x20100000}));
}
