// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "codec/encode_body.hpp"
#include "device/staged_patch.hpp"
#include "format/container.hpp"
#include "support/bytes.hpp"
#include "support/make_patch.hpp"
#include "support/simulated_flash.hpp"
#include "tmd/digest/digests.hpp"
#include "tmd/in_place.hpp"

namespace tmd::test {

/// The entry that says how a patch is applied in place.
inline host::format::EntryToWrite in_place_entry(const codec::ReadWindow& window) {
  std::uint8_t bits = 0;
  while ((std::uint32_t{1} << bits) < window.block_size) ++bits;
  return {EntryNumber::in_place, true, {bits, window.spare, window.batch}};
}

inline host::EncodedBody make_body(const host::Bytes& base, const host::Bytes& target,
                                   const codec::ReadWindow& window) {
  host::EncodeOptions options;
  options.window = window;
  options.decoder_ram = 1500;
  return host::encode_body(host::view(base), host::view(target), options);
}

/// The parts of a patch without its body, to be applied in place, or of a full model where the window is open.
inline host::format::PatchParts parts_in_place(const host::Bytes& base, const host::Bytes& target,
                                               const codec::ReadWindow& window,
                                               const host::EncodedBody& body) {
  host::format::PatchParts parts = parts_of_body(base, target, body, DigestKind::sha256);
  if (!window.is_open()) parts.entries = {in_place_entry(window)};
  return parts;
}

/// Such a patch. `wrong`: its body gives another target than the manifest says. `planned`: the window that the body is
/// planned for, where it is another one than the manifest says.
inline host::Bytes make_in_place(const host::Bytes& base, const host::Bytes& target,
                                 const codec::ReadWindow& window, const host::Bytes* wrong = nullptr,
                                 const codec::ReadWindow* planned = nullptr) {
  const host::EncodedBody body =
      make_body(base, wrong != nullptr ? *wrong : target, planned != nullptr ? *planned : window);
  return host::format::join_patch(host::format::write_manifest(parts_in_place(base, target, window, body)),
                                  {}, body.bytes);
}

/// The entry that says what the second body is.
inline host::format::EntryToWrite way_back_entry(const host::EncodedBody& body) {
  host::Bytes value;
  value.push_back(body.parameters);
  const Digest digest = digest_of(DigestKind::sha256, host::view(body.bytes));
  for (const std::uint8_t byte : digest.view()) value.push_back(byte);
  host::format::append_varint(value, static_cast<std::uint32_t>(body.bytes.size()));
  return {EntryNumber::way_back, true, value};
}

/// A patch that can take its target back. `wrong`: its second body gives another base than it should.
inline host::Bytes make_reversible(const host::Bytes& base, const host::Bytes& target,
                                   const codec::ReadWindow& window, const host::Bytes* wrong = nullptr,
                                   const std::vector<host::format::EntryToWrite>& more = {}) {
  const host::EncodedBody body = make_body(base, target, window);
  const host::EncodedBody second = make_body(target, wrong != nullptr ? *wrong : base, window);
  host::format::PatchParts parts = parts_in_place(base, target, window, body);
  parts.entries.push_back(way_back_entry(second));
  parts.entries.insert(parts.entries.end(), more.begin(), more.end());
  host::Bytes bodies = body.bytes;
  bodies.insert(bodies.end(), second.bytes.begin(), second.bytes.end());
  return host::format::join_patch(host::format::write_manifest(parts), {}, bodies);
}

template <class Flash>
struct OneSlotConfig : DefaultConfig<Flash> {
  using Authentication = AllowUnsigned;
  using Decoder = codec::Decoder<codec::SmallConfig>;
  static constexpr bool kOneSlot = true;
  static constexpr std::uint8_t kTrialBoots = 0;
  static constexpr std::uint32_t kManifestSize = 256;
  static constexpr std::uint32_t kPageSize = kMaxProgramSize;
};

/// The same, for which full models may take the place of whole ones.
struct AllowsGap : OneSlotConfig<WideFlash> {
  static constexpr bool kAllowGap = true;
};

/// As OneSlotConfig, but tries its models out.
template <class Flash>
struct ReversibleConfig : OneSlotConfig<Flash> {
  static constexpr std::uint8_t kTrialBoots = 2;
};

constexpr FlashPart kSmallPart = {"small", 256, 8, true, Erased::ones};

/// A device with one slot on a simulated flash, that outlives its restarts.
template <class ItsConfig>
class OneSlotDevice {
 public:
  using Flash = WideFlash;
  using Config = ItsConfig;
  using Store = ModelStore<Config>;
  using Area = Staging<Flash>;
  using TestUpdater = InPlaceUpdater<Config, Area>;

  OneSlotDevice(const Bytes& base, Bytes patch, FlashPart part = kSmallPart, std::uint32_t places = 3,
                std::uint32_t bank_bytes = 6000)
      : part_(part), base_(base), patch_(0, 64) {
    const std::uint32_t block = part.smallest_erase_size();
    const auto blocks = [&](std::uint32_t bytes) { return (bytes + block - 1) / block * block; };
    patch_.bytes = std::move(patch);
    patch_.plan.patch_length = static_cast<std::uint32_t>(patch_.bytes.size());
    const std::uint32_t slot = blocks(static_cast<std::uint32_t>(base.size()) * 3 / 2);
    const std::uint32_t ring = places * block;
    const std::uint32_t journal = 2 * blocks(part.program_size >= 128 ? 20000 : bank_bytes);
    layout_ = {{0, slot}, {slot, ring}, {slot + ring, journal}};
    if (part.program_size > patch_.plan.fragment_size) patch_.plan.fragment_size = part.program_size;
    const std::uint64_t area = Area::needed(patch_.plan, part.program_size, block);
    area_ = {slot + ring + journal, blocks(static_cast<std::uint32_t>(area)) + 4 * block};
    factory_.length = static_cast<std::uint32_t>(base.size());
    factory_.digest = digest_of(DigestKind::sha256, view(base));
    flash_.emplace(part_, area_.end());
    flash_->install(0, view(base));
  }

  /// Power goes and comes back.
  Status boot() {
    updater_.reset();
    staging_.reset();
    store_.emplace(*flash_, layout_);
    const Status status = patiently([&] { return store_->boot(factory_); });
    staging_.emplace(store_->port(), area_);
    updater_.emplace(*store_, *staging_);
    return status;
  }
  /// Everything that is missing of the patch.
  Status receive() {
    Status status = patiently([&] { return staging_->open(patch_.plan); });
    return status == Status::ok ? store_missing(*staging_, patch_, &sent_) : status;
  }
  Status apply() {
    return patiently([&] { return updater_->apply(); });
  }

  Bytes active_bytes() {
    Bytes bytes(store_->active().region.size);
    (void)store_->port().read(store_->active().region.address, MutableBytes(bytes.data(), bytes.size()));
    return bytes;
  }

  Store& store() { return *store_; }
  Area& staging() { return *staging_; }
  TestUpdater& updater() { return *updater_; }
  Flash& flash() { return *flash_; }
  /// Takes another flash in place of its own, which holds what a cut left.
  void put_flash(const Flash& flash) { flash_.emplace(flash); }
  const Layout& layout() const { return layout_; }
  const Region& area() const { return area_; }
  StagedPatch& patch() { return patch_; }
  std::uint32_t sent() const { return sent_; }

 private:
  FlashPart part_;
  Bytes base_;
  StagedPatch patch_;
  Layout layout_;
  Region area_;
  FactoryModel factory_;
  std::optional<Flash> flash_;
  std::optional<Store> store_;
  std::optional<Area> staging_;
  std::optional<TestUpdater> updater_;
  std::uint32_t sent_ = 0;
};
using OneSlot = OneSlotDevice<OneSlotConfig<WideFlash>>;
using GapSlot = OneSlotDevice<AllowsGap>;
using ReversibleSlot = OneSlotDevice<ReversibleConfig<WideFlash>>;

struct KeepsNotesConfig : ReversibleConfig<WideFlash> {
  static constexpr bool keeps_entry(EntryNumber number) { return number == EntryNumber::note; }
};
using KeepsNotes = OneSlotDevice<KeepsNotesConfig>;

constexpr codec::ReadWindow kWindow = {256, 3, 2};

/// A target that keeps some blocks of its base, changes some, and moves the rest. The models are always the same, and
/// their patches are planned once.
struct InPlacePair {
  Bytes base = random_bytes(5000, 1);
  Bytes target = base;

  InPlacePair() {
    const Bytes other = random_bytes(700, 2);
    std::copy(other.begin(), other.end(), target.begin() + 1500);
    target.insert(target.begin() + 3000, other.begin(), other.begin() + 100);
  }
  OneSlot device() const { return OneSlot(base, patch()); }

  const Bytes& patch() const {
    static const Bytes bytes = make_in_place(base, target, kWindow);
    return bytes;
  }
  const Bytes& reversible() const {
    static const Bytes bytes = make_reversible(base, target, kWindow);
    return bytes;
  }
  const Bytes& full_base() const {
    static const Bytes bytes = make_in_place({}, base, {});
    return bytes;
  }
  const Bytes& full_target() const {
    static const Bytes bytes = make_in_place({}, target, {});
    return bytes;
  }
};

template <class Device>
std::uint32_t erases_in(Device& device, const Region& region) {
  std::uint32_t sum = 0;
  for (std::uint32_t at = region.address; at < region.end(); at += device.flash().erase_size(at))
    sum += device.flash().erases_of(at);
  return sum;
}

/// Streams a patch through the calls of the Updater, up to the last one: ready_to_finish.
template <class Updater>
Status stream_unfinished(Updater& updater, const Bytes& patch) {
  Status status = patiently([&] { return updater.begin(); });
  std::size_t offset = 0;
  while (offset < patch.size() && !is_error(status) && status != Status::ready_to_finish) {
    const FeedResult fed = updater.feed(view(patch).slice(offset, 50));
    offset += fed.consumed;
    status = fed.status;
  }
  while (status == Status::would_block) status = updater.poll();
  return status;
}
template <class Updater>
Status stream(Updater& updater, const Bytes& patch) {
  const Status status = stream_unfinished(updater, patch);
  return is_error(status) ? status : patiently([&] { return updater.finish(); });
}

}  // namespace tmd::test
