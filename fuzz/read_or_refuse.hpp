// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

/// Runs a reader of the program's on hostile bytes: they are read, or refused with an error that says why.
template <class Read>
void read_or_refuse(Read read) {
  try {
    (void)read();
  } catch (const tmd::host::Error&) {
    // A file that is damaged, cut off, or not what it looks like.
  }
}
