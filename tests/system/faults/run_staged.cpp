// SPDX-License-Identifier: Apache-2.0
// A patch that arrives out of order, into the staging area, and is applied from there.
#include <numeric>

#include "system/faults/run.hpp"

namespace tmd::faults {

namespace {

/// Whole program units of every part.
constexpr std::uint32_t kFragment = 512;

}  // namespace

void Run::update_staged(const PatchFile& patch, unsigned generation) {
  collect_fragments(patch);
  Status status = patiently([&] { return device_->resume(patch.identity); });
  if (status == Status::not_found)
    begin(patch);
  else
    must_succeed(status, "resume");
  expect_switch(patch, generation);
  status = patiently([&] { return device_->apply_staged(); });
  if (status == Status::not_found) {
    // What can't be read, or reads otherwise than when it was stored, is sent again.
    require(oracle_.log_damaged || oracle_.worn || oracle_.unsteady_cut || flash_.faults().struck(),
            "a staged fragment is gone");
    collect_fragments(patch);
    status = patiently([&] { return device_->apply_staged(); });
  }
  must_succeed(status, "apply_staged");
  note_switch(generation);
}

/// Sends what is missing in an order of its own. What the device said that it stored is never missing again.
void Run::collect_fragments(const PatchFile& patch) {
  const FragmentPlan plan{patch.identity, patch.size(), kFragment};
  // What was stored of another patch may be gone from the first erase on.
  if (oracle_.staged_patch != patch.identity) oracle_.staged.assign(plan.count(), 0);
  oracle_.staged_patch = patch.identity;
  must_succeed(patiently([&] { return device_->open_staging(plan); }), "open_staging");
  std::vector<std::uint32_t> order(plan.count());
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[chance_.below(static_cast<std::uint32_t>(i))]);
  for (const std::uint32_t index : order) {
    if (!device_->is_missing(index)) continue;
    require(oracle_.staged[index] == 0 || oracle_.log_damaged || oracle_.worn || flash_.faults().struck(),
            "a fragment that was stored is missing");
    const Status status = patiently([&] {
      const ConstBytes fragment = view(patch.bytes).slice(index * kFragment, kFragment);
      piece_.assign(fragment.begin(), fragment.end());
      return device_->store_fragment(index, view(piece_));
    });
    must_succeed(status, "store");
    oracle_.staged[index] = 1;
  }
}

}  // namespace tmd::faults
