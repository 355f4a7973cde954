// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::model {

/// Formats of models other than TFLite's, by the number in manifest entry 0x16.
enum class ModelFormat : std::uint8_t {
  executorch = 2,   ///< .pte; the version is that in its identifier, "ET12": 12.
  onnx = 3,         ///< The version is the IR version.
  esp_dl = 4,       ///< .espdl; the version is that in its identifier, "EDL2": 2.
  nnom = 5,         ///< Kernels and biases of a weights.h, which has no version: 1.
  gguf = 6,         ///< The version of the container.
  safetensors = 7,  ///< Has no version: 1.
  tinymaix = 8,     ///< The version is that of the header, its first eight bits after the magic.
};

struct RecognisedFormat {
  ModelFormat format;
  std::uint32_t version = 0;

  bool operator==(const RecognisedFormat&) const = default;
};

/// What a file is by its first bytes; nothing for a TFLite file, and for what is none of these. It says nothing about
/// whether the rest of the file is sound.
std::optional<RecognisedFormat> recognise_format(ConstBytes file);

/// "ONNX, version 8".
std::string describe(const RecognisedFormat& format);

/// Manifest entry 0x16, and a line about it for people; hexadecimal where it is damaged.
host::Bytes encode_model_format(const RecognisedFormat& format);
std::string describe_model_format(ConstBytes entry);

}  // namespace tmd::host::model
