// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/staging.hpp"

namespace tmd {

/// Applies a complete staged patch through an updater that was begun or resumed, from where it stands.
/// Nothing of the update itself is known here: the updater checks the patch as it does one from a radio.
///
///     status = updater.resume(identity);  // of this patch; `tmd inspect` prints it
///     if (status == tmd::Status::not_found) status = updater.begin();
///     while ((status = tmd::apply_staged(staging, updater)) == tmd::Status::would_block) wait();
///
/// ok: the new model is active, on trial; would_block: call again; not_found: a fragment is missing;
/// read_failed; every error of the updater's `feed_at` and `finish`. After a power cut: resume the updater,
/// call again.
template <class Staging, class Updater>
[[nodiscard]] Status apply_staged(Staging& staging, Updater& updater) {
  std::uint8_t chunk[64] = {};
  for (;;) {
    const std::uint32_t offset = updater.resume_offset();
    const std::uint32_t left =
        offset < staging.plan().patch_length ? staging.plan().patch_length - offset : 0;
    if (left == 0) return updater.finish();
    const MutableBytes part = MutableBytes(chunk).first(left);
    Status status = staging.read(offset, part);
    if (status != Status::ok) return status;
    status = updater.feed_at(offset, part).status;
    if (status == Status::ready_to_finish) return updater.finish();
    if (status != Status::need_more && status != Status::offset_gap) return status;
  }
}

}  // namespace tmd
