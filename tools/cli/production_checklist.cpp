// SPDX-License-Identifier: Apache-2.0
#include "cli/production_checklist.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/numbers.hpp"

namespace tmd::host::cli {
namespace {

/// What may be filled, so that the next model fits too.
constexpr std::uint64_t kMostPercent = 80;

Box box(const char* name, bool passes, std::string text) {
  return {name, passes ? BoxState::pass : BoxState::fail, std::move(text)};
}

Box undecided(const char* name, std::string what) {
  return {name, BoxState::undecided, std::move(what)};
}

/// Integers of 16 bits and more are accumulators, biases and indices of int8 models.
bool is_integer(model::TensorType type) {
  switch (type) {
    case model::TensorType::INT4:
    case model::TensorType::INT8:
    case model::TensorType::INT16:
    case model::TensorType::INT32:
    case model::TensorType::INT64:
    case model::TensorType::BOOL:
    case model::TensorType::RESOURCE:
      return true;
    default:
      return false;
  }
}

Box int8_box(const model::Model& model) {
  std::set<std::string> others;
  std::size_t count = 0;
  for (const model::Subgraph& graph : model.subgraphs) {
    for (const model::Tensor& tensor : graph.tensors) {
      if (is_integer(tensor.type)) continue;
      ++count;
      others.insert(model::type_name(tensor.type));
    }
  }
  if (count == 0) return box("int8", true, "no tensor has another type than integers");
  return box("int8", false, fmt::format("{} tensors are {}", count, fmt::join(others, ", ")));
}

Box filling_box(const char* name, std::uint64_t used, std::uint64_t room) {
  const bool passes = used * 100 < room * kMostPercent;
  return box(name, passes,
             fmt::format("{} of {} bytes, {:.0f} %, {} {} %", with_commas(used), with_commas(room),
                         100.0 * static_cast<double>(used) / static_cast<double>(room),
                         passes ? "below" : "not below", kMostPercent));
}

Box slot_box(const ReleaseFacts& release) {
  const std::uint32_t room = release.slot_bytes != 0 ? release.slot_bytes
                             : release.firmware      ? release.firmware->slot_bytes
                                                     : 0;
  if (room == 0)
    return undecided("slot", "--slot-size, or a limits header with kSlotBytes, says how large slots are");
  return filling_box("slot", release.target->bytes.size(), room);
}

Box arena_box(const ReleaseFacts& release) {
  if (!release.firmware || release.firmware->arena_bytes == 0)
    return undecided("arena", "a limits header (--limits) says how large the arena is");
  return filling_box("arena", release.arena_bytes, release.firmware->arena_bytes);
}

const Entry* entry_of(const patch::PatchFile& patch, EntryNumber number) {
  const auto found = std::find_if(patch.entries.begin(), patch.entries.end(),
                                  [&](const Entry& entry) { return entry.number == number; });
  return found == patch.entries.end() ? nullptr : &*found;
}

Box version_box(const ReleaseFacts& release) {
  const Entry* entry = entry_of(*release.patch, EntryNumber::model_version);
  if (entry == nullptr) return box("version", false, "the patch states no version (--meta version=…)");
  std::array<std::uint16_t, 3> version{};
  for (std::size_t i = 0; i < 3; ++i) version[i] = load_le16(entry->value.data() + 2 * i);
  const std::string text = fmt::format("{}", fmt::join(version, "."));
  if (!release.version_before)
    return undecided("version", fmt::format("{} is stated; --version-before says what it must exceed", text));
  const bool raised = version > *release.version_before;
  return box("version", raised,
             fmt::format("{} {} {}", text, raised ? "follows" : "does not follow",
                         fmt::join(*release.version_before, ".")));
}

Box counter_box(const ReleaseFacts& release) {
  const Entry* entry = entry_of(*release.patch, EntryNumber::security_counter);
  if (entry == nullptr)
    return box("counter", false, "the patch states no security counter (--meta counter=…)");
  const std::uint32_t counter = load_le32(entry->value.data());
  if (!release.counter_before)
    return undecided("counter",
                     fmt::format("{} is stated; --counter-before says what it must exceed", counter));
  const bool raised = counter > *release.counter_before;
  return box("counter", raised,
             fmt::format("{} is {} {}", counter, raised ? "above" : "not above", *release.counter_before));
}

Box presence_box(const char* name, const ReleaseFacts& release, EntryNumber number, const char* how) {
  const bool there = entry_of(*release.patch, number) != nullptr;
  return box(name, there, there ? "the patch brings it" : fmt::format("the patch has none ({})", how));
}

void add_patch_boxes(const ReleaseFacts& release, std::vector<Box>& boxes) {
  if (release.patch == nullptr) {
    for (const char* name : {"size", "signed", "encrypted", "version", "counter", "lineage", "self-test"})
      boxes.push_back(undecided(name, "--patch gives the patch that says so"));
    return;
  }
  const Manifest& manifest = release.patch->manifest;
  const std::size_t size = release.patch->bytes.size();
  boxes.push_back(box("size", size < release.target->bytes.size(),
                      fmt::format("{} bytes of patch for {} of model", with_commas(size),
                                  with_commas(release.target->bytes.size()))));
  boxes.push_back(box("signed", manifest.authenticated,
                      manifest.authenticated ? "there is a signature; tmd verify --public-key proves it"
                                             : "there is no signature (tmd sign)"));
  boxes.push_back(box("encrypted", manifest.encrypted,
                      manifest.encrypted ? "the body is encrypted" : "the body is readable (--encrypt)"));
  boxes.push_back(version_box(release));
  boxes.push_back(counter_box(release));
  boxes.push_back(presence_box("lineage", release, EntryNumber::lineage, "--meta lineage=…"));
  boxes.push_back(presence_box("self-test", release, EntryNumber::self_test, "--self-test"));
}

}  // namespace

std::vector<Box> production_checklist(const ReleaseFacts& release) {
  std::vector<Box> boxes = {int8_box(release.target->model), slot_box(release), arena_box(release)};
  add_patch_boxes(release, boxes);
  return boxes;
}

std::string_view to_string(BoxState state) {
  switch (state) {
    case BoxState::pass:
      return "pass";
    case BoxState::fail:
      return "fail";
    case BoxState::undecided:
      return "undecided";
  }
  return "";
}

}  // namespace tmd::host::cli
