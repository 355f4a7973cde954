// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <esp_partition.h>

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"

namespace tmd {
namespace port {

/// One data partition of an ESP32 of any kind, plain or encrypted. Offsets are the partition's own.
///
/// ESP-IDF Programming Guide, "Partitions API" and "Flash Encryption": blocks of 4 KB, 45 ms to erase one, 400 at most;
/// writes of 4 bytes, and of 16 where the partition is encrypted. Caches are off meanwhile: code and data of interrupt
/// handlers that must run have to lie in RAM (IRAM_ATTR), and both cores wait. An erased byte of an encrypted partition
/// reads as noise through the decryption, so `is_blank` reads the raw chip. From a task, not from an interrupt.
///
///     static tmd::port::EspPartitionFlash flash;
///     status = flash.open("models");
class EspPartitionFlash {
 public:
  /// Before anything else. ok; not_found: the partition table has no data partition of this label.
  [[nodiscard]] Status open(const char* label) {
    partition_ = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, label);
    return partition_ != nullptr ? Status::ok : Status::not_found;
  }

  std::uint32_t size() const { return partition_->size; }
  std::uint32_t erase_size() const { return partition_->erase_size; }
  std::uint32_t program_size() const { return partition_->encrypted ? 16 : 4; }

  Status read(std::uint32_t address, MutableBytes out) {
    const esp_err_t error = esp_partition_read(partition_, address, out.data(), out.size());
    return error == ESP_OK ? Status::ok : Status::read_failed;
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    const esp_err_t error = esp_partition_write(partition_, address, bytes.data(), bytes.size());
    return error == ESP_OK ? Status::ok : Status::program_failed;
  }
  Status erase(std::uint32_t address) {
    const esp_err_t error = esp_partition_erase_range(partition_, address, erase_size());
    return error == ESP_OK ? Status::ok : Status::erase_failed;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    Raw raw = {partition_};
    return reads_as(raw, address, length, 0xFF, blank);
  }

 private:
  /// What the chip holds, not decrypted.
  struct Raw {
    const esp_partition_t* partition;
    Status read(std::uint32_t address, MutableBytes out) {
      const esp_err_t error = esp_partition_read_raw(partition, address, out.data(), out.size());
      return error == ESP_OK ? Status::ok : Status::read_failed;
    }
  };

  const esp_partition_t* partition_ = nullptr;
};

}  // namespace port
}  // namespace tmd
