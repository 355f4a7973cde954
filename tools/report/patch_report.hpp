// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/check.hpp"
#include "patch/patch_file.hpp"
#include "report/flash_run.hpp"
#include "report/other_tools.hpp"
#include "report/weight_moves.hpp"

namespace tmd::host::report {

/// Everything that a page about one step says.
struct PatchReport {
  std::string base_name;
  std::string target_name;
  std::uint64_t base_bytes = 0;
  std::uint64_t target_bytes = 0;
  patch::PatchFile patch;
  bool was_given = false;  ///< The patch was given; else it was made for this page.
  std::vector<LayerCost> layers;
  std::uint64_t explained_body =
      0;  ///< Bytes of the body that `layers` is about: the patch's, or that of tmd diff.
  std::optional<model::CheckReport> check;  ///< None: base or target is no TFLite model.
  std::vector<OtherSize> others;
  FlashRun flash;
};

/// The whole page, as HTML.
std::string to_html(const PatchReport& report);

}  // namespace tmd::host::report
