// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/stored_state.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "support/bytes.hpp"
#include "support/ram_journal.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Flash = RamFlash<32768, 1024, 4>;
struct Config : UnsignedConfig<Flash> {
  using Journal = RamJournal;
  static constexpr std::uint32_t kProduct = 77;
};
constexpr Layout kLayout = {{0, 8192}, {8192, 4096}, {}};

/// The state over a journal whose contents outlive it.
struct Bench {
  std::unique_ptr<Flash> flash = std::make_unique<Flash>();
  RamJournal journal;
  std::unique_ptr<StoredState<Config>> state = std::make_unique<StoredState<Config>>();

  explicit Bench(RamJournalContents& contents) : journal(contents) {
    state->attach(*flash, kLayout);
    state->place().give(journal);
  }
};

/// What a firmware finds that mounts this snapshot, changed.
Status mounted(const std::function<void(Snapshot&)>& change, std::uint32_t* counter = nullptr) {
  RamJournalContents contents;
  Bench writer(contents);
  Snapshot snapshot = writer.state->start_over();
  snapshot.security_counter = 9;
  change(snapshot);
  const ConstBytes bytes = memory_of(snapshot);
  contents.state.assign(bytes.begin(), bytes.end());
  Bench reader(contents);
  const Status status = reader.state->mount();
  if (counter != nullptr) *counter = reader.state->now().security_counter;
  return status;
}

}  // namespace

TEST_CASE("a state that was written is mounted again, and then the truth") {
  RamJournalContents contents;
  {
    Bench bench(contents);
    CHECK(bench.state->mount() == Status::not_found);
    Snapshot& next = bench.state->start_over();
    next.active = SlotId::b;
    next.models[1].length = 4000;
    CHECK(bench.state->now().active == SlotId::a);
    REQUIRE(bench.state->write() == Status::ok);
    CHECK(bench.state->now().active == SlotId::b);
  }
  Bench bench(contents);
  REQUIRE(bench.state->mount() == Status::ok);
  bench.state->accept();
  CHECK(bench.state->now().active == SlotId::b);
  CHECK(bench.state->now().model(SlotId::b).length == 4000);
  CHECK(bench.state->now().product == 77);
}

TEST_CASE(
    "states of another format, product or layout are told apart, the counter of a readable one is kept") {
  std::uint32_t counter = 0;
  CHECK(mounted([](Snapshot&) {}, &counter) == Status::ok);
  CHECK(counter == 9);
  CHECK(mounted([](Snapshot& snapshot) { ++snapshot.format; }, &counter) == Status::other_version);
  CHECK(counter == 0);
  CHECK(mounted([](Snapshot& snapshot) { ++snapshot.product; }, &counter) == Status::other_product);
  CHECK(counter == 9);
  CHECK(mounted([](Snapshot& snapshot) { ++snapshot.layout; }, &counter) == Status::other_layout);
  CHECK(counter == 9);
}

TEST_CASE("a journal is wiped once where its state can't be read, never before it was asked, and else not") {
  RamJournalContents contents;
  contents.state.assign(4, 1);
  Bench bench(contents);
  CHECK(bench.state->make_readable() == Status::wrong_state);
  REQUIRE(bench.state->mount() == Status::other_version);
  CHECK(contents.state.size() == 4);
  CHECK(bench.state->make_readable() == Status::ok);
  CHECK(contents.state.empty());
  (void)bench.state->start_over();
  REQUIRE(bench.state->write() == Status::ok);
  CHECK(bench.state->make_readable() == Status::ok);
  CHECK(contents.state.size() == sizeof(Snapshot));
  Bench reader(contents);
  REQUIRE(reader.state->mount() == Status::ok);
  CHECK(reader.state->make_readable() == Status::ok);
  CHECK(contents.state.size() == sizeof(Snapshot));
}

TEST_CASE("a state of another length is another version, shorter or longer") {
  for (const std::size_t length : {sizeof(Snapshot) - 1, sizeof(Snapshot) + 1, std::size_t{4}}) {
    RamJournalContents contents;
    Bench writer(contents);
    (void)writer.state->start_over();
    REQUIRE(writer.state->write() == Status::ok);
    contents.state.resize(length);
    CHECK(Bench(contents).state->mount() == Status::other_version);
  }
}

TEST_CASE("numbers that lead out of a slot, or are none, are not believed") {
  CHECK(mounted([](Snapshot& snapshot) { snapshot.models[0].length = 8192; }) == Status::ok);
  CHECK(mounted([](Snapshot& snapshot) { snapshot.models[0].length = 8193; }) == Status::journal_lost);
  CHECK(mounted([](Snapshot& snapshot) { snapshot.models[1].length = 4097; }) == Status::journal_lost);
  CHECK(mounted([](Snapshot& snapshot) {
          snapshot.models[1].length = 4000;
          snapshot.models[1].facts_size = 97;
        }) == Status::journal_lost);
  CHECK(mounted([](Snapshot& snapshot) { snapshot.active = static_cast<SlotId>(2); }) ==
        Status::journal_lost);
  CHECK(mounted([](Snapshot& snapshot) { snapshot.state = static_cast<ModelState>(4); }) ==
        Status::journal_lost);
}

TEST_CASE("every change makes an epoch of its own, which a writer notices") {
  RamJournalContents contents;
  Bench bench(contents);
  (void)bench.state->start_over();
  std::uint32_t epoch = bench.state->epoch();
  REQUIRE(bench.state->write() == Status::ok);
  CHECK(bench.state->epoch() != epoch);
  epoch = bench.state->epoch();
  Snapshot& next = bench.state->change();
  CHECK(bench.state->epoch() != epoch);
  CHECK(&next == &bench.state->next());
  CHECK(next.product == 77);
  epoch = bench.state->epoch();
  bench.state->start_over();
  CHECK(bench.state->epoch() != epoch);
  epoch = bench.state->epoch();
  CHECK(bench.state->begin_epoch() != epoch);
}

TEST_CASE("a log begins with the state, or stays") {
  RamJournalContents contents;
  Bench bench(contents);
  (void)bench.state->start_over();
  REQUIRE(bench.state->start_log(RecordKind::decoder, 5, view(Bytes(10, 1))) == Status::ok);
  CHECK(contents.log.size() == 1);
  (void)bench.state->change();
  REQUIRE(bench.state->write(Log::keep) == Status::ok);
  CHECK(contents.log.size() == 1);
  (void)bench.state->change();
  REQUIRE(bench.state->write() == Status::ok);
  CHECK(contents.log.empty());
}

TEST_CASE("a region that can't hold a journal is not wiped: it may be someone else's") {
  struct Misplaced : RamJournal {
    using RamJournal::RamJournal;
    static Status mount(MutableBytes, std::uint32_t&) { return Status::invalid_layout; }
  };
  struct WithMisplaced : Config {
    using Journal = Misplaced;
  };
  RamJournalContents contents;
  contents.state.assign(4, 1);
  Misplaced journal(contents);
  const auto flash = std::make_unique<Flash>();
  const auto state = std::make_unique<StoredState<WithMisplaced>>();
  state->attach(*flash, kLayout);
  state->place().give(journal);
  REQUIRE(state->mount() == Status::invalid_layout);
  CHECK(state->make_readable() == Status::wrong_state);
  CHECK(contents.state.size() == 4);
}
