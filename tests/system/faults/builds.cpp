// SPDX-License-Identifier: Apache-2.0
#include "system/faults/builds.hpp"

#include <algorithm>

#include "system/faults/device_of.hpp"
#include "tmd/internal/format/identity.hpp"

namespace tmd::faults {

std::uint32_t decoder_size() {
  return sizeof(CommonConfig::Decoder);
}

std::uint32_t journal_bytes(const Setup& setup) {
  // What each bank has beyond the least: the logs of a few updates, also of wrong ones. Records take whole rows.
  const std::uint32_t unit = std::max(16U, setup.journal_part.program_size);
  const std::uint32_t log = 8192 + 12 * setup.model_size + 200 * 4 * (unit - 16);
  std::uint32_t bytes = least_journal_bytes(setup);
  if (setup.journal == JournalSize::roomy) bytes += 2 * log;
  if (setup.journal == JournalSize::medium) bytes += log / 10;
  return bytes;
}

std::uint32_t longest_record_calls(std::uint32_t program_unit) {
  detail::RowSize row;
  row.bytes = std::max(16U, program_unit);
  return row.record(sizeof(UpdateState<CommonConfig>)) / row.call() + 3;
}

detail::Banks journal_banks(const Workload& work, const test::SimulatedFlash& flash) {
  test::SimulatedFlash copy = flash;
  const FlashPort<test::SimulatedFlash> port(copy);
  detail::Banks banks;
  (void)banks.split(port, work.journal());
  return banks;
}

bool is_used_by_journal(const Workload& work, const test::SimulatedFlash& flash, std::uint32_t address) {
  const detail::Banks banks = journal_banks(work, flash);
  return banks.bank[0].overlaps({address, 1}) || banks.bank[1].overlaps({address, 1});
}

Bytes signature_over(const Bytes& manifest) {
  std::uint8_t bytes[32];
  sign(view(manifest), bytes);
  return Bytes(bytes, bytes + sizeof(bytes));
}

std::uint32_t identity_of_patch(const Bytes& patch) {
  Manifest manifest;
  (void)parse_manifest<true>(view(patch), manifest);
  return identity_of(view(patch), manifest);
}

}  // namespace tmd::faults
