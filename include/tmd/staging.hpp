// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/staging/area_starter.hpp"

namespace tmd {
namespace staging {
/// LoRaWAN's largest payload is 242 bytes.
template <class Flash>
constexpr std::uint32_t default_piece_size() {
  return largest_program_unit<Flash>() > 256 ? largest_program_unit<Flash>() : 256;
}
}  // namespace staging

/// Collects the fragments of a patch in flash, in any order, with any of them repeated: for links that
/// deliver out of order (LoRaWAN fragmentation, multicast). Which fragments are there survives power cuts.
///
///     static tmd::FlashPort<MyFlash> port(my_flash);
///     static tmd::Staging<MyFlash> staging(port, {0x40000, 64 * 1024});
///     while ((status = staging.open(plan)) == tmd::Status::would_block) wait();
///     staging.store(index, fragment);           // in any order
///     if (staging.complete()) …                 // tmd/apply_staged.hpp
///
/// The region consists of whole erase blocks of its own; docs/flash-format.md says what lies where. Fragments are
/// kept in *pieces* of at most `kPieceSize` bytes. What a cut tears, or what no longer has its CRC, costs the
/// piece at hand: it is missing and goes to one of `kSpares` spare places when it comes again. No place is written
/// again before an erase.
///
/// RAM: `kPieceSize`, one program unit (at least 32 bytes), and some 150 bytes. Statically initialised; all zero
/// until `attach` where it is default-constructed.
///
/// `would_block`: the driver is busy, or the call has begun operations worth `work` bytes: call again. Calls for
/// other fragments or plans may come in between: what was begun is brought to its end first.
template <class Flash, std::uint32_t kPieceSize = staging::default_piece_size<Flash>()>
class Staging {
  static_assert(check_flash_policy<Flash>(), "");
  static_assert(kPieceSize != 0 && kPieceSize <= 32768 && kPieceSize % largest_program_unit<Flash>() == 0,
                "a piece is a whole number of program units, at most 32,768 bytes");

 public:
  /// Pieces that power cuts or bad flash may spoil before the staging has to be started again.
  static constexpr std::uint32_t kSpares = staging::kSpares;

  constexpr Staging() = default;
  /// `work`: see FlashPort::allow. By default a call begins one erase or the programming of one piece.
  constexpr Staging(FlashPort<Flash>& flash, Region region, std::uint32_t work = kPieceSize + 64)
      : flash_(&flash), region_(region), work_(work) {}
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  constexpr void attach(FlashPort<Flash>& flash, Region region, std::uint32_t work = kPieceSize + 64) {
    flash_ = &flash;
    region_ = region;
    work_ = work;
  }

  /// Bytes of flash that a plan needs, before rounding up to erase blocks: more than the first block of the region,
  /// which is `first_block` bytes long.
  static constexpr std::uint64_t needed(const FragmentPlan& plan, std::uint32_t program_size,
                                        std::uint32_t first_block) {
    return staging::AreaLayout::bytes_needed(
        plan, program_size, staging::AreaLayout::piece_size_of(plan, program_size, kPieceSize), first_block);
  }

  /// Goes on with this plan where the region holds it already, in pieces of any size that there is room for, else
  /// erases the region and begins it. ok; wrong_state before `attach`; invalid_layout: not whole erase blocks of one
  /// program unit, or an empty plan; target_too_large: the region is too small, or a single erase block; would_block;
  /// flash errors, erase_failed also where a block is not blank after its erase. After a power cut in here: call it
  /// again.
  [[nodiscard]] Status open(const FragmentPlan& plan) {
    if (flash_ == nullptr) return Status::wrong_state;
    if (plan.count() == 0 || !is_whole_blocks(*flash_, region_)) return Status::invalid_layout;
    const Status status = go_on(plan);
    return status == Status::not_found ? start(plan, true) : status;
  }

  /// Goes on with the plan that the region holds, whichever it is: after a restart, where nobody is there to say. ok;
  /// not_found where it holds none, or can't be read; wrong_state before `attach`; invalid_layout as `open`, also where
  /// firmware with larger pieces began it than this one has room for; would_block. Begins nothing anew.
  [[nodiscard]] Status reopen() {
    if (flash_ == nullptr) return Status::wrong_state;
    if (!is_whole_blocks(*flash_, region_)) return Status::invalid_layout;
    for (std::uint32_t copy = 0; copy < 2; ++copy) {
      const staging::AreaLayout found = staging::read_header(*flash_, region_, copy);
      if (found.is_possible()) return has_room(found) ? go_on(found.plan()) : Status::invalid_layout;
    }
    return Status::not_found;
  }

  /// Keeps a fragment. `bytes` is `fragment_size` long; the last fragment what is left of the patch, or padded to
  /// any length up to `fragment_size`. They need not stay after the call. ok, also where it was there already;
  /// wrong_state before `open`; out_of_bounds: no such fragment, or of the wrong length; staging_full: more was
  /// spoiled than there are spare places, call `restart`; would_block: call again with the same fragment;
  /// verify_failed and other flash errors: the fragment is missing, and may be stored again, elsewhere.
  [[nodiscard]] Status store(std::uint32_t index, ConstBytes bytes) {
    if (!opened_) return Status::wrong_state;
    const staging::AreaLayout& layout = index_.layout();
    if (index >= plan_.count() || !is_length_of(index, bytes.size())) return Status::out_of_bounds;
    flash_->allow(work_);
    std::uint32_t piece = layout.first_piece(index);
    // Of a fragment at hand the pieces before this one were found, or written, by the calls before.
    if (is_being_written(writer_.piece(), index, bytes)) piece = writer_.piece();
    for (; piece < layout.first_piece(index + 1); ++piece) {
      const Status status = store_piece(piece, part_of(bytes, piece), is_being_written(piece, index, bytes));
      if (status != Status::ok) return status;
    }
    return Status::ok;
  }

  /// True where every fragment is there. Reads each mark and each byte of the patch once, and none of what an
  /// earlier call found in order; `view` and `read` check again what they give.
  bool complete() {
    std::uint32_t index = 0;
    return opened_ && !next_missing(0, index);
  }

  /// The first missing fragment at or after `from`: what to ask the sender for. False where there is none, and before
  /// `open`. Reads as `complete` does, from there to the first missing one.
  bool next_missing(std::uint32_t from, std::uint32_t& index) {
    if (!opened_) return false;
    const staging::AreaLayout& layout = index_.layout();
    std::uint32_t piece = layout.first_piece(from);
    if (piece < present_) piece = present_;
    for (; piece < layout.piece_count(); ++piece) {
      std::uint8_t scratch[64] = {};
      if (!index_.find(piece, MutableBytes(scratch))) {
        note_missing(piece);
        index = layout.fragment_of(piece);
        return true;
      }
      if (piece == present_) ++present_;
    }
    index = plan_.count();
    return false;
  }

  /// The patch's bytes from this offset on, as far as the piece goes that holds them: read once, and checked.
  /// Valid until the next call of this object, `view` of the same piece aside. ok; wrong_state before `open`;
  /// out_of_bounds behind the patch's end; not_found where the fragment is missing or damaged (`next_missing` names it
  /// then); would_block.
  [[nodiscard]] Status view(std::uint32_t patch_offset, ConstBytes& bytes) {
    if (!opened_) return Status::wrong_state;
    const staging::AreaLayout& layout = index_.layout();
    if (patch_offset >= plan_.patch_length) return Status::out_of_bounds;
    if (writer_.is_writing()) flash_->allow(work_);
    if (end_write() == Status::would_block) return Status::would_block;
    const std::uint32_t piece = layout.piece_at(patch_offset);
    if (in_buffer_ != piece + 1) {
      in_buffer_ = 0;
      if (!index_.find(piece, writer_.buffer())) {
        note_missing(piece);
        if (piece < present_) present_ = static_cast<std::uint16_t>(piece);
        return Status::not_found;
      }
      in_buffer_ = static_cast<std::uint16_t>(piece + 1);
    }
    bytes = ConstBytes(writer_.buffer()).first(layout.length_of(piece));
    bytes = bytes.from(patch_offset - layout.offset_of(piece));
    return Status::ok;
  }

  /// Copies patch bytes. As `view`.
  [[nodiscard]] Status read(std::uint32_t patch_offset, MutableBytes out) {
    if (!opened_) return Status::wrong_state;
    if (out.size() > plan_.patch_length ||
        !fits(patch_offset, static_cast<std::uint32_t>(out.size()), plan_.patch_length))
      return Status::out_of_bounds;
    for (std::size_t done = 0; done < out.size();) {
      ConstBytes bytes;
      const Status status = view(patch_offset + static_cast<std::uint32_t>(done), bytes);
      if (status != Status::ok) return status;
      bytes = bytes.first(out.size() - done);
      copy_bytes(bytes, out.from(done));
      done += bytes.size();
    }
    return Status::ok;
  }

  /// Erases the region and begins the plan again that was opened last. wrong_state before the first `open`, else as
  /// that.
  [[nodiscard]] Status restart() {
    if (flash_ == nullptr || plan_.count() == 0) return Status::wrong_state;
    flash_->allow(work_);
    if (end_write() == Status::would_block) return Status::would_block;
    return start(plan_, true);
  }

  /// Erases the region: no fragment is left, and nothing is open. ok; wrong_state before `attach`; invalid_layout;
  /// would_block; flash errors at the end: all is erased that can be. After a power cut in here: call it again.
  [[nodiscard]] Status wipe() {
    if (flash_ == nullptr) return Status::wrong_state;
    if (!is_whole_blocks(*flash_, region_)) return Status::invalid_layout;
    flash_->allow(work_);
    if (end_write() == Status::would_block) return Status::would_block;
    return start(FragmentPlan(), false);
  }

  /// What was opened last.
  const FragmentPlan& plan() const { return plan_; }
  /// Whether it is open: neither wiped since, nor being erased.
  bool is_open() const { return opened_; }
  /// Grows whenever the area is begun anew, or a piece is written: until then it gives what it gave before.
  std::uint32_t changes() const { return changes_; }

 private:
  using Starter = staging::AreaStarter<Flash, kPieceSize>;
  using Writer = staging::PieceWriter<Flash, kPieceSize>;

  std::uint32_t unit() const { return program_size_at(*flash_, region_.address); }
  static constexpr bool has_room(const staging::AreaLayout& area) { return area.piece_size() <= kPieceSize; }

  /// Does the region hold an area of this plan, whatever firmware began it? Then it is mounted. One header of two is
  /// enough where a mark shows that both were written once.
  bool holds(const FragmentPlan& plan) {
    staging::AreaLayout area;
    unsigned copies = 0;
    for (std::uint32_t copy = 0; copy < 2; ++copy) {
      const staging::AreaLayout found = staging::read_header(*flash_, region_, copy);
      if (!found.is_possible() || !(found.plan() == plan) || !has_room(found)) continue;
      area = found;
      ++copies;
    }
    if (copies == 0) return false;
    opened_ = false;
    index_.mount(*flash_, area);
    return !index_.is_retired() && (copies == 2 || index_.has_marks());
  }

  /// Opens the area of this plan that the region holds; not_found where that is none.
  Status go_on(const FragmentPlan& plan) {
    flash_->allow(work_);
    if (end_write() == Status::would_block) return Status::would_block;
    // What was said to be missing meanwhile stays missing; the rest is looked at again. Nothing is held where a wipe or
    // another plan has begun, and nothing of it is to be seen yet.
    const bool is_held = (opened_ && plan == plan_) || (!starter_.is_busy() && holds(plan));
    if (!is_held) return Status::not_found;
    be_open(plan);
    return Status::ok;
  }

  void be_open(const FragmentPlan& plan) {
    plan_ = plan;
    opened_ = true;
    present_ = 0;
    in_buffer_ = 0;
  }

  Status start(const FragmentPlan& plan, bool with_headers) {
    if (with_headers) {
      if (needed(plan, unit(), erase_size_at(*flash_, region_.address)) > region_.size)
        return Status::target_too_large;
      plan_ = plan;
    }
    opened_ = false;
    ++changes_;
    if (!starter_.is_for(plan, with_headers)) {
      if (flash_->settle() == Status::would_block) return Status::would_block;
      starter_.begin(plan, with_headers, writer_);
    }
    const staging::AreaLayout layout(plan, region_, unit(),
                                     staging::AreaLayout::piece_size_of(plan, unit(), kPieceSize));
    const Status status = starter_.advance(*flash_, layout, index_, writer_);
    if (status != Status::ok || !with_headers) return status;
    index_.mount(*flash_, layout);
    be_open(plan);
    return Status::ok;
  }

  bool is_length_of(std::uint32_t index, std::size_t size) const {
    return size >= index_.layout().length_of_fragment(index) && size <= plan_.fragment_size &&
           (index + 1 == plan_.count() || size == plan_.fragment_size);
  }
  ConstBytes part_of(const ConstBytes& fragment, std::uint32_t piece) const {
    return fragment.slice(index_.layout().offset_in_fragment(piece), index_.layout().length_of(piece));
  }
  bool is_being_written(std::uint32_t piece, std::uint32_t index, const ConstBytes& fragment) const {
    return writer_.is_writing() && index_.layout().fragment_of(piece) == index &&
           writer_.is_writing(piece, part_of(fragment, piece));
  }

  Status store_piece(std::uint32_t piece, const ConstBytes& bytes, bool at_hand) {
    if (!at_hand) {
      // An error belongs to that piece, not to this one: it stays missing and is asked for again.
      if (end_write() == Status::would_block) return Status::would_block;
      std::uint8_t scratch[64] = {};
      if (index_.find(piece, MutableBytes(scratch))) return Status::ok;
      in_buffer_ = 0;
      ++changes_;
      const Status status = writer_.begin(index_, piece, bytes);
      if (status != Status::ok) return status;
    }
    return advance_write();
  }

  void note_missing(std::uint32_t piece) {
    if (!writer_.is_writing() || writer_.piece() != piece) index_.note_missing(piece);
  }

  /// Brings the piece at hand to its end, whatever that is.
  Status end_write() { return writer_.is_writing() ? advance_write() : Status::ok; }
  Status advance_write() {
    const Status status = writer_.advance(*flash_, index_);
    if (status == Status::ok && writer_.piece() == present_) ++present_;
    return status;
  }

  FlashPort<Flash>* flash_ = nullptr;
  Region region_;
  std::uint32_t work_ = 0;
  FragmentPlan plan_;
  staging::PieceIndex<Flash> index_;
  Writer writer_;
  Starter starter_;
  std::uint16_t present_ = 0;    ///< The pieces before this one were found in order since `open`.
  std::uint16_t in_buffer_ = 0;  ///< The piece whose bytes are in the writer's buffer, plus one; 0: none.
  std::uint32_t changes_ = 0;
  bool opened_ = false;
};

}  // namespace tmd
