// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include "model/reader.hpp"
#include "support/made_model.hpp"

namespace tmd::test {

/// What the reader makes of a model that it must be able to read.
inline host::model::Model parsed(const ModelMaker& maker) {
  host::model::ParseResult result = host::model::parse(bytes_of(maker.file()));
  INFO(result.error);
  REQUIRE(result);
  return *result.model;
}

}  // namespace tmd::test
