// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "fleet/release_log.hpp"

namespace tmd::host::fleet {

// A published tree, which any web server, object store or CDN serves as it lies there (docs/publish.md):
//
//     TREE/o/<sha256>                          a patch; never changes
//     TREE/c/<channel>/<bucket>/<base>         a pointer: what a device of this bucket with this base takes
//     TREE/audit.jsonl                         every change; all else follows from it
//     TREE/.lock, TREE/.new                    not served

/// A change to make.
struct PublishPlan {
  std::filesystem::path tree;  ///< Made where it is absent.
  std::string channel;         ///< Letters, digits, '-' and '_'.
  unsigned percent = 100;
  bool withdraw = false;
  std::string who;
  std::string time;
  ReleaseLog::Sign sign;  ///< Signs the entry; none: it is unsigned.
  ProgressHook on_progress;
  /// Called before each operation that changes a file: for tests that end the process there.
  std::function<void()> before_operation;
};

struct PublishReport {
  bool changed = false;  ///< The log has another entry.
  std::size_t objects_written = 0;
  std::size_t pointers_written = 0;
  std::size_t pointers_removed = 0;
};

/// Publishes what lies in `patches` (as `tmd diff --bases` leaves it), changes its share, or withdraws it. Waits where
/// another one is at the tree. Objects come first, then the log's entry, then pointers, each by a rename: whoever reads
/// the tree at any moment finds no pointer without its object, and a run that was killed is brought to its end by the
/// next one. Throws Error where a patch is not what its manifest says, whenever it became so, knows its models by no
/// SHA-256, or the release was withdrawn before; where the tree has pointers and no log, or anything but plain files
/// and folders in their places: then nothing was written.
PublishReport publish(const std::filesystem::path& patches, const PublishPlan& plan);

/// What is wrong with a tree, a line each; empty: nothing. Reads every object. `check_signature` is called with each
/// entry's text and signature and answers what is wrong with it, or nothing. Throws Error where there is no tree.
using CheckSignature = std::function<std::string(const std::string& text, const std::string& signature)>;
std::vector<std::string> verify_tree(const std::filesystem::path& tree, const CheckSignature& check_signature,
                                     const ProgressHook& on_progress);

}  // namespace tmd::host::fleet
