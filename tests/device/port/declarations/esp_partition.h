// SPDX-License-Identifier: Apache-2.0
// What ESP-IDF declares (components/esp_partition), over simulated cells.
#pragma once
#include <cstddef>
#include <cstdint>

#include "../simulated_part.hpp"

using esp_err_t = int;
constexpr esp_err_t ESP_OK = 0;
constexpr esp_err_t ESP_ERR_INVALID_SIZE = 0x104;
enum esp_partition_type_t { ESP_PARTITION_TYPE_DATA = 1 };
enum esp_partition_subtype_t { ESP_PARTITION_SUBTYPE_ANY = 0xff };
struct esp_partition_t {
  std::uint32_t address, size, erase_size;
  char label[17];
  bool encrypted;
};

inline tmd::test::Cells esp_cells;
inline esp_partition_t esp_models = {0x310000, 0x20000, 4096, "models", false};

inline const esp_partition_t* esp_partition_find_first(esp_partition_type_t, esp_partition_subtype_t,
                                                       const char* label) {
  return label[0] == 'm' ? &esp_models : nullptr;
}
inline bool esp_is_inside(const esp_partition_t* p, std::size_t at, std::size_t size) {
  return at <= p->size && size <= p->size - at;
}
inline esp_err_t esp_partition_read_raw(const esp_partition_t* p, std::size_t at, void* out,
                                        std::size_t size) {
  if (!esp_is_inside(p, at, size)) return ESP_ERR_INVALID_SIZE;
  for (std::size_t i = 0; i < size; ++i) static_cast<std::uint8_t*>(out)[i] = esp_cells.bytes[at + i];
  return ESP_OK;
}
/// The cipher of the tests: an XOR by address, so that erased cells read as noise.
inline std::uint8_t esp_key(const esp_partition_t* p, std::size_t at) {
  return p->encrypted ? static_cast<std::uint8_t>(at * 37 + 11) : std::uint8_t{0};
}
inline esp_err_t esp_partition_read(const esp_partition_t* p, std::size_t at, void* out, std::size_t size) {
  const esp_err_t error = esp_partition_read_raw(p, at, out, size);
  for (std::size_t i = 0; error == ESP_OK && i < size; ++i)
    static_cast<std::uint8_t*>(out)[i] ^= esp_key(p, at + i);
  return error;
}
inline esp_err_t esp_partition_write(const esp_partition_t* p, std::size_t at, const void* from,
                                     std::size_t size) {
  if (!esp_is_inside(p, at, size) || (p->encrypted && (at % 16 != 0 || size % 16 != 0)))
    return ESP_ERR_INVALID_SIZE;
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(static_cast<const std::uint8_t*>(from)[i] ^ esp_key(p, at + i));
  esp_cells.program(static_cast<std::uint32_t>(at), bytes.data(), static_cast<std::uint32_t>(size));
  return ESP_OK;
}
inline esp_err_t esp_partition_erase_range(const esp_partition_t* p, std::size_t at, std::size_t size) {
  if (!esp_is_inside(p, at, size) || at % 4096 != 0 || size % 4096 != 0) return ESP_ERR_INVALID_SIZE;
  for (std::size_t i = 0; i < size; i += 4096) esp_cells.erase(static_cast<std::uint32_t>(at + i), 4096);
  return ESP_OK;
}
