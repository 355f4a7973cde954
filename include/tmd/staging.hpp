// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/digest/crc32.hpp"
#include "tmd/flash.hpp"

namespace tmd {

/// What arrives: a patch of `patch_length` bytes, cut into fragments of `fragment_size`, the last one
/// shorter. `identity` tells one patch from another: any number that the sender keeps for as long as it sends
/// this patch.
struct FragmentPlan {
  std::uint32_t identity = 0;
  std::uint32_t patch_length = 0;
  std::uint32_t fragment_size = 0;

  constexpr std::uint32_t count() const {
    return fragment_size == 0 ? 0 : (patch_length + fragment_size - 1) / fragment_size;
  }
};

/// Collects the fragments of a patch in flash, in any order, with any of them repeated: for links that
/// deliver out of order (LoRaWAN fragmentation, multicast). Which fragments are there survives power cuts.
///
///     tmd::Staging<MyFlash> staging(flash, {0x40000, 64 * 1024});
///     while ((status = staging.open(plan)) == tmd::Status::would_block) wait();
///     staging.store(index, fragment);           // in any order
///     if (staging.complete()) …                 // tmd/apply_staged.hpp
///
/// The region, in whole erase blocks of its own: header | one mark for each fragment | fragments. A fragment
/// is programmed first and its mark afterwards, each into units that nothing else touches. A mark counts only
/// with its fragment's CRC. A fragment or mark that a power cut tore can't be programmed again before an
/// erase: it is *spoiled*, its bytes go to one of the spare places behind the last fragment.
///
/// Calls that answer `would_block` are repeated with the same arguments.
template <class Flash>
class Staging {
  static_assert(check_flash_policy<Flash>(), "");

 public:
  /// Fragments that power cuts may spoil before the staging has to be started again.
  static constexpr std::uint32_t kSpares = 8;

  Staging(Flash& flash, Region region) : flash_(flash), region_(region) {}

  /// Bytes of flash that a plan needs, before rounding up to erase blocks.
  static constexpr std::uint64_t needed(const FragmentPlan& plan, std::uint32_t program_size) {
    const std::uint64_t places = std::uint64_t{plan.count()} + kSpares;
    return mark_size(program_size) + places * (mark_size(program_size) + plan.fragment_size);
  }

  /// Goes on with this plan where the region holds it already, else erases the region and begins it.
  /// ok; invalid_layout: a misaligned region or a fragment size that is not a multiple of the program unit;
  /// target_too_large: the region is too small; would_block; flash errors.
  [[nodiscard]] Status open(const FragmentPlan& plan) {
    if (plan.count() == 0 || plan.fragment_size % flash_.program_size() != 0) return Status::invalid_layout;
    if (region_.address % flash_.erase_size() != 0 || region_.size % flash_.erase_size() != 0 ||
        !fits(region_.address, region_.size, flash_.size()))
      return Status::invalid_layout;
    if (needed(plan, flash_.program_size()) > region_.size) return Status::target_too_large;
    if (opening_ || !holds(plan)) return begin(plan);
    plan_ = plan;
    opened_ = true;
    return Status::ok;
  }

  /// Keeps a fragment. `bytes` is `fragment_size` long, the last fragment what is left. ok, also where it was
  /// there already; wrong_state before `open`; out_of_bounds: no such fragment, or of the wrong length;
  /// journal_full: too many places were spoiled by power cuts, call `restart`; would_block; verify_failed and
  /// other flash errors.
  [[nodiscard]] Status store(std::uint32_t index, ConstBytes bytes) {
    if (!opened_) return Status::wrong_state;
    if (index >= plan_.count() || bytes.size() != length_of(index)) return Status::out_of_bounds;
    std::uint32_t place = 0;
    if (!writing_ && find(index, place)) return Status::ok;
    if (writing_ && writing_index_ != index) writing_ = false;
    Status status = Status::ok;
    if (!writing_) {
      if (!free_place(index, place_)) return Status::journal_full;
      writing_ = true;
      writing_index_ = index;
      written_ = 0;
    }
    status = write_fragment(bytes);
    if (status == Status::ok) status = write_mark(bytes);
    if (status != Status::would_block) writing_ = false;
    return status;
  }

  /// True where every fragment is there. Reads the marks and checks no fragment's bytes: `read` does.
  bool complete() {
    std::uint32_t index = 0;
    return opened_ && !next_missing(0, index);
  }

  /// The first missing fragment at or after `from`. False where there is none: what to ask the sender for.
  bool next_missing(std::uint32_t from, std::uint32_t& index) {
    std::uint32_t place = 0;
    for (index = from; opened_ && index < plan_.count(); ++index) {
      if (!find(index, place)) return true;
    }
    return false;
  }

  /// Reads patch bytes. ok; wrong_state before `open`; out_of_bounds; not_found where a fragment is missing;
  /// read_failed.
  [[nodiscard]] Status read(std::uint32_t patch_offset, MutableBytes out) {
    if (!opened_) return Status::wrong_state;
    if (!fits(patch_offset, static_cast<std::uint32_t>(out.size()), plan_.patch_length))
      return Status::out_of_bounds;
    for (std::size_t done = 0; done < out.size();) {
      const std::uint32_t at = patch_offset + static_cast<std::uint32_t>(done);
      const std::uint32_t index = at / plan_.fragment_size;
      const std::uint32_t inside = at % plan_.fragment_size;
      std::uint32_t place = 0;
      if (!find(index, place)) return Status::not_found;
      const MutableBytes part = out.from(done).first(length_of(index) - inside);
      const Status status = flash_.read(fragment_address(place) + inside, part);
      if (status != Status::ok) return status;
      done += part.size();
    }
    return Status::ok;
  }

  /// Erases the region and begins the same plan again. As `open`.
  [[nodiscard]] Status restart() { return begin(plan_); }

  const FragmentPlan& plan() const { return plan_; }

 private:
  static constexpr std::uint8_t kMagic[4] = {'T', 'm', 'S', 1};
  static constexpr std::uint32_t kHeaderSize = 20;  ///< magic, identity, length, fragment size, CRC
  static constexpr std::uint32_t kMarkSize = 12;    ///< fragment index, the fragment's CRC, CRC of both
  static constexpr std::uint32_t kBuffer = 64;
  static_assert(kHeaderSize <= kBuffer && kMarkSize <= kBuffer && kBuffer % kMaxProgramSize == 0, "");

  static constexpr std::uint32_t padded(std::uint32_t length, std::uint32_t unit) {
    return (length + unit - 1) / unit * unit;
  }
  /// Header and marks take equal room, so that one sum finds them all.
  static constexpr std::uint32_t mark_size(std::uint32_t unit) { return padded(kHeaderSize, unit); }

  std::uint32_t places() const { return plan_.count() + kSpares; }
  std::uint32_t mark_address(std::uint32_t place) const {
    return region_.address + (place + 1) * mark_size(flash_.program_size());
  }
  std::uint32_t fragment_address(std::uint32_t place) const {
    return mark_address(places()) + place * plan_.fragment_size;
  }
  std::uint32_t length_of(std::uint32_t index) const {
    const std::uint32_t start = index * plan_.fragment_size;
    return plan_.patch_length - start < plan_.fragment_size ? plan_.patch_length - start
                                                            : plan_.fragment_size;
  }

  static void fill_header(const FragmentPlan& plan, std::uint8_t* out) {
    copy_bytes(ConstBytes(kMagic), MutableBytes(out, 4));
    store_le32(out + 4, plan.identity);
    store_le32(out + 8, plan.patch_length);
    store_le32(out + 12, plan.fragment_size);
    store_le32(out + 16, Crc32::of(ConstBytes(out, 16)));
  }
  static void fill_mark(std::uint32_t index, std::uint32_t crc, std::uint8_t* out) {
    store_le32(out, index);
    store_le32(out + 4, crc);
    store_le32(out + 8, Crc32::of(ConstBytes(out, 8)));
  }

  bool holds(const FragmentPlan& plan) {
    std::uint8_t expected[kHeaderSize] = {};
    fill_header(plan, expected);
    return verify_programmed(flash_, region_.address, ConstBytes(expected)) == Status::ok;
  }

  /// The header goes last: a region whose erase was cut has none.
  Status begin(const FragmentPlan& plan) {
    opened_ = false;
    opening_ = true;
    plan_ = plan;
    for (; erased_ < region_.size; erased_ += flash_.erase_size()) {
      const Status status = flash_.erase(region_.address + erased_);
      if (status != Status::ok) return status;
    }
    std::uint8_t header[kBuffer] = {};
    fill_header(plan, header);
    const ConstBytes bytes = ConstBytes(header).first(mark_size(flash_.program_size()));
    Status status = flash_.program(region_.address, bytes);
    if (status == Status::would_block) return status;
    if (status == Status::ok) status = verify_programmed(flash_, region_.address, bytes);
    erased_ = 0;
    opening_ = writing_ = false;
    opened_ = status == Status::ok;
    return status;
  }

  /// Reads the mark at a place: false where there is none that is whole.
  bool read_mark(std::uint32_t place, std::uint32_t& index, std::uint32_t& crc) {
    std::uint8_t mark[kMarkSize] = {};
    if (flash_.read(mark_address(place), MutableBytes(mark)) != Status::ok) return false;
    index = load_le32(mark);
    crc = load_le32(mark + 4);
    return load_le32(mark + 8) == Crc32::of(ConstBytes(mark, 8));
  }

  /// Where a fragment lies: at its own place, or at a spare one.
  bool find(std::uint32_t index, std::uint32_t& place) {
    std::uint32_t marked = 0;
    std::uint32_t crc = 0;
    for (std::uint32_t i = 0; i <= kSpares; ++i) {
      place = i == 0 ? index : plan_.count() + i - 1;
      if (read_mark(place, marked, crc) && marked == index && is_intact(place, length_of(index), crc))
        return true;
    }
    return false;
  }

  bool is_intact(std::uint32_t place, std::uint32_t length, std::uint32_t crc) {
    Crc32 sum;
    std::uint8_t chunk[kBuffer] = {};
    for (std::uint32_t done = 0; done < length;) {
      const MutableBytes part = MutableBytes(chunk).first(length - done);
      if (flash_.read(fragment_address(place) + done, part) != Status::ok) return false;
      sum.update(part);
      done += static_cast<std::uint32_t>(part.size());
    }
    return sum.value() == crc;
  }

  bool is_blank(std::uint32_t place) {
    bool mark_blank = false;
    bool bytes_blank = false;
    return flash_.is_blank(mark_address(place), mark_size(flash_.program_size()), mark_blank) == Status::ok &&
           flash_.is_blank(fragment_address(place), plan_.fragment_size, bytes_blank) == Status::ok &&
           mark_blank && bytes_blank;
  }

  bool free_place(std::uint32_t index, std::uint32_t& place) {
    for (std::uint32_t i = 0; i <= kSpares; ++i) {
      place = i == 0 ? index : plan_.count() + i - 1;
      if (is_blank(place)) return true;
    }
    return false;
  }

  Status write_fragment(ConstBytes bytes) {
    const std::uint32_t length = static_cast<std::uint32_t>(bytes.size());
    const std::uint32_t unit = flash_.program_size();
    while (written_ < length) {
      std::uint8_t chunk[kBuffer] = {};
      const ConstBytes part = bytes.slice(written_, kBuffer);
      copy_bytes(part, MutableBytes(chunk));
      const ConstBytes units = ConstBytes(chunk).first(padded(static_cast<std::uint32_t>(part.size()), unit));
      const std::uint32_t address = fragment_address(place_) + written_;
      Status status = flash_.program(address, units);
      if (status == Status::ok) status = verify_programmed(flash_, address, part);
      if (status != Status::ok) return status;
      written_ += static_cast<std::uint32_t>(part.size());
    }
    return Status::ok;
  }

  Status write_mark(ConstBytes bytes) {
    std::uint8_t mark[kBuffer] = {};
    fill_mark(writing_index_, Crc32::of(bytes), mark);
    const ConstBytes units = ConstBytes(mark).first(mark_size(flash_.program_size()));
    return program_verified(flash_, mark_address(place_), units);
  }

  Flash& flash_;
  Region region_;
  FragmentPlan plan_;
  bool opened_ = false;
  bool opening_ = false;  ///< The region is being erased for `plan_`.
  bool writing_ = false;
  std::uint32_t erased_ = 0;
  std::uint32_t writing_index_ = 0;
  std::uint32_t place_ = 0;
  std::uint32_t written_ = 0;
};

template <class Flash>
constexpr std::uint8_t Staging<Flash>::kMagic[4];

}  // namespace tmd
