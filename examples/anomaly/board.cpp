// SPDX-License-Identifier: Apache-2.0
// The same device as a microcontroller: a first patch brings model and threshold to the empty device, temperatures are
// judged, the second one comes in packets with the power cut half-way, the same temperatures are judged again. Ends
// with exit code 0 where the second model calls fewer of the normal windows unusual and no fewer of the faulty ones.
#include <new>

#include "device.hpp"
#include "semihosting.hpp"
#include "sensor.hpp"
#include "tmd/flash/ram_flash.hpp"

extern "C" {
extern const std::uint8_t first_patch[], first_patch_end[], second_patch[], second_patch_end[];
extern const std::uint8_t summer_text[], summer_text_end[], faults_text[], faults_text_end[];
}

namespace {

/// QEMU's board has no flash controller: RAM stands for it.
struct QemuBoard {
  using Flash = tmd::RamFlash<96 * 1024, 4096, 8>;
  static constexpr tmd::Layout kLayout = {{0, 16 * 1024}, {16 * 1024, 16 * 1024}, {32 * 1024, 64 * 1024}};
  static Flash& flash() {
    static Flash flash;
    return flash;
  }
  static tmd::ConstBytes memory(const tmd::Region& region) {
    return tmd::ConstBytes(flash().data() + region.address, region.size);
  }
};
using Device = AnomalyDevice<QemuBoard>;

constexpr std::size_t kPacket = 20;  // what one notification of Bluetooth LE carries

tmd::ConstBytes between(const std::uint8_t* begin, const std::uint8_t* end) {
  return tmd::ConstBytes(begin, static_cast<std::size_t>(end - begin));
}

/// What a restart makes of the device's memory. Too large for the stack.
Device& restarted() {
  alignas(Device) static std::uint8_t place[sizeof(Device)];
  return *new (place) Device();
}

/// Until all has come, or until so many bytes have: then power goes.
tmd::Status update(Device& device, tmd::ConstBytes patch, std::size_t stop_at) {
  tmd::Status status = device.open_update();
  while (!tmd::is_error(status) && device.is_updating()) {
    if (device.wanted_offset() >= stop_at) return tmd::Status::need_more;
    status = device.take_packet(patch.slice(device.wanted_offset(), kPacket));
  }
  return status;
}

/// Judges these temperatures; returns how many windows are unusual.
std::uint32_t judge(Detector& detector, const char* what, tmd::ConstBytes text) {
  ReadingParser sensor;
  std::uint32_t windows = 0;
  std::uint32_t unusual = 0;
  semihosting::write(what);
  semihosting::write(":");
  for (const std::uint8_t character : text) {
    if (!sensor.take(static_cast<char>(character)) || !detector.take(sensor.hundredths())) continue;
    ++windows;
    unusual += detector.is_unusual() ? 1U : 0U;
    semihosting::write(" ");
    semihosting::write(detector.score());
  }
  semihosting::write(", unusual ");
  semihosting::write(unusual);
  semihosting::write(" of ");
  semihosting::write(windows);
  semihosting::write("\n");
  return unusual;
}

struct Judged {
  std::uint32_t normal;
  std::uint32_t faulty;
};
Judged judge_all(Detector& detector, const char* when) {
  semihosting::write(when);
  semihosting::write(": threshold ");
  semihosting::write(detector.threshold());
  semihosting::write("\n");
  return {judge(detector, "  a normal summer", between(summer_text, summer_text_end)),
          judge(detector, "  faults", between(faults_text, faults_text_end))};
}

}  // namespace

int main() {
  Device* device = &restarted();
  tmd::Status status = device->start();
  if (status == tmd::Status::not_found)
    status = update(*device, between(first_patch, first_patch_end), 0xFFFFFFFF);
  const Judged before = judge_all(device->detector(), "first model");

  const tmd::ConstBytes patch = between(second_patch, second_patch_end);
  if (status == tmd::Status::ok) status = update(*device, patch, patch.size() / 2);
  semihosting::write("power cut\n");
  device = &restarted();
  if (status == tmd::Status::need_more) status = device->start();
  if (status == tmd::Status::ok) status = update(*device, patch, 0xFFFFFFFF);
  semihosting::write("update: ");
  semihosting::write(tmd::to_string(status));
  semihosting::write("\n");
  device = &restarted();
  if (status == tmd::Status::ok) status = device->start();
  const Judged after = judge_all(device->detector(), "second model");
  const bool better = after.normal < before.normal && after.faulty >= before.faulty;
  return status == tmd::Status::ok && better ? 0 : 1;
}
