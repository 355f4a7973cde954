// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/error.hpp"
#include "model/arena.hpp"
#include "model/compression.hpp"
#include "model/model_entries.hpp"
#include "model/model_format.hpp"
#include "model/reader.hpp"

namespace {

void require_inside(const tmd::host::model::ByteRange& range, std::size_t size) {
  if (!tmd::fits(range.offset, range.size, static_cast<std::uint32_t>(size))) std::abort();
}

}  // namespace

/// Whatever the bytes are: an error, or a model whose every range lies inside them and whose metadata can be
/// written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> aligned(data, data + size);
  // Readers that take whatever bytes there are.
  (void)tmd::host::model::recognise_format(tmd::ConstBytes(data, size));
  (void)tmd::host::model::compressed_tensors(tmd::ConstBytes(data, size));
  const tmd::host::model::ParseResult result =
      tmd::host::model::parse(tmd::ConstBytes(aligned.data(), aligned.size()));
  if (!result) return 0;
  for (const tmd::host::model::Subgraph& graph : result.model->subgraphs) {
    for (const tmd::host::model::Tensor& tensor : graph.tensors) {
      require_inside(tensor.data, size);
      require_inside(tensor.quantization.scale_bytes, size);
      require_inside(tensor.quantization.zero_point_bytes, size);
    }
  }
  try {
    for (const char* kernels : {"cmsis-nn", "esp-nn"}) {
      tmd::host::model::ArenaChoice choice;
      choice.kernels = kernels;
      (void)tmd::host::model::estimate_arena(*result.model, choice);
    }
    for (const auto& entry : tmd::host::model::manifest_entries(*result.model)) {
      const tmd::ConstBytes value(entry.value.data(), entry.value.size());
      (void)tmd::host::model::describe_operators(value);
      (void)tmd::host::model::describe_io_schema(value);
    }
  } catch (const tmd::host::Error&) {
    // A model that no interpreter could plan.
  }
  return 0;
}
