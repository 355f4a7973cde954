// SPDX-License-Identifier: Apache-2.0
#include "faults/workload.hpp"

#include <algorithm>

#include "codec/encode_body.hpp"
#include "format/container.hpp"
#include "support/format1_patch.hpp"

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
  return {test::format1_patch(base, target, chunks), format1::kHeaderSize};
}

PatchFile format2_between(const Bytes& base, const Bytes& target) {
  host::EncodeOptions options;
  options.decoder_ram = sizeof(FaultConfig::Decoder);
  const host::EncodedBody body = host::encode_body(view(base), view(target), options);
  host::format::PatchParts parts;
  parts.base = digest_of(DigestKind::crc32, view(base));
  parts.target = digest_of(DigestKind::crc32, view(target));
  parts.base_length = static_cast<std::uint32_t>(base.size());
  parts.target_length = static_cast<std::uint32_t>(target.size());
  parts.codec_parameters = body.parameters;
  parts.body_length = static_cast<std::uint32_t>(body.bytes.size());
  const Bytes manifest = host::format::write_manifest(parts);
  return {host::format::join_patch(manifest, {}, body.bytes), static_cast<std::uint32_t>(manifest.size())};
}

PatchFile patch_between(unsigned format, const Bytes& base, const Bytes& target) {
  return format == 1 ? format1_between(base, target) : format2_between(base, target);
}

std::uint32_t whole_blocks(std::uint32_t bytes, std::uint32_t block) {
  return (bytes + block - 1) / block * block;
}

std::uint32_t bank_bytes(const test::FlashPart& part, JournalSize size) {
  const std::uint32_t align = record_layout::alignment(part.program_size);
  const std::uint32_t snapshot = record_layout::total_size(sizeof(Snapshot), align) + record_layout::kChunk;
  const std::uint32_t state =
      record_layout::total_size(Checkpoints<FaultConfig>::kStateSize, align) + record_layout::kChunk;
  switch (size) {
    case JournalSize::roomy:
      return 8 * snapshot + 2 * state + 8 * 1024;
    case JournalSize::medium:
      return 6 * snapshot + state + 1024;
    case JournalSize::tight:
      break;
  }
  return 3 * snapshot;
}

}  // namespace

test::SimulatedFlash Workload::new_flash(std::uint64_t seed) const {
  test::SimulatedFlash flash(part, flash_size(), seed);
  Bytes padded = models[0];
  padded.resize(whole_blocks(static_cast<std::uint32_t>(padded.size()), part.program_size));
  flash.install(layout.slot_a.address, view(padded));
  return flash;
}

Workload make_workload(const test::FlashPart& part, JournalSize journal, unsigned format,
                       std::uint32_t model_size, unsigned updates, std::uint64_t seed) {
  test::Chance chance(seed);
  Workload work{part, journal, {}, {}, {}, {}, {}, {}};
  work.models.push_back(random_bytes(model_size, chance));
  for (unsigned i = 0; i < updates; ++i) {
    work.models.push_back(retrained(work.models[i], chance));
    work.patches.push_back(patch_between(format, work.models[i], work.models[i + 1]));
  }
  work.foreign_patch = patch_between(format, work.models[0], retrained(work.models[0], chance));
  const Bytes stranger = random_bytes(model_size, chance);
  work.patch_for_another_base = patch_between(format, stranger, retrained(stranger, chance));
  const std::uint32_t slot =
      whole_blocks(model_size + 250 * updates + 250, std::max(part.erase_size, FaultConfig::kPageSize));
  const std::uint32_t bank = whole_blocks(bank_bytes(part, journal), part.erase_size);
  work.layout = {{0, slot}, {slot, slot}, {2 * slot, 2 * bank}};
  work.factory.length = static_cast<std::uint32_t>(work.models[0].size());
  work.factory.digest = digest_of(DigestKind::crc32, view(work.models[0]));
  return work;
}

}  // namespace tmd::faults
