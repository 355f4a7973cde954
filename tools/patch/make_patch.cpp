// SPDX-License-Identifier: Apache-2.0
#include "patch/make_patch.hpp"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>
#include <utility>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "format/format1_writer.hpp"
#include "patch/entry_text.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/internal/format/manifest.hpp"

namespace tmd::host::patch {
namespace {

/// Bytes of a way back's entry, at most.
constexpr std::size_t kRoomForWayBack = 64;

/// Numbers from here to the vendor's own are no entries of format 2.
constexpr EntryNumber kFirstFormat1Only = EntryNumber::format1_operator_hash;

MadePatch make_format1(ConstBytes base, ConstBytes target, const PatchRecipe& recipe) {
  MadePatch made;
  made.bytes = format::write_format1(base, target, {recipe.digest, recipe.entries});
  return made;
}

/// Tells of the half of the work that begins there.
std::function<void(double)> half_of(const std::function<void(double)>& on_progress, double begin) {
  if (!on_progress) return {};
  return [on_progress, begin](double share) { on_progress(begin + share / 2); };
}

/// The entry that says what the second body is.
format::EntryToWrite way_back_entry(const EncodedBody& body, DigestKind kind) {
  format::EntryToWrite entry{EntryNumber::way_back, true, {body.parameters}};
  const Digest digest = digest_of(kind, view(body.bytes));
  for (const std::uint8_t byte : digest.view()) entry.value.push_back(byte);
  format::append_varint(entry.value, static_cast<std::uint32_t>(body.bytes.size()));
  return entry;
}

MadePatch make_format2(ConstBytes base, ConstBytes target, const PatchRecipe& recipe) {
  for (const format::EntryToWrite& entry : recipe.entries) {
    if (entry.number >= kFirstFormat1Only && entry.number < EntryNumber::first_vendor) {
      throw Error("--meta operator-hash and io-hash are for --format 1 only");
    }
  }
  EncodeOptions options = {recipe.decoder_ram, recipe.on_progress,  recipe.effort,
                           recipe.window,      recipe.base_regions, recipe.target_regions};
  if (recipe.reversible) options.progress = half_of(recipe.on_progress, 0.0);
  format::PatchParts parts;
  parts.base = digest_of(recipe.digest, base);
  parts.target = digest_of(recipe.digest, target);
  parts.base_length = static_cast<std::uint32_t>(base.size());
  parts.target_length = static_cast<std::uint32_t>(target.size());
  parts.entries = recipe.entries;
  // What has no room is found before the work is done.
  const std::size_t way_back = recipe.reversible ? kRoomForWayBack : 0;
  if (format::write_manifest(parts).size() + way_back > kLargestManifest) {
    throw Error(
        fmt::format("the manifest would have more than {} bytes: make the patch with less in it, as a "
                    "shorter --meta, or a self-test with --self-test-seed, whose input takes 5 bytes",
                    with_commas(kLargestManifest)));
  }
  EncodedBody body = encode_body(base, target, options);
  parts.codec_parameters = body.parameters;
  parts.body_length = static_cast<std::uint32_t>(body.bytes.size());
  MadePatch made;
  made.explanation = std::move(body.explanation);
  Bytes bodies = std::move(body.bytes);
  if (recipe.reversible) {
    options.progress = half_of(recipe.on_progress, 0.5);
    std::swap(options.base_regions, options.target_regions);
    const EncodedBody second = encode_body(target, base, options);
    const format::EntryToWrite entry = way_back_entry(second, recipe.digest);
    made.way_back_bytes = 2 + entry.value.size() + second.bytes.size();
    replace_entry(parts.entries, entry);
    bodies.insert(bodies.end(), second.bytes.begin(), second.bytes.end());
  }
  made.bytes = format::join_patch(format::write_manifest(parts), {}, bodies);
  return made;
}

}  // namespace

MadePatch make_patch(ConstBytes base, ConstBytes target, const PatchRecipe& recipe) {
  if (target.empty())
    throw Error("the target is empty: a patch brings a model, and devices refuse one that does not");
  try {
    return recipe.format == kFormat1 ? make_format1(base, target, recipe)
                                     : make_format2(base, target, recipe);
  } catch (const format::Format1Error& error) {
    throw Error(std::string(error.what()) + "; use --format 2");
  } catch (const std::invalid_argument& error) {
    throw Error(error.what());
  }
}

void plan_for_one_slot(PatchRecipe& recipe, std::uint32_t block_size, std::uint32_t spare) {
  const auto bits = static_cast<std::uint8_t>(std::countr_zero(block_size));
  recipe.window = {block_size, static_cast<std::uint8_t>(spare),
                   static_cast<std::uint8_t>(spare == 4 ? 2 : 1)};
  replace_entry(recipe.entries,
                {EntryNumber::in_place, true, {bits, recipe.window.spare, recipe.window.batch}});
}

}  // namespace tmd::host::patch
