// SPDX-License-Identifier: Apache-2.0
#include "system/faults/workload.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "codec/encode_body.hpp"
#include "format/container.hpp"
#include "support/format1_patch.hpp"
#include "system/faults/builds.hpp"

namespace tmd::faults {

namespace {

Bytes random_bytes(std::size_t size, test::Chance& chance) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = chance.byte();
  return bytes;
}

/// The model after some training: a few stretches differ, and its length does.
Bytes retrained(const Bytes& model, test::Chance& chance) {
  Bytes next = model;
  next.resize(model.size() + chance.below(200));
  for (unsigned stretch = 0; stretch < 6; ++stretch) {
    const std::size_t at = chance.below(static_cast<std::uint32_t>(next.size()));
    const std::size_t end = std::min<std::size_t>(next.size(), at + 20 + chance.below(100));
    for (std::size_t i = at; i < end; ++i) next[i] = chance.byte();
  }
  for (std::size_t i = model.size(); i < next.size(); ++i) next[i] = chance.byte();
  return next;
}

/// Format 1: one chunk for each run of bytes that differ.
PatchFile format1_between(const Bytes& base, const Bytes& target) {
  std::vector<test::Chunk> chunks;
  std::size_t at = 0;
  const auto differs = [&](std::size_t i) { return i >= base.size() || base[i] != target[i]; };
  while (at < target.size()) {
    if (!differs(at)) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < target.size() && differs(end)) ++end;
    chunks.push_back({static_cast<std::uint32_t>(at), 0,
                      Bytes(target.begin() + static_cast<std::ptrdiff_t>(at),
                            target.begin() + static_cast<std::ptrdiff_t>(end))});
    at = end;
  }
  PatchFile patch{test::format1_patch(base, target, chunks), format1::kHeaderSize, 0, 0};
  patch.identity = identity_of_patch(patch.bytes);
  return patch;
}

PatchFile format2_between(const Setup& setup, const Bytes& base, const Bytes& target, std::uint32_t counter) {
  host::EncodeOptions options;
  options.decoder_ram = decoder_size();
  options.effort = host::Effort::quick;
  const host::EncodedBody body = host::encode_body(view(base), view(target), options);
  const bool is_signed = takes_signed_only(setup.build);
  const DigestKind kind = is_signed ? DigestKind::sha256 : DigestKind::crc32;
  host::format::PatchParts parts;
  parts.base = digest_of(kind, view(base));
  parts.target = digest_of(kind, view(target));
  parts.base_length = static_cast<std::uint32_t>(base.size());
  parts.target_length = static_cast<std::uint32_t>(target.size());
  parts.codec_parameters = body.parameters;
  parts.body_length = static_cast<std::uint32_t>(body.bytes.size());
  parts.authenticated = is_signed;
  Bytes value(4);
  store_le32(value.data(), counter);
  parts.entries.push_back({EntryNumber::security_counter, false, value});
  const Bytes manifest = host::format::write_manifest(parts);
  PatchFile patch;
  patch.bytes =
      host::format::join_patch(manifest, is_signed ? signature_over(manifest) : Bytes(), body.bytes);
  patch.manifest_size = static_cast<std::uint32_t>(patch.bytes.size() - body.bytes.size());
  patch.identity = identity_of_patch(patch.bytes);
  patch.security_counter = counter;
  return patch;
}

PatchFile patch_between(const Setup& setup, const Bytes& base, const Bytes& target, std::uint32_t counter) {
  return setup.format == 1 ? format1_between(base, target) : format2_between(setup, base, target, counter);
}

std::vector<Bytes> make_models(const Setup& setup, test::Chance& chance) {
  std::vector<Bytes> models = {random_bytes(setup.model_size, chance)};
  for (unsigned i = 0; i < setup.updates; ++i) {
    // A hostile body stands in for an honest one of the same length: one that is all literals.
    const bool literal = setup.scenario == Scenario::hostile && i == 0;
    models.push_back(literal ? random_bytes(setup.model_size, chance) : retrained(models[i], chance));
  }
  if (setup.scenario != Scenario::shrink) return models;
  // The last model is the one that was given up first; those between are short.
  for (unsigned i = 1; i < setup.updates; ++i) models[i].resize(setup.model_size / 4 + 16 * i);
  return models;
}

Material make_material(const Setup& setup, std::uint64_t seed) {
  test::Chance chance(seed);
  Material material;
  material.models = make_models(setup, chance);
  const std::vector<Bytes>& models = material.models;
  std::uint32_t counter = 0;
  for (unsigned i = 0; i < setup.updates; ++i)
    material.patches.push_back(patch_between(setup, models[i], models[i + 1], ++counter));
  const Bytes foreign = setup.scenario == Scenario::shrink ? models.back() : retrained(models[0], chance);
  material.foreign_patch = patch_between(setup, models[0], foreign, 1);
  const Bytes stranger = random_bytes(setup.model_size, chance);
  material.patch_for_another_base = patch_between(setup, stranger, retrained(stranger, chance), counter);
  Setup with_format2 = setup;
  with_format2.format = 2;
  material.full_patch = patch_between(with_format2, {}, models.back(), counter);
  return material;
}

/// Encoding takes longer than a run, and most setups differ in what the device is only.
const Material& material_for(const Setup& setup, std::uint64_t seed) {
  static std::map<std::string, Material> made;
  const bool is_special = setup.scenario == Scenario::hostile || setup.scenario == Scenario::shrink;
  const std::string key = std::to_string(setup.format) + (takes_signed_only(setup.build) ? "s" : "u") +
                          std::to_string(setup.model_size) + "," + std::to_string(setup.updates) +
                          (is_special ? name_of(setup.scenario) : "") + std::to_string(seed);
  const auto found = made.find(key);
  return found != made.end() ? found->second : made.emplace(key, make_material(setup, seed)).first->second;
}

/// Whole erase blocks from `address` on that hold at least so many bytes.
Region take_blocks(const test::FlashPart& part, std::uint32_t base, std::uint32_t& offset,
                   std::uint32_t bytes) {
  Region region{base + offset, 0};
  while (region.size < bytes) {
    const std::uint32_t size = part.erase_size_at(offset);
    region.size += size;
    offset += size;
  }
  return region;
}

/// Slots and journal, one behind the other on one chip, or the journal on a chip of its own.
void lay_out(Workload& work) {
  const Setup& setup = work.setup;
  std::size_t largest = 0;
  for (const Bytes& model : work.models) largest = std::max(largest, model.size());
  const std::uint32_t slot = static_cast<std::uint32_t>(largest) + 250;
  std::uint32_t offset = 0;
  const bool together = setup.journal_part.name == setup.part.name;
  const bool journal_first = together && setup.part.sectors[0].count != 0;
  const auto take_journal = [&](std::uint32_t base) {
    return take_blocks(setup.journal_part, base, offset, journal_bytes(setup));
  };
  if (journal_first) work.layout.journal = take_journal(0);
  work.layout.slot_a = take_blocks(setup.part, 0, offset, slot);
  work.layout.slot_b = take_blocks(setup.part, 0, offset, slot);
  if (together && !journal_first) work.layout.journal = take_journal(0);
  // A patch is no larger than its target and a little; marks have erase blocks of their own.
  if (setup.scenario == Scenario::staged) {
    work.staging = take_blocks(setup.part, 0, offset, 2 * slot + 8192 + 40 * setup.part.program_size);
    for (unsigned i = 0; i < 3; ++i) work.staging.size += take_blocks(setup.part, 0, offset, 1).size;
  }
  work.chips = {{setup.part, offset}};
  if (together) return;
  const std::uint32_t base = offset;
  offset = 0;
  work.layout.journal = take_journal(base);
  work.chips.push_back({setup.journal_part, offset});
}

}  // namespace

const char* name_of(Build build) {
  constexpr const char* kNames[] = {"plain", "checked", "apart", "memory"};
  return kNames[static_cast<unsigned>(build)];
}
const char* name_of(JournalSize size) {
  constexpr const char* kNames[] = {"roomy", "medium", "tight"};
  return kNames[static_cast<unsigned>(size)];
}

test::SimulatedFlash Workload::new_flash(std::uint64_t seed) const {
  test::SimulatedFlash flash(chips, seed);
  if (setup.build == Build::apart || setup.build == Build::memory) flash.drive_apart();
  Bytes padded = models[0];
  const std::uint32_t unit = setup.part.program_size;
  padded.resize((padded.size() + unit - 1) / unit * unit);
  flash.install(layout.slot_a.address, view(padded));
  return flash;
}

Workload make_workload(const Setup& setup, std::uint64_t seed) {
  Workload work{};
  static_cast<Material&>(work) = material_for(setup, seed);
  work.setup = setup;
  lay_out(work);
  const DigestKind kind = takes_signed_only(setup.build) ? DigestKind::sha256 : DigestKind::crc32;
  work.factory.length = static_cast<std::uint32_t>(work.models[0].size());
  for (const Bytes& model : work.models) work.digests.push_back(digest_of(kind, view(model)));
  work.factory.digest = work.digests[0];
  return work;
}

}  // namespace tmd::faults
