// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "support/bytes.hpp"
#include "support/lying_flash.hpp"
#include "tmd/internal/staging/piece_writer.hpp"

namespace tmd::test {

/// Notices a program call that goes over the end of an erase block.
struct PieceFlash : LyingFlash<16384, 4096, 4> {
  bool is_crossed = false;
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (address % 4096 + bytes.size() > 4096) is_crossed = true;
    return LyingFlash::program(address, bytes);
  }
};

/// An erased area for a patch, of 20 pieces of 32 bytes if nothing else is said; `mount` reads it as after a restart.
struct PieceBench {
  static constexpr std::uint32_t kPieceSize = 32;
  static constexpr FragmentPlan kPlan = {5, 20 * kPieceSize, kPieceSize};
  static constexpr Region kArea = {4096, 8192};

  std::unique_ptr<PieceFlash> flash = std::make_unique<PieceFlash>();
  FlashPort<PieceFlash> port{*flash};
  staging::AreaLayout layout;
  staging::PieceIndex<PieceFlash> index;
  staging::PieceWriter<PieceFlash, kPieceSize> writer;

  explicit PieceBench(const FragmentPlan& plan = kPlan) : layout(plan, kArea, 4, plan.fragment_size) {
    mount();
  }
  void mount() { index.mount(port, layout); }

  static Bytes piece(std::uint32_t number) { return random_bytes(kPieceSize, number + 1); }
  /// Writes a piece at once.
  Status write(std::uint32_t number) {
    const Bytes bytes = piece(number);
    const Status status = writer.begin(index, number, view(bytes));
    return status == Status::ok ? writer.advance(port, index) : status;
  }
  bool has(std::uint32_t number) {
    Bytes scratch(kPieceSize);
    return index.find(number, MutableBytes(scratch.data(), scratch.size())) && scratch == piece(number);
  }
  /// Clears bits of a byte, as flash does that was programmed halfway.
  void spoil(std::uint32_t address) { const_cast<std::uint8_t*>(flash->data())[address] ^= 0x08; }
};

}  // namespace tmd::test
