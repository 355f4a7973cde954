// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd::faults {

/// What the application, its sender and its attackers do.
enum class Scenario : std::uint8_t {
  confirm,    ///< Update, restart, confirm; to the last model.
  expire,     ///< Never confirm: each new model falls back when its boots are used up; once.
  replace,    ///< Half of a foreign patch first, then the right one.
  abandon,    ///< Part of the right patch, `abort` in the middle of whatever it does, then again.
  corrupt,    ///< A damaged patch to its end, then the right one.
  step_back,  ///< Update, confirm, revert, update again.
  bad_link,   ///< Chunks come twice, late, not at all, out of order; each says where it belongs.
  mixed_up,   ///< Before the right patch: one for another base, two interleaved, chunks without offsets lost.
  hostile,    ///< Before the right patch: its manifest with a body that is full of journal records.
  shrink,     ///< A long patch given up near its end, then short models, then a long one again.
  two_updaters,  ///< Half by one updater, all by another, then the first one again.
  reset,         ///< Update, confirm, `reset`; then a full model.
  relocate,      ///< Firmware with other slot addresses boots in between, and must leave all as it is.
  staged,        ///< Fragments in any order into a staging area, and from there to the updater.
};
constexpr unsigned kScenarios = 14;
const char* name_of(Scenario scenario);

}  // namespace tmd::faults
