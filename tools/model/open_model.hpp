// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/model.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::model {

/// A model with the bytes that it was read from.
struct OpenModel {
  Model model;
  ConstBytes bytes;
};

}  // namespace tmd::host::model
