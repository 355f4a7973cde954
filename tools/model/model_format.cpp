// SPDX-License-Identifier: Apache-2.0
#include "model/model_format.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/numbers.hpp"
#include "format/container.hpp"

namespace tmd::host::model {
namespace {

bool has_at(ConstBytes file, std::size_t at, std::string_view text) {
  return file.size() >= at + text.size() &&
         equal_bytes(file.slice(at, text.size()),
                     ConstBytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

/// The digits from `at` to `end` as a number; nothing where one is none.
std::optional<std::uint32_t> digits(ConstBytes file, std::size_t at, std::size_t end) {
  std::uint32_t number = 0;
  for (; at < end; ++at) {
    if (at >= file.size() || file[at] < '0' || file[at] > '9') return std::nullopt;
    number = 10 * number + file[at] - '0';
  }
  return number;
}

/// A FlatBuffer with the identifier "ETnn" at byte 4.
std::optional<RecognisedFormat> executorch(ConstBytes file) {
  const auto version = digits(file, 6, 8);
  if (!has_at(file, 4, "ET") || !version) return std::nullopt;
  return RecognisedFormat{ModelFormat::executorch, *version};
}

std::optional<RecognisedFormat> esp_dl(ConstBytes file) {
  const auto version = digits(file, 3, 4);
  if (!has_at(file, 0, "EDL") || !version) return std::nullopt;
  return RecognisedFormat{ModelFormat::esp_dl, *version};
}

/// u32 version behind the magic; more than a thousand were a byte order that GGUF does not have here.
std::optional<RecognisedFormat> gguf(ConstBytes file) {
  constexpr std::uint32_t kMost = 1000;
  if (!has_at(file, 0, "GGUF") || file.size() < 8 || load_le32(file.data() + 4) > kMost) return std::nullopt;
  return RecognisedFormat{ModelFormat::gguf, load_le32(file.data() + 4)};
}

/// u64 length of a JSON object, which begins at byte 8.
std::optional<RecognisedFormat> safetensors(ConstBytes file) {
  if (file.size() < 10 || load_le32(file.data() + 4) != 0 || !has_at(file, 8, "{")) return std::nullopt;
  const std::uint32_t length = load_le32(file.data());
  const bool fits = length >= 2 && length <= file.size() - 8;
  if (!fits || (file[9] != '"' && file[9] != '}' && file[9] != ' ')) return std::nullopt;
  return RecognisedFormat{ModelFormat::safetensors, 1};
}

std::optional<RecognisedFormat> tinymaix(ConstBytes file) {
  if (!has_at(file, 0, "MAIX") || file.size() < 5) return std::nullopt;
  return RecognisedFormat{ModelFormat::tinymaix, file[4]};
}

/// A protocol buffer whose first field is the IR version (field 1, a number), followed by one that a model has: the
/// producer's name or version, the domain, the graph, the operator sets.
std::optional<RecognisedFormat> onnx(ConstBytes file) {
  constexpr std::uint8_t kIrVersion = 0x08;
  constexpr std::uint8_t kNewestIrVersion = 30;
  if (file.size() < 4 || file[0] != kIrVersion || file[1] == 0 || file[1] > kNewestIrVersion)
    return std::nullopt;
  for (const std::uint8_t tag : std::initializer_list<std::uint8_t>{0x12, 0x1A, 0x22, 0x3A, 0x42}) {
    if (file[2] == tag) return RecognisedFormat{ModelFormat::onnx, file[1]};
  }
  return std::nullopt;
}

std::string_view name_of(ModelFormat format) {
  switch (format) {
    case ModelFormat::executorch:
      return "ExecuTorch";
    case ModelFormat::onnx:
      return "ONNX";
    case ModelFormat::esp_dl:
      return "ESP-DL";
    case ModelFormat::nnom:
      return "NNoM";
    case ModelFormat::gguf:
      return "GGUF";
    case ModelFormat::safetensors:
      return "safetensors";
    case ModelFormat::tinymaix:
      return "TinyMaix";
  }
  return "";
}

}  // namespace

std::optional<RecognisedFormat> recognise_format(ConstBytes file) {
  for (auto* recognise : {executorch, esp_dl, gguf, safetensors, tinymaix, onnx}) {
    if (const auto found = recognise(file)) return found;
  }
  return std::nullopt;
}

std::string describe(const RecognisedFormat& format) {
  const std::string_view name = name_of(format.format);
  if (name.empty())
    return fmt::format("format {}, version {}", static_cast<unsigned>(format.format), format.version);
  return fmt::format("{}, version {}", name, format.version);
}

host::Bytes encode_model_format(const RecognisedFormat& format) {
  host::Bytes out = {static_cast<std::uint8_t>(format.format)};
  format::append_varint(out, format.version);
  return out;
}

std::string describe_model_format(ConstBytes entry) {
  ByteReader reader(entry);
  const auto format = static_cast<ModelFormat>(reader.u8());
  const std::uint32_t version = reader.varint();
  return reader.failed() ? host::to_hex(entry) : describe({format, version});
}

}  // namespace tmd::host::model
