// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/simulated_flash.hpp"
#include "system/faults/scenario.hpp"
#include "tmd/model_store.hpp"

namespace tmd::faults {

using test::Bytes;
using test::view;

/// How much journal a device has. Roomy: an update's whole log and state fit. Tight: only what the layout
/// check asks for, so banks are switched all the time and logs end early.
enum class JournalSize : std::uint8_t { roomy, medium, tight };

/// Which build of the library a device runs.
enum class Build : std::uint8_t {
  plain,    ///< Takes unsigned patches; the journal lies in the slots' flash.
  checked,  ///< Signed patches only; at each boot the active model's digest is read.
  apart,    ///< As plain; the journal lies in another flash, behind a driver of its own.
  memory,   ///< As checked; the journal lies in memory without erase blocks, bytes or items.
};
constexpr unsigned kBuilds = 4;
const char* name_of(Build build);
const char* name_of(JournalSize size);

struct PatchFile {
  Bytes bytes;
  std::uint32_t manifest_size = 0;
  std::uint32_t identity = 0;
  std::uint32_t security_counter = 0;

  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes.size()); }
};

/// What a device and its history are made of.
struct Setup {
  test::FlashPart part;          ///< Of the slots.
  test::FlashPart journal_part;  ///< The same, or where the journal lies.
  Build build = Build::plain;
  JournalSize journal = JournalSize::roomy;
  Scenario scenario = Scenario::confirm;
  unsigned format = 2;
  std::uint32_t model_size = 2500;
  unsigned updates = 2;
};

/// What is sent to a device: models of which each is an update of the one before it, and patches between them.
struct Material {
  std::vector<Bytes> models;
  std::vector<PatchFile> patches;  ///< From models[i] to models[i + 1].
  PatchFile full_patch;            ///< From nothing to the last model.
  PatchFile foreign_patch;         ///< From models[0] to something else.
  PatchFile patch_for_another_base;
};

/// A device and its history to come.
struct Workload : Material {
  Setup setup;
  Layout layout;
  Region staging;  ///< Empty where the scenario has none.
  std::vector<test::FlashChip> chips;
  std::vector<PatchFile> hostile;  ///< patches[0] with bodies of an attacker's.
  FactoryModel factory;
  std::vector<Digest> digests;  ///< Of the models, of the kind that this build's patches declare.

  /// Flash as it leaves the factory: the first model in slot A, the rest erased.
  test::SimulatedFlash new_flash(std::uint64_t seed) const;
  Region slot(SlotId id) const { return id == SlotId::a ? layout.slot_a : layout.slot_b; }
  /// Of the journal, as an address of the simulated flash.
  Region journal() const { return layout.journal; }
};

/// The same setup and seed give the same models.
Workload make_workload(const Setup& setup, std::uint64_t seed);

}  // namespace tmd::faults
