// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/staging.hpp"

namespace tmd {

/// Applies a complete staged patch through an updater that was begun or resumed, from where it stands.
/// Nothing of the update itself is known here: the updater checks the patch as it does one from a radio.
///
///     status = updater.resume(identity);  // of this patch; `tmd inspect` prints it
///     if (tmd::is_error(status)) status = updater.begin();
///     while ((status = tmd::apply_staged(staging, updater)) == tmd::Status::would_block) wait();
///
/// A call gives the updater what one piece of the staging holds, straight from the staging's own memory; each byte is
/// read from flash once. ok: the new model is active, on trial; would_block: call again; not_found: a fragment is
/// missing or damaged and the update stays open: store what `next_missing` names, then call again; every status of
/// the updater's `feed_at` and `finish` that ends an update; wrong_state where the staging or the updater is not open;
/// body_truncated where the patch goes on behind the plan's end, and where no plan was opened since the start. After a
/// power cut: open the staging, resume the updater, call again.
template <class Staging, class Updater>
[[nodiscard]] Status apply_staged(Staging& staging, Updater& updater) {
  const std::uint32_t offset = updater.resume_offset();
  Status status = Status::ready_to_finish;
  if (offset < staging.plan().patch_length) {
    ConstBytes bytes;
    status = staging.view(offset, bytes);
    if (status != Status::ok) return status;
    status = updater.feed_at(offset, bytes).status;
  }
  if (status == Status::ready_to_finish) status = updater.finish();
  // offset_gap: what the updater had logged can't be read any more, and the next call begins before it.
  return status == Status::need_more || status == Status::offset_gap ? Status::would_block : status;
}

}  // namespace tmd
