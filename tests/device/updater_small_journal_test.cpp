// SPDX-License-Identifier: Apache-2.0
// Journals of the least size: an update may have to send more again, it never ends for want of room.
#include <doctest/doctest.h>

#include <memory>

#include "support/bytes.hpp"
#include "support/make_patch.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class Flash>
struct LargePages : UnsignedConfig<Flash> {
  static constexpr std::uint32_t kPageSize = 2048;
};

/// Ten updates of a model that is trained anew each time, one restart in the middle of each.
template <std::uint32_t kJournal, std::uint32_t kErase>
void update_ten_times() {
  constexpr std::uint32_t kSlot = 32 * 1024;
  using Flash = RamFlash<2 * kSlot + kJournal, kErase, 8>;
  using Config = LargePages<Flash>;
  const auto flash = std::make_unique<Flash>();
  const Layout layout = {{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}};
  Bytes active;
  for (unsigned release = 0; release < 10; ++release) {
    CAPTURE(release);
    const Bytes target = random_bytes(20000, release);
    const Bytes patch = make_patch(active, target, DigestKind::sha256);
    std::size_t stop = patch.size() / 2;
    Status status = Status::need_more;
    for (const bool restarted : {false, true}) {
      const auto store = std::make_unique<ModelStore<Config>>(*flash, layout);
      (void)until_done([&] { return store->boot(FactoryModel()); });
      if (store->active().state == ModelState::trial)
        REQUIRE(until_done([&] { return store->confirm(); }) == Status::ok);
      const auto updater = std::make_unique<Updater<Config>>(*store);
      status = restarted ? updater->resume() : updater->begin();
      if (restarted && status == Status::not_found) status = updater->begin();
      REQUIRE(status == Status::ok);
      while (updater->is_open() && status != Status::ready_to_finish && updater->resume_offset() < stop)
        status = updater->feed(view(patch).slice(updater->resume_offset(), 100)).status;
      CHECK(tmd::is_open(status));
      stop = patch.size() + 1;
      if (restarted) status = until_done([&] { return updater->finish(); });
    }
    REQUIRE(status == Status::ok);
    active = target;
  }
}

}  // namespace

TEST_CASE("ten updates with a journal of 4 KB and pages of 2 KB") {
  update_ten_times<4 * 1024, 1024>();
}

TEST_CASE("ten updates with a journal of 8 KB and pages of 2 KB") {
  update_ten_times<8 * 1024, 2048>();
  update_ten_times<8 * 1024, 4096>();
}
