// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "support/simulated_flash.hpp"
#include "tmd/updater.hpp"

namespace tmd::faults {

using Bytes = std::vector<std::uint8_t>;

inline ConstBytes view(const Bytes& bytes) {
  return ConstBytes(bytes.data(), bytes.size());
}

/// Hears how many target bytes are in the slot.
struct WrittenObserver {
  std::uint32_t* written = nullptr;

  void on_progress(std::uint32_t bytes, std::uint32_t /*total*/) { *written = bytes; }
  void on_end(Status /*status*/) {}
};

/// The configuration under test: small numbers, so that a few kilobytes meet every boundary.
struct FaultConfig : DefaultConfig<test::SimulatedFlash> {
  using Decoder = codec::Decoder<codec::SmallConfig>;
  using Observer = WrittenObserver;
  static constexpr bool kFormat1 = true;
  static constexpr std::uint32_t kPageSize = 256;
  static constexpr std::uint32_t kCheckpointInterval = 64;
  static constexpr std::uint8_t kTrialBoots = 3;
};

/// How much journal a device has. Roomy: an update's whole log and state fit. Tight: only what the layout
/// check asks for, so banks are switched all the time and logs end early.
enum class JournalSize : std::uint8_t { roomy, medium, tight };

struct PatchFile {
  Bytes bytes;
  std::uint32_t manifest_size = 0;

  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes.size()); }
  std::uint32_t identity() const { return Crc32::of(view(bytes).first(manifest_size)); }
};

/// A device's life to come: models of which each is an update of the one before it, and patches between them.
struct Workload {
  test::FlashPart part;
  JournalSize journal;
  Layout layout;
  std::vector<Bytes> models;
  std::vector<PatchFile> patches;  ///< From models[i] to models[i + 1].
  PatchFile foreign_patch;         ///< From models[0] to something else.
  PatchFile patch_for_another_base;
  FactoryModel factory;

  std::uint32_t flash_size() const { return layout.journal.end(); }
  /// Flash as it leaves the factory: the first model in slot A, the rest erased.
  test::SimulatedFlash new_flash(std::uint64_t seed) const;
};

/// `updates` updates of models of about `model_size` bytes. The same seed gives the same models.
Workload make_workload(const test::FlashPart& part, JournalSize journal, unsigned format,
                       std::uint32_t model_size, unsigned updates, std::uint64_t seed);

}  // namespace tmd::faults
