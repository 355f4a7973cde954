// SPDX-License-Identifier: Apache-2.0
// Any base and any target come back from their patch body, on the host and on a device that gets the body in
// pieces.
//
// An input is a header, edits of five bytes each, the base, and bytes of the target's own. Edits are what training
// does to models, so a seed that is a model leads into every corner of the planner, and a few bytes of input make
// a difference of its kind. The header: how many edits (low four bits of the first byte; bit 4: the target begins
// with the base, bit 5: a decoder with little memory, bit 6: a thorough planner), where the base ends (two bytes),
// how the device works (one byte).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "codec/encode_body.hpp"
#include "tmd/internal/codec/decoder.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

/// The planner's time grows with its input; what it can do, it does to a model of this size.
constexpr std::size_t kLongestInput = 1280;
constexpr std::size_t kHeader = 4;
constexpr std::size_t kEdit = 5;

struct Edit {
  std::uint8_t kind = 0;
  std::size_t at = 0;
  std::size_t length = 0;
  int amount = 0;
};

void require(bool holds) {
  if (!holds) std::abort();
}
tmd::ConstBytes view(const Bytes& bytes) {
  return {bytes.data(), bytes.size()};
}
Bytes::iterator iterator_at(Bytes& bytes, std::size_t at) {
  return bytes.begin() + static_cast<std::ptrdiff_t>(at);
}

/// Changes each whole word of the stretch. Floats and integers alike: where they lie, the input decides.
template <class Word, class Change>
void change_words(Bytes& target, const Edit& edit, Change change) {
  for (std::size_t i = edit.at; i + sizeof(Word) <= edit.at + edit.length; i += sizeof(Word)) {
    Word word;
    std::memcpy(&word, &target[i], sizeof(Word));
    word = change(word);
    std::memcpy(&target[i], &word, sizeof(Word));
  }
}

void apply(Bytes& target, Edit edit) {
  if (target.empty()) return;
  edit.at %= target.size();
  if (edit.kind % 9 >= 3 && edit.kind % 9 <= 5) edit.at &= ~std::size_t{3};
  edit.length = std::min(edit.length, target.size() - edit.at);
  const auto begin = iterator_at(target, edit.at);
  const auto end = iterator_at(target, edit.at + edit.length);
  // Small steps in both directions, the same ones wherever this code runs.
  std::uint32_t random = static_cast<std::uint32_t>(edit.amount) * 2654435761U + 1;
  const auto step = [&random](int most) {
    random = random * 1664525U + 1013904223U;
    return static_cast<int>((random >> 16) % (2U * static_cast<unsigned>(most) + 1U)) - most;
  };
  const int most = (edit.amount & 31) + 1;
  switch (edit.kind % 9) {
    case 0:  // signed bytes move
      change_words<std::uint8_t>(
          target, edit, [&](std::uint8_t byte) { return static_cast<std::uint8_t>(byte + step(most)); });
      break;
    case 1:  // signed bytes of a tensor with another scale
      change_words<std::int8_t>(target, edit, [&](std::int8_t byte) {
        return static_cast<std::int8_t>(byte * (edit.amount + 64) / 256);
      });
      break;
    case 2:  // weights that were pruned
      std::fill(begin, end, static_cast<std::uint8_t>(edit.amount));
      break;
    case 3:  // words move: biases, or floats by units of their last place
      change_words<std::uint32_t>(target, edit, [&](std::uint32_t word) {
        return word + (static_cast<std::uint32_t>(step(most)) << (edit.amount / 32 * 2));
      });
      break;
    case 4:  // biases with another scale
      change_words<std::int32_t>(target, edit, [&](std::int32_t word) {
        return static_cast<std::int32_t>(std::int64_t{word} * (edit.amount + 128) / 256);
      });
      break;
    case 5:  // floats with another scale
      change_words<float>(target, edit,
                          [&](float word) { return word * (static_cast<float>(edit.amount + 128) / 256); });
      break;
    case 6:
      target.erase(begin, end);
      break;
    case 7: {  // a piece of what came before, once more
      const Bytes piece(begin, end);
      const std::size_t to = (edit.at + static_cast<std::size_t>(edit.amount) * 8) % (target.size() + 1);
      target.insert(iterator_at(target, to), piece.begin(), piece.end());
      break;
    }
    case 8:
      target[edit.at] = static_cast<std::uint8_t>(edit.amount);
      break;
  }
  if (target.size() > 2 * kLongestInput) target.resize(2 * kLongestInput);
}

/// A device with a page buffer of a few bytes, whose flash is busy now and then.
struct Device {
  const Bytes& base;
  Bytes target;
  std::uint32_t page_size;
  std::uint32_t page = 0;
  std::uint32_t reads = 0;

  tmd::Status read_base(std::uint32_t offset, tmd::MutableBytes out) { return read(base, offset, out); }
  tmd::Status read_target(std::uint32_t offset, tmd::MutableBytes out) { return read(target, offset, out); }
  tmd::Status read(const Bytes& from, std::uint32_t offset, tmd::MutableBytes out) {
    require(
        tmd::fits(offset, static_cast<std::uint32_t>(out.size()), static_cast<std::uint32_t>(from.size())));
    if (++reads % 16 == 0) return tmd::Status::would_block;
    copy_bytes(view(from).slice(offset, out.size()), out);
    return tmd::Status::ok;
  }
  std::uint32_t room() const { return page_size - page; }
  void put(std::uint8_t byte) {
    require(page++ < page_size);
    target.push_back(byte);
  }
};

Bytes decoded_on_device(const Bytes& base, const tmd::host::EncodedBody& body, std::size_t length,
                        std::uint8_t work) {
  auto decoder = std::make_unique<tmd::codec::Decoder<tmd::codec::DefaultConfig>>();
  require(decoder->begin(body.parameters, static_cast<std::uint32_t>(base.size()),
                         static_cast<std::uint32_t>(length)) == tmd::Status::ok);
  Device device{base, {}, 16U << (work & 3U)};
  tmd::ConstBytes left = view(body.bytes);
  for (;;) {
    left = left.from(decoder->sink(left.first(std::min<std::size_t>(left.size(), 1U + work / 4U))));
    if (left.empty()) decoder->end_of_input();
    const tmd::Status status = decoder->poll(device);
    if (status == tmd::Status::ready_to_finish) return std::move(device.target);
    if (status == tmd::Status::ok) device.page = 0;
    require(status == tmd::Status::ok || status == tmd::Status::would_block ||
            (status == tmd::Status::need_more && !left.empty()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t edits = size > 0 ? data[0] & 15U : 0;
  if (size < kHeader + edits * kEdit || size > kLongestInput) return 0;
  const std::uint8_t* const rest = data + kHeader + edits * kEdit;
  const std::size_t length = size - kHeader - edits * kEdit;
  const std::size_t cut = (data[1] | static_cast<std::size_t>(data[2]) << 8) % (length + 1);
  const Bytes base(rest, rest + cut);
  Bytes target(rest + cut, rest + length);
  if ((data[0] & 16U) != 0) target.insert(target.begin(), base.begin(), base.end());
  for (const std::uint8_t* edit = data + kHeader; edit != rest; edit += kEdit) {
    apply(target,
          Edit{edit[0], static_cast<std::size_t>(edit[1] | edit[2] << 8), (edit[3] + 1U) * 2U, edit[4]});
  }
  tmd::host::EncodeOptions options;
  if ((data[0] & 32U) != 0) options.decoder_ram = sizeof(tmd::codec::Decoder<tmd::codec::SmallConfig>);
  options.effort = (data[0] & 64U) != 0 ? tmd::host::Effort::standard : tmd::host::Effort::quick;
  const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target), options);
  const tmd::host::DecodedBody decoded = tmd::host::decode_body(view(base), body.parameters, view(body.bytes),
                                                                static_cast<std::uint32_t>(target.size()));
  require(decoded.status == tmd::Status::ready_to_finish && decoded.target == target);
  require(decoded_on_device(base, body, target.size(), data[3]) == target);
  return 0;
}
