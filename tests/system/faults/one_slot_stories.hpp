// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace tmd::faults {

/// Explores the parts with small erase blocks: cuts, rot, attacks. `one_in`: of all that, for the smallest blocks;
/// rarer where they are larger. True where nothing failed.
bool explore_one_slot(std::uint32_t one_in, std::uint32_t shard, std::uint32_t shards);
/// The same parts, those with the smallest blocks, with and without a trial: a cut, and a driver fault behind it.
bool explore_one_slot_late_faults(std::uint32_t one_in, std::uint32_t shard, std::uint32_t shards);
/// "one-slot:PART/…", with what an attacker sends "one-slot:PART:NUMBER/…". False where it fails, or is no such id.
bool replay_one_slot(const std::string& id);

}  // namespace tmd::faults
