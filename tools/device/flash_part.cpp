// SPDX-License-Identifier: Apache-2.0
#include "device/flash_part.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace tmd::host::device {

std::uint32_t slot_for(std::uint32_t length, std::uint32_t erase_size) {
  return std::max<std::uint32_t>(1, (length + erase_size - 1) / erase_size) * erase_size;
}

FactoryModel factory_model(ConstBytes model) {
  FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(model.size());
  factory.digest = digest_of(DigestKind::sha256, model);
  return factory;
}

void program_factory_model(FileFlash& flash, const Part& part, ConstBytes model) {
  if (model.size() > part.slot_size) {
    throw Error(fmt::format("a model of {} bytes does not fit a slot of {}; make the slots larger",
                            model.size(), part.slot_size));
  }
  const std::size_t whole = model.size() / part.program_size * part.program_size;
  Status status = whole == 0 ? Status::ok : flash.program(0, model.first(whole));
  if (status == Status::ok && whole < model.size()) {
    Bytes last(part.program_size, FileFlash::kErased);
    copy_bytes(model.from(whole), MutableBytes(last.data(), last.size()));
    status = flash.program(static_cast<std::uint32_t>(whole), ConstBytes(last.data(), last.size()));
  }
  if (status != Status::ok) throw Error(fmt::format("the flash image: {}", to_string(status)));
}

OneSlotPart one_slot_part(const codec::ReadWindow& window, std::uint32_t model_bytes,
                          std::uint32_t journal_bytes, std::uint32_t staging_bytes,
                          std::uint32_t program_size) {
  const std::uint32_t block = window.block_size;
  OneSlotPart part{};
  part.layout.slot_a = {0, slot_for(model_bytes, block)};
  part.layout.slot_b = {part.layout.slot_a.end(), window.spare * block};
  part.layout.journal = {part.layout.slot_b.end(), slot_for(journal_bytes, block)};
  part.staging = {part.layout.journal.end(), slot_for(staging_bytes, block)};
  part.geometry = {part.staging.end(), block, program_size};
  return part;
}

void refuse_image(const FileFlash& flash, Status status) {
  const char* advice = status == Status::invalid_layout
                           ? "tmd size says how large a journal is at least"
                           : "give the image that the simulation left, or a fresh one";
  throw Error(fmt::format("the flash image {}: {}; {}", flash.path().string(), to_string(status), advice));
}

void require_model(const ActiveModel& active, const std::filesystem::path& path, ConstBytes model) {
  const bool same_length = active.region.size == model.size();
  if (same_length && (!active.present || digest_of(active.digest.kind, model) == active.digest)) return;
  throw Error(fmt::format(
      "the flash image holds another model than {}; give the model that it holds, or a fresh image",
      path.string()));
}

}  // namespace tmd::host::device
