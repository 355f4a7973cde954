// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/staging/piece_writer.hpp"

namespace tmd {
namespace staging {

/// Erases an area and begins it for a plan, or leaves it empty.
///
/// An erase that is cut can leave the first block reading as before, header and all. So the area that was there is
/// retired first, by an entry of its log, which lies at the region's other end and is erased last. The new header
/// comes last of all, twice: one copy may be torn and read right today.
template <class Flash, std::uint32_t kPieceSize>
class AreaStarter {
 public:
  using Writer = PieceWriter<Flash, kPieceSize>;

  bool is_busy() const { return step_ != Step::nothing; }

  /// From the beginning, for this plan; without headers where the area is to stay empty. The driver is settled.
  void begin(const FragmentPlan& plan, bool with_headers, Writer& writer) {
    writer.forget();
    plan_ = plan;
    with_headers_ = with_headers;
    trouble_ = Status::ok;
    step_ = Step::look;
  }
  bool is_for(const FragmentPlan& plan, bool with_headers) const {
    return is_busy() && with_headers == with_headers_ && plan_ == plan;
  }

  /// `layout`: of the plan, the same at each call. ok: done; would_block; a flash error: given up.
  Status advance(FlashPort<Flash>& flash, const AreaLayout& layout, PieceIndex<Flash>& index,
                 Writer& writer) {
    if (step_ == Step::look) look(flash, layout, index, writer);
    Status status = step_ == Step::retire ? retire(flash, layout, index, writer) : Status::ok;
    if (status == Status::ok && step_ == Step::erase) status = erase(flash, layout, index, writer);
    if (status == Status::ok && step_ == Step::headers) status = write_headers(flash, layout, writer);
    if (status != Status::would_block) step_ = Step::nothing;
    return status;
  }

 private:
  enum class Step : std::uint8_t { nothing, look, retire, erase, headers };

  /// Is there an area of any plan, and not yet retired?
  void look(FlashPort<Flash>& flash, const AreaLayout& layout, PieceIndex<Flash>& index, Writer& writer) {
    const Region region = layout.region();
    begin_erase(region);
    for (std::uint32_t copy = 0; copy < 2; ++copy) {
      const AreaLayout found = read_header(flash, region, copy);
      if (!found.is_possible()) continue;
      index.mount(flash, found);
      std::uint32_t entry = 0;
      if (index.is_retired() || !index.take_entry(entry)) return;
      found.fill_entry(kRetired, writer.clear_control());
      address_ = found.entry_address(entry);
      step_ = Step::retire;
      return;
    }
  }
  void begin_erase(const Region& region) {
    address_ = region.address;
    step_ = Step::erase;
  }

  /// Writes the entry. ok, would_block; why not all could be erased. A retirement that fails is no reason to stay: then
  /// the cells are as bad as those to be erased.
  Status retire(FlashPort<Flash>& flash, const AreaLayout& layout, PieceIndex<Flash>& index, Writer& writer) {
    const Status status = writer.program_control(flash, address_, index.layout().entry_size());
    if (status == Status::would_block) return status;
    begin_erase(layout.region());
    return trouble_;
  }

  /// What can't be erased is passed by where nothing is to be begun, and an area whose header is left there is retired
  /// again.
  Status erase(FlashPort<Flash>& flash, const AreaLayout& layout, PieceIndex<Flash>& index, Writer& writer) {
    while (address_ < layout.region().end()) {
      const Region block = erase_block_at(flash, address_);
      Status status = flash.erase(block.address);
      if (status == Status::would_block) return status;
      bool blank = false;
      if (status == Status::ok && (flash.is_blank(block.address, block.size, blank) != Status::ok || !blank))
        status = Status::erase_failed;
      if (trouble_ == Status::ok) trouble_ = status;
      if (trouble_ != Status::ok && with_headers_) return trouble_;
      address_ = block.end();
    }
    if (trouble_ != Status::ok) {
      look(flash, layout, index, writer);
      return step_ == Step::retire ? retire(flash, layout, index, writer) : trouble_;
    }
    copy_ = 0;
    if (with_headers_) layout.fill_header(writer.clear_control());
    step_ = Step::headers;
    return Status::ok;
  }

  Status write_headers(FlashPort<Flash>& flash, const AreaLayout& layout, Writer& writer) {
    for (; with_headers_ && copy_ < 2; ++copy_) {
      const Status status = writer.program_control(flash, layout.header_address(copy_), layout.header_size());
      if (status != Status::ok) return status;
    }
    return Status::ok;
  }

  FragmentPlan plan_;
  std::uint32_t address_ = 0;
  std::uint8_t copy_ = 0;
  Step step_ = Step::nothing;
  bool with_headers_ = false;
  Status trouble_ = Status::ok;  ///< Why not all was erased: the first reason.
};

}  // namespace staging
}  // namespace tmd
