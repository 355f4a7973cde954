// SPDX-License-Identifier: Apache-2.0
#include "input/load_input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "input/c_array.hpp"
#include "input/edge_impulse.hpp"
#include "input/elf_part.hpp"
#include "input/file_look.hpp"
#include "input/nnom.hpp"
#include "input/packed_files.hpp"
#include "model/reader.hpp"

namespace tmd::host::input {
namespace {

/// Of packed files in packed files: gzip around HEX around a model is in use, more is a trap.
constexpr int kMostLayers = 4;

[[noreturn]] void refuse(const std::string& name, std::string_view look) {
  throw host::Error(fmt::format("{}: this looks like {}; --raw takes its bytes as they are", name, look));
}

[[noreturn]] void refuse_empty(const std::string& name) {
  throw host::Error(fmt::format("{}: this is empty, no model; give the file of one", name));
}

/// The array that is meant: the chosen one, the only one, or the only one that is a TFLite model.
CArray choose_array(CSource source, const std::string& name, const InputChoice& choice) {
  std::vector<CArray>& arrays = source.arrays;
  if (!choice.symbol.empty()) {
    std::erase_if(arrays, [&](const CArray& array) { return array.name != choice.symbol; });
  } else {
    std::erase_if(arrays, [&](const CArray& array) { return array.is_text; });
    const auto is_model = [](const CArray& array) { return model::is_tflite(host::view(array.bytes)); };
    const bool one_model = std::count_if(arrays.begin(), arrays.end(), is_model) == 1;
    if (one_model) std::erase_if(arrays, [&](const CArray& array) { return !is_model(array); });
    // What could not be read may be what was meant.
    if (!one_model && !source.not_understood.empty())
      throw host::Error(fmt::format("{}: {}", name, source.not_understood.front()));
  }
  if (arrays.empty() && !source.not_understood.empty())
    throw host::Error(fmt::format("{}: {}", name, source.not_understood.front()));
  if (arrays.empty()) throw host::Error(fmt::format("{}: no array of bytes named {}", name, choice.symbol));
  if (arrays.size() > 1)
    throw host::Error(fmt::format("{}: several arrays ({}, {}, …); say which with --symbol", name,
                                  arrays[0].name, arrays[1].name));
  return std::move(arrays.front());
}

Input load_text(const host::Bytes& file, const std::string& name, const InputChoice& choice) {
  CSource source = read_c_source(host::as_text(file));
  Input input;
  if (choice.symbol.empty() && is_nnom(host::as_text(file))) {
    input.kind = InputKind::c_array;
    input.part = "kernels and biases";
    NnomWeights weights = nnom_weights(source, host::as_text(file), name);
    input.bytes = std::move(weights.bytes);
    input.regions = std::move(weights.arrays);
    input.format = model::RecognisedFormat{model::ModelFormat::nnom, 1};
    return input;
  }
  const bool has_array = std::any_of(source.arrays.begin(), source.arrays.end(), [&](const CArray& array) {
    return !array.is_text || array.name == choice.symbol;
  });
  if (!has_array && source.not_understood.empty()) refuse(name, description_of(host::view(file)));
  CArray array = choose_array(std::move(source), name, choice);
  input.kind = InputKind::c_array;
  input.part = std::move(array.name);
  input.bytes = std::move(array.bytes);
  return input;
}

Input load_bytes(host::Bytes file, const std::string& name, const InputChoice& choice, int depth);

/// What a file unpacks to, read in its turn. `unpack` throws errors without the file's name.
template <class Unpack>
Input load_packed(const std::string& name, const char* packing, const InputChoice& choice, int depth,
                  Unpack unpack) {
  if (depth == kMostLayers)
    throw host::Error(fmt::format("{}: packed more than {} times", name, kMostLayers));
  host::Bytes bytes;
  try {
    bytes = unpack();
  } catch (const host::Error& error) {
    throw host::Error(fmt::format("{}: {}: {}", name, packing, error.what()));
  }
  return load_bytes(std::move(bytes), name, choice, depth + 1);
}

/// What a finished FlatBuffer's length is a multiple of: 16 where TFLite's converter aligned its data so.
std::size_t alignment_of(const model::Model& model) {
  const bool aligned =
      std::all_of(model.buffers.begin(), model.buffers.end(),
                  [](const model::ByteRange& data) { return data.empty() || data.offset % 16 == 0; });
  return aligned ? 16 : 8;
}

/// The last block of a UF2 file is filled up with zeros. A TFLite model says where it ends; nothing else does.
host::Bytes without_padding(Uf2Content content) {
  const ConstBytes bytes = host::view(content.bytes);
  const model::ParseResult whole = model::parse(bytes);
  if (!whole) return std::move(content.bytes);
  std::size_t longest = bytes.size();
  for (std::size_t shortest = bytes.size() - content.padding; shortest < longest;) {
    const std::size_t middle = shortest + (longest - shortest) / 2;
    if (model::parse(bytes.first(middle))) {
      longest = middle;
    } else {
      shortest = middle + 1;
    }
  }
  const std::size_t alignment = alignment_of(*whole.model);
  content.bytes.resize(std::min(bytes.size(), (longest + alignment - 1) / alignment * alignment));
  return std::move(content.bytes);
}

Input load_bytes(host::Bytes file, const std::string& name, const InputChoice& choice, int depth) {
  const ConstBytes bytes = host::view(file);
  switch (look_at(bytes)) {
    case FileLook::empty:
      refuse_empty(name);
    case FileLook::elf:
      return load_elf_part(file, name, choice);
    case FileLook::zip:
      return load_edge_impulse(files_of_zip(file, name), name, choice);
    case FileLook::gzip:
      return load_packed(name, "gzip", choice, depth, [&] { return read_gzip(bytes); });
    case FileLook::uf2:
      return load_packed(name, "UF2", choice, depth, [&] { return without_padding(read_uf2(bytes)); });
    case FileLook::intel_hex:
      return load_packed(name, "Intel HEX", choice, depth, [&] { return read_intel_hex(bytes); });
    case FileLook::s_record:
      return load_packed(name, "S-records", choice, depth, [&] { return read_s_record(bytes); });
    case FileLook::text:
      return load_text(file, name, choice);
    case FileLook::other:
      refuse(name, description_of(bytes));
    case FileLook::tflite:
    case FileLook::binary:
      break;
  }
  Input input;
  input.kind = model::is_tflite(bytes) ? InputKind::tflite : InputKind::raw;
  input.bytes = std::move(file);
  return input;
}

/// The option of a part that files of this kind have nothing for, or nullptr.
const char* idle_option(InputKind kind, const InputChoice& choice) {
  if (kind == InputKind::elf) return nullptr;
  if (!choice.section.empty()) return "--section";
  if (!choice.code.empty()) return "--code";
  if (!choice.may_differ.empty()) return "--may-differ";
  const bool has_arrays = kind == InputKind::c_array || kind == InputKind::edge_impulse;
  return choice.symbol.empty() || has_arrays ? nullptr : "--symbol";
}

}  // namespace

Input load_input(const std::filesystem::path& path, const InputChoice& choice) {
  Input input;
  if (std::filesystem::is_directory(path)) {
    input = load_edge_impulse(files_of_folder(path), path.string(), choice);
  } else {
    input.bytes = host::read_file(path);
    if (!choice.raw) input = load_bytes(std::move(input.bytes), path.string(), choice, 0);
  }
  // An array or a section may be empty, too.
  if (input.bytes.empty()) refuse_empty(path.string());
  return input;
}

Input load_base(const std::filesystem::path& path, const InputChoice& choice) {
  std::error_code ignored;
  if (std::filesystem::weakly_canonical(path, ignored) == "/dev/null") return {};
  // Somebody who says /dev/null means "no model"; an empty file is one that went wrong.
  if (std::filesystem::is_regular_file(path, ignored) && std::filesystem::file_size(path, ignored) == 0)
    throw host::Error(
        fmt::format("{}: this is an empty file; for \"no model\" give /dev/null", path.string()));
  return load_input(path, choice);
}

void check_part_is_there(const std::vector<ReadFile>& files, const InputChoice& choice) {
  const char* idle = nullptr;
  for (const ReadFile& file : files) {
    idle = idle_option(file.kind, choice);
    if (idle == nullptr) return;
  }
  if (idle != nullptr)
    throw host::Error(fmt::format("{} is {}, for which {} means nothing: leave it out",
                                  files.back().name.string(), to_string(files.back().kind), idle));
}

void check_same_kind(const Input& base, const std::filesystem::path& base_name, const Input& target,
                     const std::filesystem::path& target_name, const InputChoice& choice) {
  check_part_is_there({{base.kind, base_name}, {target.kind, target_name}}, choice);
  if (choice.raw || base.bytes.empty() || target.bytes.empty()) return;
  const bool from_tflite = model::is_tflite(host::view(base.bytes));
  if (from_tflite == model::is_tflite(host::view(target.bytes))) return;
  const std::string is_one = (from_tflite ? base_name : target_name).string();
  const std::string is_none = (from_tflite ? target_name : base_name).string();
  throw host::Error(fmt::format(
      "{} is a TFLite model and {} is none: give two of a kind; --raw takes their bytes as they are", is_one,
      is_none));
}

}  // namespace tmd::host::input
