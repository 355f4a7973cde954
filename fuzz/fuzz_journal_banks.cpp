// SPDX-License-Identifier: Apache-2.0
// The flash journal with any contents of its banks, mounted and continued.
//
// The input's first byte says who wrote the banks. Even: an honest device, to which the input is the sender: it
// chooses every byte of the log's payloads, where power goes and what is left of the torn call, and one bit that flips.
// Then a mount finds the last state that was written, or the one that was being written, and no other. Odd: somebody
// with the flash in his hands, who knows the format. Then a mount adopts only what stands in a bank as a whole record,
// payload, seal and place; it goes on from there, or refuses and touches nothing until it is wiped.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace {

using namespace tmd;

constexpr std::uint32_t kRow = 16;
constexpr std::uint32_t kStateSize = 40;
constexpr Region kRegion = {512, 8 * 512};
constexpr std::uint32_t kBank = kRegion.size / 2;
using Ram = RamFlash<6 * 1024, 512, 8>;
using Bytes = std::vector<std::uint8_t>;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes, size) {}
  bool is_empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    const std::uint8_t value = bytes_.empty() ? std::uint8_t{0} : bytes_[0];
    bytes_ = bytes_.from(1);
    return value;
  }
  std::uint32_t word() {
    std::uint32_t value = byte();
    for (unsigned i = 0; i < 3; ++i) value = value << 8 | byte();
    return value;
  }
  Bytes take(std::size_t count) {
    const ConstBytes taken = bytes_.first(count);
    bytes_ = bytes_.from(count);
    return Bytes(taken.begin(), taken.end());
  }

 private:
  ConstBytes bytes_;
};

/// RAM flash whose power goes. A Flash policy.
class CutFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = 8;
  static constexpr std::uint32_t size() { return Ram::size(); }
  static constexpr std::uint32_t erase_size(std::uint32_t address) { return Ram::erase_size(address); }
  static constexpr std::uint32_t program_size(std::uint32_t address) { return Ram::program_size(address); }
  Status read(std::uint32_t address, MutableBytes out) { return ram_->read(address, out); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return ram_->is_blank(address, length, blank);
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    require(fits(address - kRegion.address, static_cast<std::uint32_t>(bytes.size()), kRegion.size),
            "the journal writes outside its region");
    if (goes()) {
      // Of each byte some bits are not programmed yet.
      for (std::size_t i = 0; i < bytes.size(); ++i)
        memory()[address + i] = static_cast<std::uint8_t>(bytes[i] | mask_of(i));
    }
    if (is_off_) return Status::program_failed;
    const Status status = ram_->program(address, bytes);
    require(status == Status::ok, "a unit is programmed twice, or misaligned");
    return status;
  }
  Status erase(std::uint32_t address) {
    require(fits(address - kRegion.address, erase_size(address), kRegion.size),
            "the journal erases another's");
    if (goes()) {
      for (std::uint32_t i = 0; i < erase_size(address); ++i) {
        std::uint8_t& byte = memory()[address + i];
        byte = static_cast<std::uint8_t>(byte | mask_of(i));
      }
    }
    return is_off_ ? Status::erase_failed : ram_->erase(address);
  }

  /// Power goes in the operation with this number from now on; `mask`: what is left of it.
  void cut_in(std::uint32_t operation, Bytes mask) {
    left_ = operation + 1;
    mask_ = std::move(mask);
  }
  bool is_off() const { return is_off_; }
  void power_on() {
    is_off_ = false;
    left_ = 0;
  }
  std::uint8_t* memory() { return const_cast<std::uint8_t*>(ram_->data()); }

 private:
  bool goes() {
    if (is_off_ || left_ == 0 || --left_ != 0) return false;
    is_off_ = true;
    return true;
  }
  unsigned mask_of(std::size_t at) const { return mask_.empty() ? 0xFFU : mask_[at % mask_.size()]; }

  std::unique_ptr<Ram> ram_ = std::make_unique<Ram>();
  Bytes mask_;
  std::uint32_t left_ = 0;
  bool is_off_ = false;
};

Bytes state_of(std::uint8_t number) {
  return Bytes(kStateSize, number);
}
ConstBytes view(const Bytes& bytes) {
  return ConstBytes(bytes.data(), bytes.size());
}

/// The journal from one restart to the next.
struct Session {
  explicit Session(CutFlash& flash) : port(flash), journal(port, kRegion) {
    mounted = journal.mount(MutableBytes(state.data(), state.size()), length);
  }
  FlashPort<CutFlash> port;
  FlashJournal<CutFlash> journal;
  Bytes state = Bytes(kStateSize);
  std::uint32_t length = 0;
  Status mounted;
};

// ---- an honest device ----

class Honest {
 public:
  void live(Input& input) {
    while (!input.is_empty()) {
      Session session(flash_);
      judge(session);
      if (!flash_.is_off()) (void)session.journal.restore_state();
      if (is_flipping_ && !flash_.is_off()) flip(input);
      while (!input.is_empty() && !flash_.is_off() && !is_restarting_) step(session, input);
      flash_.power_on();
      is_restarting_ = false;
    }
    Session last(flash_);
    judge(last);
  }

 private:
  /// What was written is there; what was being written may be.
  void judge(const Session& session) {
    if (session.mounted == Status::not_found) return require(committed_ == 0, "a state is gone");
    require(session.mounted == Status::ok && session.length == kStateSize, "an honest journal is refused");
    require(session.state == state_of(committed_) || session.state == state_of(attempted_),
            "a state is adopted that was not written");
    committed_ = attempted_ = session.state[0];
  }
  void step(Session& session, Input& input) {
    switch (input.byte() % 6) {
      case 0:
      case 1:
        attempted_ = static_cast<std::uint8_t>(committed_ % 250 + 1);
        if (session.journal.write_state(view(state_of(attempted_)),
                                        input.byte() % 2 == 0 ? Log::keep : Log::start) == Status::ok)
          committed_ = attempted_;
        else if (!flash_.is_off())
          attempted_ = committed_;
        break;
      case 2: {
        const Bytes payload = input.take(input.byte());
        (void)session.journal.append(RecordKind::patch, input.byte(), view(payload));
        break;
      }
      case 3: {
        const Bytes payload = input.take(input.byte());
        attempted_ = static_cast<std::uint8_t>(committed_ % 250 + 1);
        if (session.journal.start_log(RecordKind::decoder, input.byte(), view(payload),
                                      view(state_of(attempted_))) == Status::ok)
          committed_ = attempted_;
        else if (!flash_.is_off())
          attempted_ = committed_;
        break;
      }
      case 4: {
        const std::uint32_t operation = input.byte() % 40;
        flash_.cut_in(operation, input.take(8));
        break;
      }
      case 5:
        is_restarting_ = true;
        is_flipping_ = !was_flipped_ && input.byte() % 2 == 0;
        break;
    }
  }
  /// While no call is open.
  void flip(Input& input) {
    const std::uint32_t at = kRegion.address + input.word() % kRegion.size;
    flash_.memory()[at] = static_cast<std::uint8_t>(flash_.memory()[at] ^ 1U << input.byte() % 8);
    is_flipping_ = false;
    was_flipped_ = is_restarting_ = true;
  }

  CutFlash flash_;
  std::uint8_t committed_ = 0;
  std::uint8_t attempted_ = 0;
  bool is_restarting_ = false;
  bool is_flipping_ = false;
  bool was_flipped_ = false;
};

// ---- any contents ----

void put_row(CutFlash& flash, std::uint32_t offset, ConstBytes fields, bool right) {
  std::uint8_t row[kRow] = {};
  copy_bytes(fields.first(12), MutableBytes(row));
  if (right) store_le32(row + 12, Crc32::of(ConstBytes(row, 12), offset % kBank));
  copy_bytes(ConstBytes(row), MutableBytes(flash.memory() + kRegion.address + offset, kRow));
}

void change(CutFlash& flash, Input& input) {
  const std::uint8_t kind = input.byte();
  const std::uint32_t offset = input.word() % (kRegion.size / kRow) * kRow;
  if (kind % 4 == 0) {
    const Bytes bytes = input.take(input.byte());
    const std::uint32_t from = input.word() % kRegion.size;
    for (std::size_t i = 0; i < bytes.size() && from + i < kRegion.size; ++i)
      flash.memory()[kRegion.address + from + i] = bytes[i];
  } else if (kind % 4 == 1) {
    flash.memory()[kRegion.address + input.word() % kRegion.size] ^= input.byte();
  } else {
    Bytes fields = input.take(12);
    fields.resize(12);
    constexpr std::uint8_t kTags[] = {0x96, 0x69, 0x0F, 0xFF};
    if (kind % 4 == 2) fields[0] = kTags[fields[0] % 4];
    put_row(flash, offset, view(fields), true);
  }
}

/// A whole record of a state with these bytes, read by the description of the format.
bool stands_somewhere(CutFlash& flash, ConstBytes state) {
  for (std::uint32_t at = 0; at + kRow <= kRegion.size; at += kRow) {
    const std::uint8_t* const header = flash.memory() + kRegion.address + at;
    const std::uint32_t rows = (load_le16(header + 2) + kRow - 2) / (kRow - 1);
    const std::uint32_t seal_at = at + (1 + (rows == 0 ? 1 : rows)) * kRow;
    if (header[0] != 0x96 || header[1] != 0x81 || load_le16(header + 2) != state.size()) continue;
    if (at / kBank != seal_at / kBank || seal_at + kRow > kRegion.size) continue;
    const std::uint8_t* const seal = flash.memory() + kRegion.address + seal_at;
    bool whole = load_le32(header + 12) == Crc32::of(ConstBytes(header, 12), at % kBank) && seal[0] == 0x0F &&
                 load_le32(seal + 12) == Crc32::of(ConstBytes(seal, 12), seal_at % kBank) &&
                 load_le32(seal + 8) == Crc32::of(ConstBytes(header, seal_at - at)) &&
                 equal_bytes(header + 1, seal + 1, 7);
    for (std::uint32_t i = 0; whole && i < state.size(); ++i)
      whole = state[i] == header[kRow + i / (kRow - 1) * kRow + i % (kRow - 1) + 1];
    if (whole) return true;
  }
  return false;
}

void go_on(CutFlash& flash) {
  const Bytes fresh = state_of(0xA7);
  {
    Session session(flash);
    const Bytes before(flash.memory(), flash.memory() + Ram::size());
    if (session.mounted == Status::ok) {
      const bool is_short = session.length <= kStateSize;
      require(!is_short || stands_somewhere(flash, view(session.state).first(session.length)),
              "a state is adopted that stands nowhere");
    } else if (session.mounted != Status::not_found) {
      require(session.journal.write_state(view(fresh), Log::keep) == Status::wrong_state &&
                  session.journal.append(RecordKind::patch, 0, view(fresh)) == Status::wrong_state,
              "a journal that is refused is written");
      require(Bytes(flash.memory(), flash.memory() + Ram::size()) == before, "a refused journal is touched");
      require(session.journal.wipe() == Status::ok, "a wipe fails");
    }
    const Status written = session.journal.write_state(view(fresh), Log::start);
    // A state that is too long for the region was there before.
    if (written != Status::ok)
      return require(session.length > kStateSize, "a mounted journal takes no state");
  }
  Session again(flash);
  require(again.mounted == Status::ok && again.state == fresh, "the state that was written is not there");
  require(again.journal.append(RecordKind::patch, 0, view(fresh)) != Status::program_failed, "append");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size < 4096 ? size : 4096);
  if (input.byte() % 2 == 0) {
    Honest().live(input);
    return 0;
  }
  CutFlash flash;
  if (input.byte() % 2 == 0) {
    Session session(flash);
    (void)session.journal.write_state(view(state_of(1)), Log::start);
    (void)session.journal.append(RecordKind::patch, 0, view(state_of(2)));
  }
  while (!input.is_empty()) change(flash, input);
  go_on(flash);
  return 0;
}
