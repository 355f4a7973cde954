// SPDX-License-Identifier: Apache-2.0
#include "tmd/journal/memory_journal.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "device/journal/life.hpp"

namespace tmd::test {
namespace {

using Kind = Step::Kind;

/// Memory that is overwritten at will. Power may go in each write.
template <std::uint32_t kItem>
struct Memory {
  static constexpr std::uint32_t kItemSize = kItem;
  Bytes bytes = Bytes(64 * 1024);
  std::string breach;
  std::function<void(std::uint32_t, ConstBytes)> before_write;
  std::uint32_t writes = 0;
  std::uint32_t reads = 0;

  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes.size()); }
  Status read(std::uint32_t address, MutableBytes out) {
    ++reads;
    if (!fits(address, static_cast<std::uint32_t>(out.size()), size()))
      breach = "read out of bounds";
    else
      copy_bytes(ConstBytes(bytes.data() + address, out.size()), out);
    return Status::ok;
  }
  Status write(std::uint32_t address, ConstBytes given) {
    const std::uint32_t length = static_cast<std::uint32_t>(given.size());
    if (!fits(address, length, size()) || address % kItem != 0 || length % kItem != 0) breach = "bad write";
    if (length != kItem && length != 32) breach = "not one item";
    if (before_write) before_write(address, given);
    ++writes;
    copy_bytes(given, MutableBytes(bytes.data() + address, length));
    return Status::ok;
  }
};

template <std::uint32_t kItem>
struct Medium {
  Memory<kItem> memory;
  Region region;
  struct Session {
    MemoryJournal<Memory<kItem>> journal;
    explicit Session(Medium& medium) : journal(medium.memory, medium.region) {}
  };
  void reboot() {}
  std::string violation() const { return memory.breach; }
};

template <std::uint32_t kItem>
Life<Medium<kItem>> life_in(Region region) {
  return {{Memory<kItem>(), region}, Expectation(), kStateSize};
}
std::vector<Step> steps_in_memory() {
  std::vector<Step> steps;
  for (unsigned round = 0; round < 3; ++round) {
    steps.insert(steps.end(), {{Kind::start, kStateSize},
                               {Kind::append, 0},
                               {Kind::fresh, 15},
                               {Kind::append, 31},
                               {Kind::keep, kStateSize},
                               {Kind::append, 16},
                               {Kind::start, kStateSize},
                               {Kind::append, 90},
                               {Kind::keep, kStateSize}});
  }
  return steps;
}

/// In each write in turn, what it leaves behind when power goes: nothing, a part, noise, all.
template <std::uint32_t kItem>
void check_cuts(Region region) {
  Life<Medium<kItem>> life = life_in<kItem>(region);
  const std::vector<Step> afterwards = {
      {Kind::append, 20}, {Kind::fresh, 15}, {Kind::append, 5}, {Kind::start, kStateSize}};
  Chance chance(kItem);
  std::uint32_t cuts = 0;
  std::string problem;
  life.medium.memory.before_write = [&](std::uint32_t address, ConstBytes given) {
    for (unsigned way = 0; way < 6 && problem.empty(); ++way) {
      Life<Medium<kItem>> copy = life;
      copy.medium.memory.before_write = nullptr;
      for (std::size_t i = 0; i < given.size(); ++i) {
        std::uint8_t& byte = copy.medium.memory.bytes[address + i];
        const std::uint8_t mask = chance.byte();
        if (way == 1 ? i < given.size() / 2 : way == 2 ? i >= given.size() / 2 : way == 5) byte = given[i];
        if (way == 3) byte = static_cast<std::uint8_t>((byte & mask) | (given[i] & (mask ^ 0xFFU)));
        if (way == 4) byte = mask;
      }
      ++cuts;
      problem = copy.go_on(afterwards);
      if (!problem.empty())
        problem += "; write " + std::to_string(life.medium.memory.writes) + " way " + std::to_string(way);
    }
  };
  const std::string what = life.go_on(steps_in_memory());
  CHECK(what == "");
  CHECK(problem == "");
  CHECK(cuts > 600);
}

}  // namespace

static_assert(check_journal_policy<MemoryJournal<Memory<16>>>(), "");

TEST_CASE("a region of memory holds a state, or is refused") {
  Memory<16> memory;
  using Journal = MemoryJournal<Memory<16>>;
  CHECK(Journal::check(memory, {0, 2 * 768}, kStateSize) == Status::ok);
  CHECK(Journal::check(memory, {32, 2 * 768}, kStateSize) == Status::ok);
  CHECK(Journal::check(memory, {0, 768}, kStateSize) == Status::invalid_layout);
  CHECK(Journal::check(memory, {8, 2 * 768}, kStateSize) == Status::invalid_layout);
  CHECK(Journal::check(memory, {64 * 1024 - 768, 2 * 768}, kStateSize) == Status::invalid_layout);
}

TEST_CASE("states and logs are there after each restart, in items of all sizes") {
  const auto check = [](auto life) {
    for (unsigned boot = 0; boot < 10; ++boot) REQUIRE(life.go_on(steps_in_memory()) == "");
  };
  check(life_in<16>({64, 2 * 768}));
  check(life_in<32>({64, 8192}));
  check(life_in<64>({64, 8192}));
  check(life_in<512>({512, 60 * 512}));
}

TEST_CASE("power is cut in each write, in all ways") {
  check_cuts<16>({64, 2 * 768});
  check_cuts<64>({64, 8192});
}

TEST_CASE("memory as it is delivered is a new device; anything else is wiped first") {
  for (const std::uint8_t byte : Bytes{0x00, 0xFF, 0x5A}) {
    Medium<16> medium{Memory<16>(), {64, 8192}};
    medium.memory.bytes.assign(medium.memory.bytes.size(), byte);
    Medium<16>::Session session(medium);
    Bytes state(kStateSize);
    std::uint32_t length = 0;
    const Status status = session.journal.mount(MutableBytes(state.data(), state.size()), length);
    CHECK(status == (byte == 0x5A ? Status::journal_lost : Status::not_found));
    if (byte == 0x5A) CHECK(session.journal.wipe() == Status::ok);
    CHECK(session.journal.write_state(view(state), Log::start) == Status::ok);
    CHECK(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::ok);
    // Nothing outside the region.
    CHECK(medium.memory.bytes[63] == byte);
    CHECK(medium.memory.bytes[64 + 8192] == byte);
  }
}

TEST_CASE(
    "a mount looks at memory in front of old bytes, as a cut leaves it that was being erased, three times") {
  constexpr std::uint32_t kBank = 16 * 1024;
  Medium<32> medium{Memory<32>(), {0, 2 * kBank}};
  Bytes state(kStateSize);
  std::uint32_t length = 0;
  Medium<32>::Session session(medium);
  (void)session.journal.mount(MutableBytes(state.data(), state.size()), length);
  REQUIRE(session.journal.write_state(view(state), Log::start) == Status::ok);
  for (const std::uint32_t bank : {0U, kBank}) medium.memory.bytes[bank + kBank - 32] = 0x69;
  medium.memory.reads = 0;
  CHECK(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::ok);
  CHECK(medium.memory.reads < 4 * (2 * kBank / 32));
}

TEST_CASE("any bit of the memory flipped: the state is there") {
  Life<Medium<16>> life = life_in<16>({64, 2 * 768});
  REQUIRE(life.go_on(steps_in_memory()) == "");
  for (std::uint32_t at = 64; at < 64 + 2 * 768; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Life<Medium<16>> copy = life;
      copy.medium.memory.bytes[at] = static_cast<std::uint8_t>(copy.medium.memory.bytes[at] ^ (1U << bit));
      REQUIRE(copy.go_on({{Kind::start, kStateSize}}, Rotten::yes) == "");
    }
  }
}

TEST_CASE("a journal says whether it lies in a region of a driver") {
  Memory<16> memory;
  const MemoryJournal<Memory<16>> journal(memory, {64, 8192});
  CHECK(journal.overlaps(&memory, {0, 65}));
  CHECK_FALSE(journal.overlaps(&memory, {0, 64}));
  CHECK_FALSE(journal.overlaps(&journal, {0, 65}));
}

}  // namespace tmd::test
