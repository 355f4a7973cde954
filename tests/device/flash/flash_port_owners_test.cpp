// SPDX-License-Identifier: Apache-2.0
// Store, staging area and history on one port: each gets the answer to what it began, whatever the others give up.
#include <doctest/doctest.h>

#include "device/dma_flash.hpp"
#include "device/staged_patch.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/history.hpp"
#include "tmd/model_store.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Dma = DmaFlash<RamFlash<64 * 1024, 1024, 8>>;
using Config = UnsignedConfig<Dma>;
constexpr Layout kLayout = {{0, 8192}, {8192, 8192}, {16384, 16384}};
constexpr Region kStaging = {32768, 16384};
constexpr Region kHistory = {49152, 16384};

struct Board {
  Dma dma{1};
  ModelStore<Config> store{dma, kLayout};
  Staging<Dma> staging{store.port(), kStaging};
  FlashJournal<Dma> journal{store.port(), kHistory};
  History<FlashJournal<Dma>, 4> history;
};

}  // namespace

TEST_CASE("an answer that others' given up operations took the place of is found in flash") {
  Board board;
  const StagedPatch patch(1000, 200);
  REQUIRE(patiently([&] { return board.store.boot(); }) == Status::not_found);
  REQUIRE(patiently([&] { return board.history.mount(board.journal); }) == Status::ok);
  REQUIRE(patiently([&] { return board.staging.open(patch.plan); }) == Status::ok);
  const auto note = [&] { return board.history.note(LogEvent::update_refused, Status::bad_signature, 1); };

  // Each is interrupted by the next one: state, entry, the area's retirement, which is given up, its first erase.
  CHECK(board.store.erase_previous() == Status::would_block);
  CHECK(note() == Status::would_block);
  CHECK(board.staging.wipe() == Status::would_block);
  CHECK(board.staging.restart() == Status::would_block);
  CHECK(note() == Status::would_block);

  CHECK(patiently([&] { return board.store.erase_previous(); }) == Status::ok);
  CHECK(patiently(note) == Status::ok);
  CHECK(patiently([&] { return board.staging.restart(); }) == Status::ok);
  CHECK(board.dma.refused() == 0);
}
