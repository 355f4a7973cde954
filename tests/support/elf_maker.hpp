// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tmd::test {

using NamedBytes = std::vector<std::pair<std::string, std::vector<std::uint8_t>>>;

/// A linked 32-bit little-endian ARM program, byte by byte: functions in .text at 0x8000, data in .model at
/// 0x20000, a symbol for each (functions with the Thumb bit).
inline std::string arm_elf(const NamedBytes& functions, const NamedBytes& data) {
  std::string file;
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) file += static_cast<char>(value >> (8 * i));
  };
  constexpr std::uint32_t kText = 0x8000;
  constexpr std::uint32_t kModel = 0x20000;
  constexpr std::uint32_t kHeaderSize = 52;
  constexpr std::uint32_t kSectionHeaderSize = 40;
  constexpr std::uint32_t kSymbolSize = 16;

  std::string text, model, names(1, '\0'), symbols(kSymbolSize, '\0');
  const auto add_symbols = [&](const NamedBytes& parts, std::string& section, std::uint32_t address,
                               std::uint8_t info, std::uint16_t index) {
    for (const auto& [name, bytes] : parts) {
      std::swap(file, symbols);
      put(static_cast<std::uint32_t>(names.size()), 4);
      put(address + static_cast<std::uint32_t>(section.size()) + (info == 0x12 ? 1U : 0U), 4);
      put(static_cast<std::uint32_t>(bytes.size()), 4);
      put(info, 1);
      put(0, 1);
      put(index, 2);
      std::swap(file, symbols);
      names += name + '\0';
      section.append(bytes.begin(), bytes.end());
    }
  };
  constexpr std::uint8_t kGlobalFunction = 0x12;
  constexpr std::uint8_t kGlobalObject = 0x11;
  add_symbols(functions, text, kText, kGlobalFunction, 1);
  add_symbols(data, model, kModel, kGlobalObject, 2);
  while (text.size() % 4 != 0) text += '\0';
  const std::string model_padding((4 - model.size() % 4) % 4, '\0');
  const std::string section_names("\0.text\0.model\0.symtab\0.strtab\0", 30);

  const auto size = [](const std::string& part) { return static_cast<std::uint32_t>(part.size()); };
  const std::uint32_t text_at = kHeaderSize;
  const std::uint32_t model_at = text_at + size(text);
  const std::uint32_t symbols_at = model_at + size(model) + size(model_padding);
  const std::uint32_t names_at = symbols_at + size(symbols);
  const std::uint32_t section_names_at = names_at + size(names);
  const std::uint32_t headers_at = (section_names_at + size(section_names) + 3) & ~3U;

  file.assign(
      "\x7F"
      "ELF\1\1\1\0\0\0\0\0\0\0\0\0",
      16);     // 32 bits, little-endian
  put(2, 2);   // an executable
  put(40, 2);  // for ARM
  put(1, 4);
  put(kText, 4);
  put(0, 4);
  put(headers_at, 4);
  put(0x05000000, 4);
  put(kHeaderSize, 2);
  put(0, 2);
  put(0, 2);
  put(kSectionHeaderSize, 2);
  put(6, 2);
  put(5, 2);
  file += text + model + model_padding + symbols + names + section_names;
  file.resize(headers_at, '\0');
  const auto section = [&](std::uint32_t name, std::uint32_t type, std::uint32_t flags, std::uint32_t address,
                           std::uint32_t offset, std::uint32_t bytes, std::uint32_t link,
                           std::uint32_t entry) {
    for (const std::uint32_t field :
         {name, type, flags, address, offset, bytes, link, type == 2U ? 1U : 0U, 4U, entry})
      put(field, 4);
  };
  section(0, 0, 0, 0, 0, 0, 0, 0);
  section(1, 1, 6, kText, text_at, size(text), 0, 0);     // .text: allocated, executable
  section(7, 1, 2, kModel, model_at, size(model), 0, 0);  // .model: allocated
  section(14, 2, 0, 0, symbols_at, size(symbols), 4, kSymbolSize);
  section(22, 3, 0, 0, names_at, size(names), 0, 0);
  section(22, 3, 0, 0, section_names_at, size(section_names), 0, 0);
  return file;
}

}  // namespace tmd::test
