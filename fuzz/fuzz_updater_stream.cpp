// SPDX-License-Identifier: Apache-2.0
// A stream into the updater: any patch bytes, cut anywhere, with flash that fails or is busy and restarts on
// the way. Whatever happens, the active model is the old one or a proven new one, nothing but the inactive
// slot and the journal is written, and a good update succeeds afterwards.
//
// Input: u8 flags (bit 0: the rest is a body, for which a manifest that fits is made; bit 1: format 1
// chunks), u8 piece size, u8 restart after so many pieces, u8 failing operation, u8 kind of failure, patch
// bytes.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "format/container.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/updater.hpp"

namespace {

using namespace tmd;
using host::Bytes;

constexpr std::uint32_t kBlock = 512;
constexpr std::uint32_t kSlot = 8 * kBlock;
constexpr std::uint32_t kJournal = 24 * kBlock;
constexpr std::uint32_t kModel = 1500;
constexpr std::uint32_t kTarget = 1600;
using Ram = RamFlash<2 * kSlot + kJournal, kBlock, 4>;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// Fails or is busy at the operation that the input names.
class FaultyFlash : public Ram {
 public:
  Status program(std::uint32_t address, ConstBytes bytes) {
    require(address >= active_end_, "the active model's slot is never programmed");
    const Status fault = next_fault(Status::program_failed);
    return fault == Status::ok ? Ram::program(address, bytes) : fault;
  }
  Status erase(std::uint32_t address) {
    require(address >= active_end_, "the active model's slot is never erased");
    const Status fault = next_fault(Status::erase_failed);
    return fault == Status::ok ? Ram::erase(address) : fault;
  }
  void fail_at(unsigned operation, unsigned kind) {
    countdown_ = operation;
    kind_ = kind;
  }
  void protect(std::uint32_t end) { active_end_ = end; }

 private:
  Status next_fault(Status failure) {
    if (countdown_ == 0) return Status::ok;
    if (kind_ % 3 == 1) return ++busy_ % 3 == 0 ? Status::ok : Status::would_block;
    if (--countdown_ != 0) return Status::ok;
    return kind_ % 3 == 0 ? failure : Status::ok;
  }
  unsigned countdown_ = 0;
  unsigned kind_ = 0;
  unsigned busy_ = 0;
  std::uint32_t active_end_ = 0;
};

using Flash = CountedFlash<FaultyFlash>;
struct Config : DefaultConfig<Flash> {
  using Authentication = AllowUnsigned;
  static constexpr std::uint32_t kPageSize = 128;
  static constexpr std::uint32_t kCheckpointInterval = 48;
  static constexpr std::uint8_t kTrialBoots = 0;
  static constexpr std::uint32_t kWorkPerCall = 0;
  static constexpr bool kFormat1 = true;
};

Bytes factory_model() {
  Bytes model(kModel);
  for (std::size_t i = 0; i < model.size(); ++i) model[i] = static_cast<std::uint8_t>(i * 7 + i / 100);
  return model;
}

/// A manifest that the device accepts for whatever body follows.
Bytes manifest_for(const Bytes& base, std::size_t body_size, std::uint8_t codec_parameters) {
  host::format::PatchParts parts;
  parts.base = parts.target = digest_of(DigestKind::crc32, host::view(base));
  parts.base_length = kModel;
  parts.target_length = kTarget;
  parts.codec_parameters = codec_parameters;
  parts.body_length = static_cast<std::uint32_t>(body_size);
  return host::format::write_manifest(parts);
}

Bytes format1_header(const Bytes& base) {
  Bytes out = {1, 1, 3, 0};
  const auto number = [&out](std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  number(kModel);
  number(kTarget);
  for (unsigned i = 0; i < 2; ++i) {
    number(Crc32::of(host::view(base)));
    out.resize(out.size() + 28);
  }
  out.resize(out.size() + 4);
  return out;
}

struct Device {
  explicit Device(Flash& flash) : store(flash, {{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}}) {}
  ModelStore<Config> store;
  std::optional<Updater<Config>> updater;
};

FactoryModel factory_of(const Bytes& base) {
  FactoryModel factory;
  factory.length = kModel;
  factory.digest = digest_of(DigestKind::crc32, host::view(base));
  return factory;
}

Status settled(const auto& call) {
  Status status = Status::would_block;
  for (unsigned i = 0; i < 10000 && status == Status::would_block; ++i) status = call();
  return status;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 5) return 0;
  const Bytes base = factory_model();
  Bytes patch(data + 5, data + size);
  if ((data[0] & 3U) == 1 && !patch.empty()) {
    const std::uint8_t parameters = patch[0];
    patch.erase(patch.begin());
    const Bytes manifest = manifest_for(base, patch.size(), parameters);
    patch.insert(patch.begin(), manifest.begin(), manifest.end());
  } else if ((data[0] & 3U) == 3) {
    const Bytes header = format1_header(base);
    patch.insert(patch.begin(), header.begin(), header.end());
  }
  const std::size_t piece = data[1] == 0 ? 1000 : data[1];

  const auto faulty = std::make_unique<FaultyFlash>();
  (void)faulty->Ram::program(0, host::view(base));
  faulty->protect(kSlot);
  std::optional<Flash> flash(std::in_place, *faulty);
  std::optional<Device> device(std::in_place, *flash);
  require(settled([&] { return device->store.boot(factory_of(base)); }) == Status::ok,
          "the factory model boots");
  device->updater.emplace(device->store);
  faulty->fail_at(data[3], data[4]);

  Status status = device->updater->begin();
  std::size_t offset = 0;
  unsigned pieces = 0;
  unsigned rounds = 0;
  while (!is_error(status) && offset < patch.size() && ++rounds < 20000) {
    const FeedResult fed = device->updater->feed(host::view(patch).slice(offset, piece));
    require(fed.consumed <= piece, "no more is consumed than was given");
    offset += fed.consumed;
    status = fed.status;
    if (++pieces == data[2]) {
      require(flash->counters().violations == 0, "the flash contract is kept up to a restart");
      device.reset();
      flash.emplace(*faulty);  // a restart ends what the driver was at, too
      device.emplace(*flash);
      (void)settled([&] { return device->store.boot(factory_of(base)); });
      device->updater.emplace(device->store);
      status = device->updater->resume();
      if (status == Status::not_found) status = device->updater->begin();
      require(device->updater->resume_offset() <= offset, "a device asks for nothing that was not sent");
      offset = device->updater->resume_offset();
    }
  }
  if (!is_error(status)) (void)settled([&] { return device->updater->finish(); });

  faulty->fail_at(0, 0);
  require(flash->counters().violations == 0, "the flash contract is kept");
  require(device->store.active().present, "there is a model");
  require(device->store.verify_active() == Status::ok, "the active model is proven");
  return 0;
}
