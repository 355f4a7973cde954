// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/bytes.hpp"
#include "model/model.hpp"

namespace tmd::host::slim {

/// The base's tensors that are not alone: another one lies in the same bytes, as converters put equal constants, or two
/// operators read them. What is chosen for one place is the other one's, too. And what a slim model wants of them.
class SharedTensors {
 public:
  explicit SharedTensors(const model::Subgraph& graph);

  bool has(std::size_t tensor) const { return is_shared_[tensor]; }
  /// The tensor is to hold these bytes; passed over for one that is alone. Throws host::Error where others were noted.
  void note(std::size_t tensor, ConstBytes bytes);
  /// Throws host::Error, naming the tensors, where a model file does not hold what was noted for all of them.
  void check(ConstBytes file) const;

 private:
  [[noreturn]] void refuse(std::size_t tensor, std::size_t other) const;

  const model::Subgraph& graph_;
  std::vector<bool> is_shared_;
  std::map<std::size_t, host::Bytes> wanted_;
};

}  // namespace tmd::host::slim
