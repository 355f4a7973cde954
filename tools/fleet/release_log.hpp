// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/fleet_manifest.hpp"

namespace tmd::host::fleet {

/// One change of a published tree.
struct ReleaseEntry {
  enum class Action { publish, withdraw };

  Action action = Action::publish;
  std::string time;  ///< UTC, as RFC 3339 has it.
  std::string who;
  std::string channel;
  unsigned percent = 100;  ///< Of the device buckets that the release is for; 0: none, it pauses.
  FleetManifest release;   ///< The target, and its patches by their SHA-256. Withdrawn: the target alone.
  std::string signature;   ///< Hexadecimal, over the entry's text without it; empty: unsigned.
};

/// Letters, digits, '-' and '_', at most 64: a channel is a folder of the tree.
bool is_channel(const std::string& name);

/// The log of a tree: a line of JSON for each change, each with the SHA-256 of the line before it. What the tree is to
/// contain follows from it alone.
class ReleaseLog {
 public:
  ReleaseLog() = default;
  /// Throws Error, naming the line, where the text is no such log, the chain is broken, or a line is not to the byte
  /// what `append` writes.
  explicit ReleaseLog(std::string_view text);

  const std::vector<ReleaseEntry>& entries() const { return entries_; }
  const std::string& text() const { return text_; }
  /// Puts an entry at the end. `sign`: makes the signature of its text; none where it is empty.
  using Sign = std::function<std::string(const std::string& text)>;
  void append(ReleaseEntry entry, const Sign& sign);

  /// Calls `check` with the text and the signature of each entry.
  void for_each_signature(
      const std::function<void(const std::string& text, const std::string& signature)>& check) const;

 private:
  std::vector<ReleaseEntry> entries_;
  std::string text_;
  std::string last_digest_;  ///< Of the last line; empty before the first.
};

}  // namespace tmd::host::fleet
