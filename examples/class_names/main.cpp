// SPDX-License-Identifier: Apache-2.0
// A device that knows the names of its classes only from what travels with its model:
//
//     tmd diff /dev/null export-1/ -o first.tmd --companion-from labels --companion-schema 1
//     class_names first.tmd
//
// After each patch it prints what it calls its classes. RAM stands for flash, files for a radio.
#include <cstdio>

#include "tmd/tmd.hpp"

namespace {

using Flash = tmd::RamFlash<512 * 1024, 4096, 8>;
constexpr tmd::Layout kLayout = {{0, 224 * 1024}, {224 * 1024, 224 * 1024}, {448 * 1024, 64 * 1024}};

/// What a firmware says that reads labels of schema 1, and no others.
struct Firmware : tmd::FirmwareStatement {
  static constexpr std::uint16_t kCompanionSchema = 1;
};

struct Config : tmd::DefaultConfig<Flash> {
  using Authentication = tmd::AllowUnsigned;  // for a first experiment; a product has keys: docs/security.md
  using Limits = tmd::FirmwareLimits<Firmware>;
};

Flash flash;

/// Items of CBOR (RFC 8949) in flash, one after the other: as much of it as labels need.
class CborItems {
 public:
  explicit CborItems(tmd::Region region) : at_(region.address), end_(region.address + region.size) {}

  /// The argument of the next item's head, where it is of this major type; 0 where it is not, and at the end.
  std::uint32_t head(unsigned major) {
    const unsigned first = byte();
    if (first >> 5 != major || (first & 31U) > 25) return 0;
    const unsigned width = first & 31U;
    if (width < 24) return width;
    const unsigned high = width == 25 ? byte() : 0;
    return high << 8 | byte();
  }

  unsigned byte() {
    std::uint8_t value = 0xFF;
    if (at_ < end_) (void)flash.read(at_++, tmd::MutableBytes(&value, 1));
    return value;
  }

 private:
  std::uint32_t at_;
  std::uint32_t end_;
};

/// Prints {"labels": [text, …]}, as `tmd diff --companion-from labels` writes it.
void print_labels(const tmd::Companion& companion) {
  constexpr unsigned kText = 3;
  constexpr unsigned kArray = 4;
  constexpr unsigned kMap = 5;
  CborItems items(companion.region);
  if (items.head(kMap) != 1) return;
  for (std::uint32_t key = items.head(kText); key > 0; --key) (void)items.byte();
  const std::uint32_t count = items.head(kArray);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::printf("class %u: ", static_cast<unsigned>(i));
    for (std::uint32_t length = items.head(kText); length > 0; --length)
      std::putchar(static_cast<int>(items.byte()));
    std::putchar('\n');
  }
}

tmd::Status update(tmd::ModelStore<Config>& store, std::FILE* radio) {
  tmd::Updater<Config> updater(store);
  tmd::Status status = updater.begin();
  while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish) {
    std::uint8_t packet[51];
    std::fseek(radio, static_cast<long>(updater.resume_offset()), SEEK_SET);
    const std::size_t size = std::fread(packet, 1, sizeof packet, radio);
    status = updater.feed(tmd::ConstBytes(packet, size)).status;
    if (size == 0 && status == tmd::Status::need_more) break;
  }
  if (!tmd::is_error(status)) status = tmd::until_done([&] { return updater.finish(); });
  if (status == tmd::Status::ok && store.active().state == tmd::ModelState::trial)
    status = tmd::until_done([&] { return store.confirm(); });
  return status;
}

}  // namespace

int main(int count, char** arguments) {
  tmd::ModelStore<Config> store(flash, kLayout);
  if (tmd::until_done([&] { return store.boot(); }) != tmd::Status::not_found) return 1;
  for (int i = 1; i < count; ++i) {
    std::FILE* radio = std::fopen(arguments[i], "rb");
    if (radio == nullptr) return 1;
    const tmd::Status status = update(store, radio);
    std::fclose(radio);
    std::printf("%s: %s\n", arguments[i], tmd::to_string(status));
    print_labels(store.companion());
    if (status != tmd::Status::ok) return 1;
  }
  return 0;
}
