// SPDX-License-Identifier: Apache-2.0
#include "codec/operation_name.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tmd::codec;
using tmd::host::operation_name;

TEST_CASE("every kind has a name of its own, and what is special about it in front") {
  std::set<std::string> names;
  for (unsigned kind = 0; kind < kOperationKinds; ++kind) {
    Operation operation{};
    operation.kind = static_cast<OperationKind>(kind);
    CHECK_FALSE(operation_name(operation).empty());
    CHECK(names.insert(operation_name(operation)).second);
    for (const unsigned flag : {0U, kSparse}) {
      if (!may(operation.kind, flag)) continue;
      Operation special = operation;
      special.*kFlags[flag].is = true;
      if (operation.kind != OperationKind::copy_base && has_elements(operation.kind))
        CHECK(names.insert(operation_name(special)).second);
    }
  }
  CHECK(names.count("sparse delta of bytes") == 1);
  CHECK(names.count("scaled delta of floats") == 1);
}

TEST_CASE("a prediction and a product are told") {
  Operation operation{};
  operation.kind = OperationKind::delta8;
  operation.predicted = operation.scaled = true;
  CHECK(operation_name(operation) == "scaled row-predicted delta of bytes");
  operation = Operation{};
  operation.kind = OperationKind::float32;
  operation.from_target = true;
  CHECK(operation_name(operation) == "product of floats");
}
