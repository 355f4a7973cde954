// SPDX-License-Identifier: Apache-2.0
#include "system/faults/hostile_body.hpp"

#include <algorithm>

#include "system/faults/run.hpp"

namespace tmd::faults {

namespace {

constexpr unsigned kBodies = 24;
/// Body bytes that stay the honest patch's: the operation, which makes all that follows literal bytes.
constexpr std::uint32_t kHonestBytes = 24;

/// What the journal of a device of the attacker's holds that anything was written to, oldest image first.
std::vector<Bytes> journal_images(const Workload& work) {
  Setup setup = work.setup;
  setup.scenario = Scenario::confirm;
  setup.updates = 6;
  setup.model_size = work.setup.model_size / 4;
  const Workload attacker = make_workload(setup, 666);
  test::SimulatedFlash flash = attacker.new_flash(1);
  std::vector<Bytes> images;
  unsigned turn = 0;
  test::SimulatedFlash::Watcher watcher = [&](const test::SimulatedFlash& now, const test::FlashOperation&) {
    if (++turn % 40 != 0) return;
    test::SimulatedFlash copy = now;
    copy.watch(nullptr);
    Bytes image;
    for (std::uint32_t at = attacker.journal().address; at < attacker.journal().end(); ++at) {
      std::uint8_t byte = 0;
      if (now.is_programmed(at) && copy.read(at, MutableBytes(&byte, 1)) == Status::ok) image.push_back(byte);
    }
    images.push_back(image);
  };
  flash.watch(&watcher);
  Oracle oracle;
  Figures figures;
  (void)run_to_end(attacker, flash, oracle, figures, 1);
  return images;
}

/// The same without the first byte of each row.
Bytes without_tags(const Bytes& image, std::uint32_t row) {
  Bytes bytes;
  for (std::size_t i = 0; i < image.size(); ++i) {
    if (i % row != 0) bytes.push_back(image[i]);
  }
  return bytes;
}

}  // namespace

void add_hostile_patches(Workload& work) {
  const std::vector<Bytes> images = journal_images(work);
  const PatchFile& honest = work.patches[0];
  const std::uint32_t row = std::max(16U, work.setup.journal_part.program_size);
  test::Chance chance(13);
  for (unsigned i = 0; i < kBodies; ++i) {
    PatchFile patch = honest;
    std::uint32_t at = honest.manifest_size + kHonestBytes;
    // Each image begins one byte further on in its row than the one before it.
    for (std::uint32_t shift = i % row; at < patch.size(); ++shift) {
      const Bytes& whole =
          images[images.size() - 1 - chance.below(static_cast<std::uint32_t>(images.size() / 2))];
      const Bytes image = i % 3 == 2 ? without_tags(whole, row) : whole;
      const std::uint32_t from = chance.below(static_cast<std::uint32_t>(image.size() / row)) * row;
      const std::uint32_t filler = (row + shift % row - at % row) % row;
      for (std::uint32_t k = 0; k < filler && at < patch.size(); ++k) patch.bytes[at++] = 0xFF;
      const std::uint32_t length =
          std::min<std::uint32_t>(static_cast<std::uint32_t>(image.size()) - from, 640);
      for (std::uint32_t k = 0; k < length && at < patch.size(); ++k) patch.bytes[at++] = image[from + k];
    }
    work.hostile.push_back(patch);
  }
}

}  // namespace tmd::faults
