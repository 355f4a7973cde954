// SPDX-License-Identifier: Apache-2.0
// A staging area with any contents, opened and continued: nothing outside it is touched, no unit is programmed twice,
// a fragment counts as there only where a reader of docs/flash-format.md finds it too, and the patch gets through.
//
// Input: one byte for flash and plan, then changes to the area, each a byte for the kind and what it needs. Some of
// them are well-formed, as somebody would write them who knows the format.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tmd/bytes.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/staging.hpp"

namespace {

using namespace tmd;

constexpr Region kArea = {1024, 6144};
constexpr std::uint32_t kPiece = 256;
constexpr std::uint32_t kSpares = 8;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// The format as docs/flash-format.md has it, written down a second time.
class Reader {
 public:
  Reader(const FragmentPlan& plan, std::uint32_t unit, std::uint8_t* flash)
      : plan_(plan), unit_(unit), flash_(flash) {
    per_fragment_ = (plan.fragment_size + kPiece - 1) / kPiece;
    piece_ = per_fragment_ == 1 ? plan.fragment_size
                                : up((plan.fragment_size + per_fragment_ - 1) / per_fragment_);
    const std::uint32_t whole = (plan.patch_length - 1) / plan.fragment_size;
    pieces_ = whole * per_fragment_ + (plan.patch_length - whole * plan.fragment_size + piece_ - 1) / piece_;
    std::uint8_t fields[28] = {'T', 'm', 'S', 2};
    const std::uint32_t words[] = {plan.identity, plan.patch_length, plan.fragment_size,
                                   kArea.address, kArea.size,        unit | piece_ << 16};
    for (unsigned i = 0; i < 6; ++i) store_le32(fields + 4 + 4 * i, words[i]);
    for (unsigned i = 0; i < 28; ++i) header_[i] = fields[i];
    key_ = crc(0, fields, sizeof(fields));
    store_le32(header_ + 28, key_);
  }

  std::uint32_t pieces() const { return pieces_; }
  std::uint32_t offset(std::uint32_t piece) const {
    return piece / per_fragment_ * plan_.fragment_size + piece % per_fragment_ * piece_;
  }
  std::uint32_t length(std::uint32_t piece) const {
    const std::uint32_t of_fragment = plan_.fragment_size - piece % per_fragment_ * piece_;
    const std::uint32_t of_patch = plan_.patch_length - offset(piece);
    return std::min({piece_, of_fragment, of_patch});
  }
  std::uint32_t fragment(std::uint32_t piece) const { return piece / per_fragment_; }

  /// Whether a place holds this piece, with just these bytes.
  bool holds(std::uint32_t piece, std::uint32_t place, ConstBytes bytes) const {
    std::uint8_t expected[8];
    fill_mark(piece, place, expected);
    return equal_bytes(expected, mark(place), 8) && bytes.size() == length(piece) &&
           equal_bytes(bytes.data(), this->place(place), bytes.size());
  }
  bool holds_anywhere(std::uint32_t piece, ConstBytes bytes) const {
    bool found = holds(piece, piece, bytes);
    for (std::uint32_t i = 0; i < kSpares; ++i) found = found || holds(piece, pieces_ + i, bytes);
    return found;
  }

  // What somebody would write who knows the format.
  void forge_header(std::uint32_t copy) {
    copy_bytes(header_, flash_ + kArea.address + copy % 2 * up(32), 32);
  }
  void forge_mark(std::uint32_t piece, std::uint32_t place) {
    place %= pieces_ + kSpares;
    fill_mark(piece % pieces_, place, mark(place));
  }
  void forge_entry(std::uint32_t entry, std::uint32_t number) {
    std::uint8_t* const at = flash_ + kArea.end() - (entry % (pieces_ + 2 * kSpares) + 1) * up(4);
    store_le16(at + 1, static_cast<std::uint16_t>(number));
    const std::uint32_t check = crc(key_, at + 1, 2);
    at[0] = static_cast<std::uint8_t>(check >> 8);
    if (at[0] == 0 || at[0] == 0xFF) at[0] = 0x5A;
    at[3] = static_cast<std::uint8_t>(check);
  }

 private:
  static std::uint32_t crc(std::uint32_t before, const std::uint8_t* bytes, std::size_t size) {
    std::uint32_t state = ~before;
    for (std::size_t i = 0; i < 8 * size; ++i) {
      if (i % 8 == 0) state ^= bytes[i / 8];
      state = (state >> 1) ^ ((state & 1) != 0 ? 0xEDB88320U : 0U);
    }
    return ~state;
  }
  std::uint32_t up(std::uint32_t size) const { return (size + unit_ - 1) / unit_ * unit_; }
  std::uint8_t* mark(std::uint32_t place) const {
    return flash_ + kArea.address + 2 * up(32) + place * up(8);
  }
  std::uint8_t* place(std::uint32_t place) const { return mark(pieces_ + kSpares) + place * up(piece_); }
  void fill_mark(std::uint32_t piece, std::uint32_t place, std::uint8_t* out) const {
    std::uint8_t fields[12];
    store_le32(fields, piece);
    store_le32(fields + 4, place);
    store_le32(fields + 8, crc(0, this->place(place), length(piece)));
    store_le32(out, load_le32(fields + 8));
    store_le32(out + 4, crc(key_, fields, sizeof(fields)));
  }

  FragmentPlan plan_;
  std::uint32_t unit_;
  std::uint8_t* flash_;
  std::uint32_t per_fragment_ = 0;
  std::uint32_t piece_ = 0;
  std::uint32_t pieces_ = 0;
  std::uint32_t key_ = 0;
  std::uint8_t header_[32] = {};
};

template <std::uint32_t kUnit>
class Trial {
 public:
  explicit Trial(const FragmentPlan& plan)
      : plan_(plan), patch_(plan.patch_length), reader_(plan, kUnit, cells()), port_(flash_) {
    for (std::size_t i = 0; i < patch_.size(); ++i)
      patch_[i] = static_cast<std::uint8_t>(i * 37 + i / 256 + 1);
  }

  void run(ByteReader input, bool begun) {
    std::uint32_t index = 0;
    if (begun) {
      StagingHere staging(port_, kArea);
      require(until_done([&] { return staging.open(plan_); }) == Status::ok, "an erased area opens");
      for (index = 0; index < plan_.count(); index += 2)
        require(store(staging, index) == Status::ok, "a fragment is stored");
    }
    change(input);

    StagingHere staging(port_, kArea);
    require(until_done([&] { return staging.open(plan_); }) == Status::ok, "an area of any contents opens");
    for (std::uint32_t piece = 0; piece < reader_.pieces(); ++piece) check_claim(staging, piece);
    Status status = Status::ok;
    while (status == Status::ok && staging.next_missing(0, index)) {
      status = store(staging, index);
      if (status == Status::staging_full) {
        require(until_done([&] { return staging.restart(); }) == Status::ok, "an area begins anew");
        for (index = 0; index < plan_.count() && status != Status::ok; ++index)
          require(store(staging, index) == Status::ok, "a fragment is stored in an area that was begun anew");
        status = Status::ok;
      }
      require(status == Status::ok, "a missing fragment is stored");
    }
    require(staging.complete(), "all is there");
    for (std::uint32_t piece = 0; piece < reader_.pieces(); ++piece) check_claim(staging, piece);
    require(flash_.counters().violations == 0, "the contract with the driver holds");
    for (std::uint32_t i = 0; i < Ram::size(); ++i) {
      if (i < kArea.address || i >= kArea.end()) require(cells()[i] == 0xFF, "nothing outside is touched");
    }
  }

 private:
  using Ram = RamFlash<8192, 1024, kUnit>;
  using Flash = CountedFlash<Ram>;
  using StagingHere = Staging<Flash, kPiece>;

  std::uint8_t* cells() { return const_cast<std::uint8_t*>(ram_->data()); }

  template <class Call>
  static Status until_done(Call&& call) {
    Status status = Status::would_block;
    for (int i = 0; i < 10000 && status == Status::would_block; ++i) status = call();
    return status;
  }
  Status store(StagingHere& staging, std::uint32_t index) {
    const ConstBytes bytes =
        ConstBytes(patch_.data(), patch_.size()).slice(index * plan_.fragment_size, plan_.fragment_size);
    return until_done([&] { return staging.store(index, bytes); });
  }

  /// What is given as a piece's bytes is what lies under a mark of that piece.
  void check_claim(StagingHere& staging, std::uint32_t piece) {
    ConstBytes bytes;
    const Status status = staging.view(reader_.offset(piece), bytes);
    std::uint32_t missing = 0;
    if (status == Status::ok) {
      require(reader_.holds_anywhere(piece, bytes), "a piece is there that no mark speaks for");
    } else {
      require(status == Status::not_found, "a piece is there or not");
      require(staging.next_missing(reader_.fragment(piece), missing) && missing == reader_.fragment(piece),
              "what can't be read is asked for");
    }
  }

  void change(ByteReader& input) {
    std::uint8_t* const area = cells() + kArea.address;
    while (input.remaining() > 0) {
      const unsigned kind = input.u8() % 6;
      const std::uint32_t at = input.u16() % kArea.size;
      if (input.failed()) return;
      switch (kind) {
        case 0: {
          const ConstBytes bytes = input.take(input.u8() % 64U);
          copy_bytes(bytes, MutableBytes(area, kArea.size).from(at));
          break;
        }
        case 1: {
          const MutableBytes part = MutableBytes(area, kArea.size).slice(at, input.u16());
          std::uint32_t noise = at;
          for (std::uint8_t& byte : part)
            byte = static_cast<std::uint8_t>((noise = noise * 1664525 + 1013904223) >> 24);
          break;
        }
        case 2:
          reader_.forge_header(at);
          break;
        case 3:
          reader_.forge_mark(at, input.u8());
          break;
        case 4:
          reader_.forge_entry(at, input.u16());
          break;
        case 5:
          area[at] = static_cast<std::uint8_t>(area[at] ^ (1U << input.u8() % 8));
          break;
      }
    }
  }

  FragmentPlan plan_;
  std::vector<std::uint8_t> patch_;
  std::unique_ptr<Ram> ram_ = std::make_unique<Ram>();
  Reader reader_;
  Flash flash_{*ram_};
  FlashPort<Flash> port_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader input(ConstBytes(data, size));
  const unsigned setting = input.u8();
  const FragmentPlan plans[] = {{7, 500, 48}, {0xFFFFFFFF, 700, 51}, {0, 900, 300}, {1, 60, 400}};
  const FragmentPlan& plan = plans[setting % 4];
  const bool begun = (setting & 0x80U) != 0;
  switch (setting / 4 % 4) {
    case 0:
      Trial<1>(plan).run(input, begun);
      break;
    case 1:
      Trial<4>(plan).run(input, begun);
      break;
    case 2:
      Trial<8>(plan).run(input, begun);
      break;
    case 3:
      Trial<64>(plan).run(input, begun);
      break;
  }
  return 0;
}
