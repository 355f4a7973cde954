// SPDX-License-Identifier: Apache-2.0
#include "model/compression.hpp"

#include <flatbuffers/flatbuffers.h>

#include <vector>

namespace tmd::host::model {
namespace {

// tensorflow/lite/micro/compression/metadata.fbs: Metadata has subgraphs as its second field, a subgraph has its LUT
// tensors as its first one, a LUT tensor its index as its first one.
constexpr flatbuffers::voffset_t kFirstField = 4;
constexpr flatbuffers::voffset_t kSecondField = 6;

struct LutTensor : private flatbuffers::Table {
  std::int32_t tensor() const { return GetField<std::int32_t>(kFirstField, 0); }
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) && VerifyField<std::int32_t>(verifier, kFirstField, 4) &&
           verifier.EndTable();
  }
};

struct LutSubgraph : private flatbuffers::Table {
  using Tensors = flatbuffers::Vector<flatbuffers::Offset<LutTensor>>;
  const Tensors* tensors() const { return GetPointer<const Tensors*>(kFirstField); }
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) && VerifyOffset(verifier, kFirstField) &&
           verifier.VerifyVector(tensors()) && verifier.VerifyVectorOfTables(tensors()) &&
           verifier.EndTable();
  }
};

struct Metadata : private flatbuffers::Table {
  using Subgraphs = flatbuffers::Vector<flatbuffers::Offset<LutSubgraph>>;
  const Subgraphs* subgraphs() const { return GetPointer<const Subgraphs*>(kSecondField); }
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) && VerifyOffset(verifier, kSecondField) &&
           verifier.VerifyVector(subgraphs()) && verifier.VerifyVectorOfTables(subgraphs()) &&
           verifier.EndTable();
  }
};

}  // namespace

std::optional<TensorPlaces> compressed_tensors(ConstBytes metadata) {
  // Its place in the file need not be aligned for what it holds.
  const std::vector<std::uint8_t> aligned(metadata.begin(), metadata.end());
  flatbuffers::Verifier verifier(aligned.data(), aligned.size());
  if (aligned.size() < 8 || !verifier.VerifyBuffer<Metadata>(nullptr)) return std::nullopt;
  TensorPlaces places;
  const Metadata::Subgraphs* subgraphs = flatbuffers::GetRoot<Metadata>(aligned.data())->subgraphs();
  for (flatbuffers::uoffset_t g = 0; subgraphs != nullptr && g < subgraphs->size(); ++g) {
    const LutSubgraph::Tensors* tensors = subgraphs->Get(g)->tensors();
    for (flatbuffers::uoffset_t t = 0; tensors != nullptr && t < tensors->size(); ++t)
      places.insert({g, tensors->Get(t)->tensor()});
  }
  return places;
}

bool has_compressed(const Model& model) {
  for (const host::model::Subgraph& graph : model.subgraphs) {
    for (const Tensor& tensor : graph.tensors) {
      if (tensor.is_compressed) return true;
    }
  }
  return false;
}

}  // namespace tmd::host::model
