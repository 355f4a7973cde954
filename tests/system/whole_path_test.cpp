// SPDX-License-Identifier: Apache-2.0
// Two models in, a patch out, streamed into flash, proven and switched to; and everything that can be wrong
// with it.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "support/corpus.hpp"
#include "support/device.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Weights as a small update leaves them: most the same, some moved a little, a piece inserted.
struct Update {
  Bytes base = Bytes(6000);
  Bytes target;
  Bytes patch;

  explicit Update(DigestKind kind = DigestKind::crc32) {
    std::mt19937 random(5);
    for (std::uint8_t& byte : base) byte = static_cast<std::uint8_t>(random() % 61);
    target = base;
    for (std::size_t i = 1000; i < 3000; i += 3)
      target[i] = static_cast<std::uint8_t>(target[i] + random() % 3);
    target.insert(target.begin() + 4000, 300, 0xAB);
    patch = make_patch(base, target, kind);
  }
};

/// A firmware that insists on as much as it can without keys.
template <class Flash>
struct SmallPage : UnsignedConfig<Flash> {
  static constexpr std::uint32_t kPageSize = 64;
};

}  // namespace

TEST_CASE("a model update streams into flash, whatever the packets") {
  for (const DigestKind kind : {DigestKind::crc32, DigestKind::sha256}) {
    const Update update(kind);
    CHECK(update.patch.size() < update.target.size() / 3);
    for (const auto& next_size : {pieces_of(1), pieces_of(20), pieces_of(100000), random_pieces(50, 11)}) {
      Device<> device(update.base);
      CHECK(device.update(update.patch, next_size) == Status::ok);
      CHECK(device.active_bytes() == update.target);
      CHECK(device.store().active().slot == SlotId::b);
      CHECK(device.flash().counters().violations == 0);
      CHECK(device.restart() == Status::ok);
      CHECK(device.active_bytes() == update.target);
    }
  }
}

TEST_CASE("real models stream into flash") {
  if (corpus_folder().empty()) {
    MESSAGE("skipped: the corpus of models is absent");
    return;
  }
  const auto models = corpus_folder() / "models";
  const Bytes base = read_file(models / "imu-addclass.base.tflite");
  for (const char* name : {"imu-nudge", "imu-head", "imu-ft1", "imu-reexport"}) {
    const Bytes target = read_file(models / (std::string(name) + ".target.tflite"));
    const Bytes patch = make_patch(base, target, DigestKind::sha256);
    Device<SmallPage, 2048, 8> device(base);
    CHECK(device.update(patch, pieces_of(51)) == Status::ok);
    CHECK(device.active_bytes() == target);
    MESSAGE(std::string(name) << ": " << patch.size() << " of " << target.size() << " bytes, "
                              << device.flash().counters().erases << " erases, "
                              << device.flash().counters().programmed_bytes << " bytes programmed");
  }
}

TEST_CASE("every flipped byte of a patch ends in an error, and the next valid update succeeds") {
  const Update update;
  std::map<Status, unsigned> seen;
  for (std::size_t i = 0; i < update.patch.size(); ++i) {
    Bytes bad = update.patch;
    bad[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    CAPTURE(i);
    Device<> device(update.base);
    const Status status = device.update(bad, pieces_of(40));
    ++seen[status];
    if (i + 1 == update.patch.size() && status == Status::ok) {
      // The last bits of an arithmetic code may not matter. Then this is another spelling of the same target.
      REQUIRE(device.active_bytes() == update.target);
      continue;
    }
    REQUIRE(is_error(status));
    REQUIRE(device.active_bytes() == update.base);
    REQUIRE(device.store().verify_active() == Status::ok);
    REQUIRE(device.update(update.patch, pieces_of(40)) == Status::ok);
    REQUIRE(device.active_bytes() == update.target);
  }
  for (const auto& [status, count] : seen) MESSAGE(std::string(to_string(status)) << ": " << count);
  CHECK(seen.size() >= 4);
}

TEST_CASE("a patch truncated at any length is never committed, and can still be completed") {
  const Update update;
  for (std::size_t length = 0; length < update.patch.size(); ++length) {
    CAPTURE(length);
    Device<> device(update.base);
    const Bytes truncated(update.patch.begin(), update.patch.begin() + static_cast<std::ptrdiff_t>(length));
    REQUIRE(device.update(truncated, pieces_of(40)) == Status::body_truncated);
    REQUIRE(device.active_bytes() == update.base);
    REQUIRE(device.feed(update.patch, pieces_of(40), length) == Status::ready_to_finish);
    REQUIRE(device.updater().finish() == Status::ok);
    REQUIRE(device.active_bytes() == update.target);
  }
}

TEST_CASE("bytes behind the end of a patch are left over, in the same piece or in a later one") {
  const Update update;
  Bytes longer = update.patch;
  longer.push_back(0);
  for (const std::size_t size : {std::size_t{1}, longer.size()}) {
    Device<> device(update.base);
    CHECK(device.update(longer, pieces_of(size)) == Status::ok);
    CHECK(device.active_bytes() == update.target);
  }
}

TEST_CASE("a target larger than the slot, and lengths near 2^32, are refused before anything is written") {
  const Update update;
  host::EncodeOptions options;
  options.effort = host::Effort::quick;
  const host::EncodedBody body = host::encode_body(view(update.base), view(update.target), options);
  host::format::PatchParts parts;
  parts.base = digest_of(DigestKind::crc32, view(update.base));
  parts.target = digest_of(DigestKind::crc32, view(update.target));
  parts.base_length = static_cast<std::uint32_t>(update.base.size());
  parts.body_length = static_cast<std::uint32_t>(body.bytes.size());
  parts.codec_parameters = body.parameters;
  for (const std::uint32_t length : {Device<>::kSlotSize + 1, 0x80000000U, 0xFFFFFFFFU}) {
    parts.target_length = length;
    Device<> device(update.base);
    device.flash().reset_counters();
    CHECK(device.update(host::format::join_patch(host::format::write_manifest(parts), {}, body.bytes)) ==
          Status::target_too_large);
    CHECK(device.flash().counters().erases + device.flash().counters().programs == 0);
  }
  parts.target_length = static_cast<std::uint32_t>(update.target.size());
  parts.base_length = 0xFFFFFFFFU;
  Device<> device(update.base);
  CHECK(device.update(host::format::join_patch(host::format::write_manifest(parts), {}, body.bytes)) ==
        Status::wrong_base_length);
}

TEST_CASE("critical entries that nobody knows are refused, others are passed over") {
  const Update update;
  const auto status_of = [&](std::vector<host::format::EntryToWrite> entries) {
    Device<> device(update.base);
    device.flash().reset_counters();
    const Status status =
        device.update(make_patch(update.base, update.target, DigestKind::crc32, std::move(entries)));
    if (status != Status::ok)
      CHECK(device.flash().counters().erases + device.flash().counters().programs == 0);
    return status;
  };
  CHECK(status_of({{static_cast<EntryNumber>(0x50), true, {1}}}) == Status::unknown_critical);
  CHECK(status_of({{static_cast<EntryNumber>(0x70), true, {1}}}) == Status::unknown_critical);
  CHECK(status_of({{static_cast<EntryNumber>(0x50), false, {1}}}) == Status::ok);
  CHECK(status_of({{EntryNumber::note, true, {'h', 'i'}}}) == Status::ok);
  CHECK(status_of({{EntryNumber::note, false, Bytes(2000, 'x')}}) == Status::manifest_too_large);
}

TEST_CASE(
    "flash that fails at any operation ends the update with its own status, and the active model stays") {
  const Update update;
  struct FailingFlash : Device<>::Ram {
    unsigned operations = 0;
    unsigned failing = 0;
    bool fails() { return ++operations == failing; }
    Status program(std::uint32_t address, ConstBytes bytes) {
      return fails() ? Status::program_failed : Device<>::Ram::program(address, bytes);
    }
    Status erase(std::uint32_t address) {
      return fails() ? Status::erase_failed : Device<>::Ram::erase(address);
    }
  };
  const auto flash = std::make_unique<FailingFlash>();
  FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(update.base.size());
  factory.digest = digest_of(DigestKind::sha256, view(update.base));
  std::set<Status> seen;
  bool reached_the_end = false;
  for (unsigned failing = 1; !reached_the_end; ++failing) {
    CAPTURE(failing);
    new (flash.get()) FailingFlash();
    REQUIRE(flash->program(0, view(update.base)) == Status::ok);
    ModelStore<UnsignedConfig<FailingFlash>> store(*flash, Device<>::layout());
    REQUIRE(store.boot(factory) == Status::ok);
    Updater<UnsignedConfig<FailingFlash>> updater(store);
    flash->operations = 0;
    flash->failing = failing;
    REQUIRE(updater.begin() == Status::ok);
    FeedResult fed = updater.feed(view(update.patch));
    Status status = is_error(fed.status) ? fed.status : updater.finish();
    reached_the_end = flash->operations < failing;
    if (status == Status::ok) {  // it was the log's: the update goes on without
      CHECK(store.verify_active() == Status::ok);
      CHECK(store.active().region.size == update.target.size());
      continue;
    }
    seen.insert(status);
    CHECK(store.verify_active() == Status::ok);
    CHECK(store.active().region.size == update.base.size());
    REQUIRE(updater.begin() == Status::ok);
    fed = updater.feed(view(update.patch));
    REQUIRE(fed.status == Status::ready_to_finish);
    REQUIRE(updater.finish() == Status::ok);
    REQUIRE(store.active().region.size == update.target.size());
  }
  CHECK(seen == std::set<Status>{Status::program_failed, Status::erase_failed});
}

TEST_CASE("a refused update is forgotten for good, also where the flash is busy at every step") {
  struct BusyFlash : Device<>::Ram {
    bool busy = false;
    Status program(std::uint32_t address, ConstBytes bytes) {
      busy = !busy;
      return busy ? Status::would_block : Device<>::Ram::program(address, bytes);
    }
    Status erase(std::uint32_t address) {
      busy = !busy;
      return busy ? Status::would_block : Device<>::Ram::erase(address);
    }
  };
  const auto settled = [](const auto& call) {
    Status status = call();
    while (status == Status::would_block) status = call();
    return status;
  };
  const Update update;
  const auto flash = std::make_unique<BusyFlash>();
  REQUIRE(flash->Device<>::Ram::program(0, view(update.base)) == Status::ok);
  FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(update.base.size());
  factory.digest = digest_of(DigestKind::sha256, view(update.base));
  Bytes bad = update.patch;
  bad[bad.size() / 2] ^= 1;
  {
    ModelStore<UnsignedConfig<BusyFlash>> store(*flash, Device<>::layout());
    REQUIRE(settled([&] { return store.boot(factory); }) == Status::ok);
    Updater<UnsignedConfig<BusyFlash>> updater(store);
    REQUIRE(updater.begin() == Status::ok);
    std::size_t offset = 0;
    const Status status = settled([&] {
      const FeedResult fed = updater.feed(view(bad).from(offset));
      offset += fed.consumed;
      return fed.status;
    });
    CHECK(is_error(status));
  }
  ModelStore<UnsignedConfig<BusyFlash>> store(*flash, Device<>::layout());
  REQUIRE(settled([&] { return store.boot(factory); }) == Status::ok);
  Updater<UnsignedConfig<BusyFlash>> updater(store);
  CHECK(updater.resume() == Status::not_found);
  REQUIRE(updater.begin() == Status::ok);
  std::size_t offset = 0;
  CHECK(settled([&] {
          const FeedResult fed = updater.feed(view(update.patch).from(offset));
          offset += fed.consumed;
          return fed.status;
        }) == Status::ready_to_finish);
  CHECK(settled([&] { return updater.finish(); }) == Status::ok);
  CHECK(store.verify_active() == Status::ok);
}

TEST_CASE("an empty base, identical models and a model of one byte are updates like any other") {
  const Update update;
  for (const auto& [base, target] : {std::pair{Bytes{}, update.target}, std::pair{update.base, update.base},
                                     std::pair{update.base, Bytes{7}}}) {
    Device<> device(base);
    CHECK(device.update(make_patch(base, target)) == Status::ok);
    CHECK(device.active_bytes() == target);
    CHECK(device.store().active().present);
  }
}

TEST_CASE("a patch that brings no byte is refused, and the slots stay what they were") {
  const Update update;
  for (const Bytes& base : {update.base, Bytes{}}) {
    Device<> device(update.base);
    CHECK(device.update(make_patch(base, {})) == Status::malformed_manifest);
    CHECK(device.active_bytes() == update.base);
    CHECK_FALSE(device.store().snapshot().is_updating());
  }
}
