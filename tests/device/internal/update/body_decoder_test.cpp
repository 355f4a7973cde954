// SPDX-License-Identifier: Apache-2.0
// What a plan and a decoder leave in flash is read by whatever firmware runs next. Firmware to which the same bytes
// mean something else has another `UpdateState::kFormat`, and goes on with none of it.
#include "tmd/internal/update/body_decoder.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <iterator>
#include <memory>
#include <vector>

#include "codec/operation_player.hpp"
#include "codec/range_encoder.hpp"
#include "support/bytes.hpp"
#include "support/simulated_flash.hpp"
#include "tmd/digest/crc32.hpp"

using namespace tmd;
using namespace tmd::test;
using codec::Operation;
using codec::OperationKind;

namespace {

/// One whose plan has all that any plan has, but for buffers whose size the application says.
struct EverythingConfig : DefaultConfig<SimulatedFlash> {
  using Authentication = AllowUnsigned;
  static constexpr bool kOneSlot = true;
};
using Plan = UpdatePlan<EverythingConfig>;
using State = UpdateState<EverythingConfig>;

/// Numbers of `kFormat`, without what the plan's size adds to it, and what the saved state was then. A change of what
/// is saved gets a new line, with a new number; no line is ever changed.
struct Known {
  std::uint32_t format;
  std::uint32_t plan;
  std::uint32_t decoder;
};
constexpr Known kKnown[] = {
    {0x00010000, 0xC6E322F2, 0x3954E474},
};

/// Each member filled with another number, so that it counts where it lies.
std::uint32_t fingerprint_of_plan() {
  Plan plan;
  std::memset(static_cast<void*>(&plan), 0, sizeof(plan));
  int next = 0;
  const auto fill = [&](auto&... members) {
    (std::memset(static_cast<void*>(&members), ++next, sizeof(members)), ...);
  };
  fill(plan.window.block_size, plan.window.spare, plan.window.batch, plan.head, plan.places);
  for (auto& place : plan.place) fill(place.block, place.crc);
  fill(plan.patch.kind, plan.patch.bytes);
  fill(plan.way_back.codec_parameters, plan.way_back.body_length, plan.way_back.body.kind,
       plan.way_back.body.bytes);
  fill(plan.is_back, plan.kept_facts_size, plan.front_size, plan.kept_bytes);
  fill(plan.received, plan.written, plan.identity);
  Manifest& manifest = plan.manifest;
  fill(manifest.version, manifest.codec_parameters, manifest.authenticated, manifest.encrypted);
  fill(manifest.base_length, manifest.target_length, manifest.body_length, manifest.base.kind,
       manifest.base.bytes, manifest.target.kind, manifest.target.bytes, manifest.chunk_count,
       manifest.entries_offset, manifest.entries_size, manifest.signed_size, manifest.authentication_offset,
       manifest.authentication_size, manifest.body_offset);
  fill(plan.version.major, plan.version.minor, plan.version.patch, plan.security_counter, plan.revoked_keys,
       plan.cipher_entry_size, plan.cipher_entry);
  return Crc32::of(memory_of(plan));
}

constexpr std::uint32_t kOperationLength = 192;
constexpr std::uint8_t kParameters = 24;

/// Operations of all kinds, with all their flags.
std::vector<host::PlannedOperation> all_operations() {
  std::vector<host::PlannedOperation> operations;
  for (unsigned kind = 0; kind < codec::kOperationKinds; ++kind) {
    for (unsigned flag = 0; flag <= codec::kOperationFlags; ++flag) {
      const bool has_flag = flag != codec::kOperationFlags;
      if (has_flag && !codec::may(static_cast<OperationKind>(kind), flag)) continue;
      host::PlannedOperation planned;
      Operation& operation = planned.operation;
      operation.kind = static_cast<OperationKind>(kind);
      operation.length = kOperationLength;
      operation.source = static_cast<std::uint32_t>(operations.size());
      operation.stride = codec::has_elements(operation.kind) ? 4 : 0;
      if (has_flag) operation.*codec::kFlags[flag].is = true;
      if (operation.scaled) planned.ratios = {{3, 1}};
      if (operation.centred) operation.centre = 100;
      if (operation.predicted) operation.filter.code = 9, operation.above = 16;
      operations.push_back(planned);
    }
  }
  return operations;
}

struct Coded {
  Bytes base;
  Bytes target;
  Bytes body;
};
Coded coded_with_all() {
  const std::vector<host::PlannedOperation> operations = all_operations();
  Coded coded;
  coded.base = random_bytes(4000, 1);
  const auto encoder = std::make_unique<host::RangeEncoder>();
  const auto body = std::make_unique<host::AnyBody>();
  coded.target.resize(operations.size() * kOperationLength);
  for (std::size_t i = 0; i < coded.target.size(); ++i) {
    // Copies copy; all else is a little more than what it is predicted from.
    const std::size_t operation = i / kOperationLength;
    const OperationKind kind = operations[operation].operation.kind;
    const std::size_t source = operations[operation].operation.source + i % kOperationLength;
    const bool is_copy = kind == OperationKind::copy_base || kind == OperationKind::copy_target;
    const std::uint8_t from = kind == OperationKind::copy_target ? coded.target[source] : coded.base[source];
    coded.target[i] = static_cast<std::uint8_t>(is_copy ? from : from + i % 3);
  }
  body->begin(codec::counter_count(kParameters), static_cast<std::uint32_t>(coded.base.size()),
              static_cast<std::uint32_t>(coded.target.size()));
  for (const host::PlannedOperation& planned : operations)
    REQUIRE(host::play(*body, *encoder, planned, view(coded.base), view(coded.target)) == Status::ok);
  coded.body = encoder->finish();
  return coded;
}

/// Reads and writes for a decoder, a page at a time.
struct Pages {
  const Bytes& base;
  Bytes& target;
  std::uint32_t left = 0;
  Status read_base(std::uint32_t offset, MutableBytes out) const { return read(base, offset, out); }
  Status read_target(std::uint32_t offset, MutableBytes out) const { return read(target, offset, out); }
  static Status read(const Bytes& from, std::uint32_t offset, MutableBytes out) {
    copy_bytes(view(from).slice(offset, out.size()), out);
    return Status::ok;
  }
  std::uint32_t room() const { return left; }
  void put(std::uint8_t byte) {
    target.push_back(byte);
    --left;
  }
  static constexpr std::uint32_t read_floor(std::uint32_t) { return 0; }
};

/// The decoder's memory at the end of each page, over all operations.
std::uint32_t fingerprint_of_decoder() {
  const Coded coded = coded_with_all();
  Manifest manifest;
  manifest.version = kFormat2;
  manifest.codec_parameters = kParameters;
  manifest.base_length = static_cast<std::uint32_t>(coded.base.size());
  manifest.target_length = static_cast<std::uint32_t>(coded.target.size());
  const auto state = std::make_unique<State>();
  std::memset(static_cast<void*>(state.get()), 0, sizeof(*state));
  REQUIRE(state->body.start(manifest) == Status::ok);
  Bytes target;
  Pages pages{coded.base, target};
  Crc32 crc;
  ConstBytes rest = view(coded.body);
  Status status = Status::need_more;
  while (status != Status::ready_to_finish) {
    if (status == Status::need_more) {
      const std::size_t taken = state->body.sink(manifest, rest);
      rest = rest.from(taken);
      if (taken == 0) state->body.end_of_input();
    }
    if (status == Status::ok) {
      crc.update(memory_of(state->body));
      pages.left = 13;
    }
    status = state->body.poll(manifest, pages);
    REQUIRE_FALSE(is_error(status));
  }
  REQUIRE(target == coded.target);
  return crc.value();
}

}  // namespace

TEST_CASE("a saved state that means something else has another number: raise UpdateState::kFormat") {
  const Known& now = kKnown[std::size(kKnown) - 1];
  for (std::size_t i = 1; i < std::size(kKnown); ++i) CHECK(kKnown[i - 1].format < kKnown[i].format);
  CHECK(State::kFormat == now.format + sizeof(Plan));
  // Where one of these fails: raise it, and add a line to kKnown.
  CHECK(fingerprint_of_plan() == now.plan);
  CHECK(fingerprint_of_decoder() == now.decoder);
}
