// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system/faults/workload.hpp"

namespace tmd::faults {

/// Fills `work.hostile`: the first patch's honest manifest, each time with another body of an attacker's.
///
/// The attacker knows everything but keys. He has devices of the same make, on which any model he likes is active
/// and which he has brought to any age; what their journals hold, records with right checksums and sequence
/// numbers that are yet to come, is what the body consists of: as it lies there, and with each row's first byte
/// left out (where the victim's own journal writes one), at every alignment.
void add_hostile_patches(Workload& work);

}  // namespace tmd::faults
