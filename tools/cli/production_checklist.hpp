// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/firmware_facts.hpp"
#include "model/open_model.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::cli {

/// How a box of the checklist stands.
enum class BoxState {
  pass,
  fail,
  undecided,  ///< Not decidable from what was given; the text says what is missing.
};

struct Box {
  std::string name;  ///< Stable, for programs: "int8", "slot", …
  BoxState state = BoxState::undecided;
  std::string text;  ///< For people, one line.
};

/// What is known of a release.
struct ReleaseFacts {
  const model::OpenModel* target = nullptr;
  std::uint32_t arena_bytes = 0;                               ///< That the target needs.
  std::optional<model::FirmwareFacts> firmware;                ///< From the limits header.
  std::uint32_t slot_bytes = 0;                                ///< 0: as the firmware says, or unknown.
  const patch::PatchFile* patch = nullptr;                     ///< Null: not given.
  std::optional<std::array<std::uint16_t, 3>> version_before;  ///< Of the release before.
  std::optional<std::uint32_t> counter_before;                 ///< Security counter of the release before.
};

/// The boxes of a production checklist that files can decide: int8 throughout, slot and arena below 80 %, a patch
/// smaller than the model, signed, encrypted, version and security counter raised, lineage and self-test present.
std::vector<Box> production_checklist(const ReleaseFacts& release);

/// "pass", "fail", "undecided".
std::string_view to_string(BoxState state);

}  // namespace tmd::host::cli
