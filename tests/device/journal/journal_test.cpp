// SPDX-License-Identifier: Apache-2.0
#include "tmd/journal/journal.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tmd/journal/flash_journal.hpp"
#include "tmd/journal/memory_journal.hpp"

namespace tmd::test {
namespace {

struct AnyFlash {
  static constexpr std::uint32_t size() { return 65536; }
  static constexpr std::uint32_t erase_size() { return 4096; }
  static constexpr std::uint32_t program_size() { return 4; }
  Status read(std::uint32_t, MutableBytes) { return Status::read_failed; }
  Status program(std::uint32_t, ConstBytes) { return Status::program_failed; }
  Status erase(std::uint32_t) { return Status::erase_failed; }
  Status is_blank(std::uint32_t, std::uint32_t, bool&) { return Status::read_failed; }
};
struct AnyMemory {
  static constexpr std::uint32_t size() { return 65536; }
  Status read(std::uint32_t, MutableBytes) { return Status::read_failed; }
  Status write(std::uint32_t, ConstBytes) { return Status::program_failed; }
};
using OnFlash = FlashJournal<AnyFlash>;
using InMemory = MemoryJournal<AnyMemory>;

static_assert(check_journal_policy<OnFlash>(), "");
static_assert(check_journal_policy<InMemory>(), "");
static_assert(!detail::IsJournal<AnyFlash>::value, "a flash is no journal");
static_assert(!detail::IsMemory<OnFlash>::value, "a journal is no memory");
static_assert(!std::is_copy_constructible<OnFlash>::value && !std::is_copy_assignable<OnFlash>::value, "");
static_assert(!std::is_copy_constructible<InMemory>::value && !std::is_copy_assignable<InMemory>::value, "");
static_assert(std::is_trivially_destructible<OnFlash>::value &&
                  std::is_trivially_destructible<InMemory>::value,
              "");

// Statically initialised: a constant expression, so no start-up code.
constinit AnyFlash flash;
constinit FlashPort<AnyFlash> port(flash);
constinit OnFlash on_flash(port, {4096, 8192});
constinit AnyMemory static_memory;
constinit InMemory in_memory(static_memory, {0, 8192});
constinit OnFlash later_on_flash;
constinit InMemory later_in_memory;

template <class Object>
bool is_all_zero(Object& object) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&object);
  return std::all_of(bytes, bytes + sizeof(object), [](unsigned char byte) { return byte == 0; });
}

}  // namespace

TEST_CASE("a journal without a place is all zero, and refuses") {
  CHECK(is_all_zero(later_on_flash));
  CHECK(is_all_zero(later_in_memory));
  std::uint32_t length = 0;
  CHECK(later_on_flash.mount(MutableBytes(), length) == Status::invalid_layout);
  CHECK(later_on_flash.restore_state() == Status::wrong_state);
}

TEST_CASE("where nothing can be read the journal does not take the device for a new one, nor writes") {
  std::uint32_t length = 0;
  CHECK(on_flash.mount(MutableBytes(), length) == Status::journal_lost);
  CHECK(on_flash.start_log(RecordKind::patch, 0, ConstBytes(), ConstBytes()) == Status::wrong_state);
  CHECK(in_memory.mount(MutableBytes(), length) == Status::journal_lost);
}

}  // namespace tmd::test
