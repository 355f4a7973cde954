// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/limits.hpp"

namespace tmd::host::device {

/// A firmware that can run anything and knows every vendor's entries, and self-tests: for making and trying
/// patches that are meant for other devices.
struct AnyLimits : NoLimits {
  Status entry(EntryNumber number, ConstBytes /*value*/) {
    return number >= EntryNumber::first_vendor || number == EntryNumber::self_test ? Status::ok
                                                                                   : Status::not_found;
  }
};

}  // namespace tmd::host::device
