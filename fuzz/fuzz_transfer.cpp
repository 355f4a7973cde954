// SPDX-License-Identifier: Apache-2.0
// Messages of any bytes to the ends of every link: to a device over a bare link and by SMP, and to a sender. Whatever
// comes, and however the device restarts on the way, answers are short, the active model is proven, its slot is not
// written, nothing outside the patch is read, and a sender that keeps to the rules gets the patch through afterwards.
//
// Input: a byte for who is talked to (0 device, 1 SMP, 2 sender), then steps, each a byte for the kind and what it
// needs. Some are well-formed, as somebody would send them who knows the protocol and the patch.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "patch/make_patch.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/internal/format/format2.hpp"
#include "tmd/internal/format/identity.hpp"
#include "tmd/transfer.hpp"
#include "tmd/transfer/sender.hpp"
#include "tmd/transfer/smp_upload.hpp"

namespace {

using namespace tmd;
using host::Bytes;
using host::view;

constexpr std::uint32_t kBlock = 512;
constexpr std::uint32_t kSlot = 4 * kBlock;
constexpr std::uint32_t kJournal = 24 * kBlock;
constexpr std::uint16_t kLargest = 60;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

using Ram = RamFlash<2 * kSlot + kJournal, kBlock, 4>;
using Flash = CountedFlash<Ram>;
struct Config : DefaultConfig<Flash> {
  using Authentication = AllowUnsigned;
  static constexpr std::uint32_t kPageSize = 128;
  static constexpr std::uint32_t kCheckpointInterval = 48;
  static constexpr std::uint8_t kTrialBoots = 0;
};

/// The models and the patch between them; made once.
struct Step {
  Bytes base = Bytes(900);
  Bytes target;
  Bytes patch;
  TransferSender::Patch summary;

  Step() {
    for (std::size_t i = 0; i < base.size(); ++i) base[i] = static_cast<std::uint8_t>(i * 7 + i / 100);
    target = base;
    for (std::size_t i = 0; i < target.size(); i += 3) target[i] = static_cast<std::uint8_t>(i * i / 7 + 5);
    patch = host::patch::make_patch(view(base), view(target), {}).bytes;
    Manifest manifest;
    require(format2::parse(view(patch), manifest) == Status::ok, "a patch was made");
    summary.identity = identity_of(view(patch), manifest);
    summary.length = static_cast<std::uint32_t>(patch.size());
    summary.target = transfer::DigestPrefix(manifest.target);
  }
};
const Step& step() {
  static const Step made;
  return made;
}

void append_number(Bytes& out, unsigned major, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(major << 5 | 26));
  for (unsigned i = 4; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
void append_key(Bytes& out, const char* key, std::size_t size) {
  out.push_back(static_cast<std::uint8_t>(0x60 | size));
  out.insert(out.end(), key, key + size);
}
/// An upload's message around this map.
Bytes smp_message(const Bytes& map) {
  Bytes out = {smp::kWrite,
               0,
               static_cast<std::uint8_t>(map.size() >> 8),
               static_cast<std::uint8_t>(map.size()),
               0,
               64,
               1,
               smp::kUpload};
  out.insert(out.end(), map.begin(), map.end());
  return out;
}
Bytes smp_piece(std::uint32_t offset, std::uint32_t size) {
  const ConstBytes data = view(step().patch).slice(offset, size);
  Bytes map = {0xA3};
  append_key(map, "off", 3);
  append_number(map, 0, offset);
  append_key(map, "len", 3);
  append_number(map, 0, step().summary.length);
  append_key(map, "data", 4);
  append_number(map, 2, static_cast<std::uint32_t>(data.size()));
  map.insert(map.end(), data.begin(), data.end());
  return smp_message(map);
}

/// A device whose flash outlives restarts.
class Device {
 public:
  Device() : ram_(std::make_unique<Ram>()), flash_(*ram_) {
    (void)ram_->program(0, view(step().base));
    restart();
  }
  void restart() {
    parts_.emplace(flash_);
    FactoryModel factory;
    factory.length = static_cast<std::uint32_t>(step().base.size());
    factory.digest = digest_of(DigestKind::sha256, view(step().base));
    require(until_done([&] { return parts_->store.boot(factory); }) == Status::ok, "a device boots");
    parts_->updater.attach(parts_->store);
    parts_->transfer.attach(parts_->store, parts_->updater, kLargest);
    parts_->upload.attach(parts_->store, parts_->updater);
  }

  void take(ConstBytes message) { parts_->transfer.take(message); }
  void take_smp(ConstBytes message) {
    std::uint8_t answer[SmpUpload<Config>::kAnswerSize];
    require(parts_->upload.take(message, MutableBytes(answer)) <= sizeof(answer), "an answer has its size");
  }
  /// Works until nothing is left to do; `answered` gets each answer.
  template <class Answered>
  void settle(Answered&& answered) {
    for (int i = 0; i < 20000; ++i) {
      const Status status = parts_->transfer.poll();
      std::uint8_t answer[transfer::kLeastMessage];
      while (const std::size_t size = parts_->transfer.answer(MutableBytes(answer))) {
        require(size <= sizeof(answer), "an answer has 20 bytes at most");
        answered(ConstBytes(answer, size));
      }
      if (status != Status::would_block) return;
    }
    require(false, "work has an end");
  }
  void settle() {
    settle([](ConstBytes) {});
  }
  void check() {
    require(flash_.counters().violations == 0, "the flash contract is kept");
    require(parts_->store.active().present, "there is a model");
    require(until_done([&] { return parts_->store.verify_active(); }) == Status::ok,
            "the active model is proven");
  }
  bool is_new() const { return parts_->store.active().length != 0 && prefix() == step().summary.target; }

 private:
  struct Parts {
    explicit Parts(Flash& flash) : store(flash, {{0, kSlot}, {kSlot, kSlot}, {2 * kSlot, kJournal}}) {}
    ModelStore<Config> store;
    Updater<Config> updater;
    TransferDevice<Config, 64> transfer;
    SmpUpload<Config> upload;
  };
  transfer::DigestPrefix prefix() const { return transfer::DigestPrefix(parts_->store.active().digest); }

  std::unique_ptr<Ram> ram_;
  Flash flash_;
  std::optional<Parts> parts_;
};

/// A sender at its own clock.
struct Sender {
  TransferSender sender{kLargest, 100};
  std::uint32_t now = 0xFFFFFF00;

  ConstBytes next(std::uint8_t (&out)[kLargest]) {
    const auto read = [](std::uint32_t offset, MutableBytes bytes) {
      require(offset <= step().patch.size() && bytes.size() <= step().patch.size() - offset,
              "nothing outside the patch is read");
      copy_bytes(view(step().patch).slice(offset, bytes.size()), bytes);
    };
    const std::size_t size = sender.next_message(read, MutableBytes(out), now);
    require(size <= kLargest, "a message is no longer than the link's");
    return ConstBytes(out, size);
  }
};

/// By the rules, from whatever state the device is in.
void deliver(Device& device) {
  Sender link;
  link.sender.send(step().summary, 99, link.now);
  for (int i = 0; i < 5000 && link.sender.is_running(); ++i) {
    std::uint8_t out[kLargest];
    const ConstBytes message = link.next(out);
    if (!message.empty()) device.take(message);
    device.settle([&](ConstBytes answer) { link.sender.take(answer, link.now); });
    link.now += message.empty() ? 100 : 1;
  }
  require(!link.sender.is_running() && link.sender.status() == Status::ok && device.is_new(),
          "a good sender gets the patch through");
}

void talk_to_device(ByteReader in, bool by_smp) {
  Device device;
  std::uint8_t tag = 1;
  while (in.remaining() > 0 && !in.failed()) {
    const unsigned kind = in.u8() % 8;
    std::uint8_t buffer[kLargest] = {};
    const MutableBytes out(buffer);
    switch (kind) {
      case 0: {
        const ConstBytes bytes = in.take(in.u8());
        if (by_smp)
          device.take_smp(view(smp_message(host::to_bytes(bytes))));
        else
          device.take(bytes);
        break;
      }
      case 1:
        tag = in.u8();
        device.take(ConstBytes(
            buffer,
            transfer::Open{step().summary.identity, step().summary.target, step().summary.length}.write(
                out, tag)));
        break;
      case 2: {
        const std::uint32_t offset = in.u16() % (step().summary.length + 8);
        const std::uint32_t size = in.u8() % 48U;
        if (by_smp) {
          device.take_smp(view(smp_piece(offset, size)));
          break;
        }
        transfer::MessageWriter writer = transfer::begin_message(
            out, static_cast<std::uint8_t>(0x03 | (size % 2 != 0 ? transfer::kAnswerWanted : 0)), tag);
        writer.varint(offset);
        writer.bytes(view(step().patch).slice(offset, size));
        device.take(ConstBytes(buffer, writer.size()));
        break;
      }
      case 3:
        device.take(ConstBytes(buffer, transfer::begin_message(out, transfer::Kind::end, tag).size()));
        break;
      case 4: {
        transfer::MessageWriter writer = transfer::begin_message(out, transfer::Kind::confirm, in.u8());
        writer.bytes(step().summary.target.view());
        device.take(ConstBytes(buffer, writer.size()));
        break;
      }
      case 5:
        device.take(ConstBytes(buffer, transfer::begin_message(out, transfer::Kind::abort, in.u8()).size()));
        break;
      case 6:
        device.restart();
        break;
      case 7:
        if (!by_smp) device.settle();
        break;
    }
  }
  device.settle();
  device.check();
  deliver(device);
  device.check();
}

void talk_to_sender(ByteReader in) {
  Sender link;
  link.sender.send(step().summary, in.u8(), link.now);
  for (int i = 0; i < 2000 && in.remaining() > 0 && !in.failed(); ++i) {
    std::uint8_t out[kLargest];
    for (int piece = 0; piece < 8 && !link.next(out).empty(); ++piece) {
    }
    const unsigned kind = in.u8();
    if (kind % 4 == 0) {
      std::uint8_t buffer[transfer::kLeastMessage] = {};
      transfer::Next next;
      next.status = static_cast<Status>(in.u8());
      next.offset = in.u32();
      next.room = in.u32();
      next.gap = in.u32();
      link.sender.take(ConstBytes(buffer, next.write(MutableBytes(buffer), link.sender.tag())), link.now);
    } else {
      link.sender.take(in.take(in.u8() % 64U), link.now);
    }
    link.now += kind;
    if (!link.sender.is_running() && kind % 2 == 0)
      link.sender.ask(link.sender.tag(), link.now, kind % 8 == 0);
    else if (!link.sender.is_running())
      link.sender.send(step().summary, link.sender.tag(), link.now);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in(ConstBytes(data, size));
  const unsigned who = in.u8() % 3;
  if (who == 2)
    talk_to_sender(in);
  else
    talk_to_device(in, who == 1);
  return 0;
}
