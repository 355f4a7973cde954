// SPDX-License-Identifier: Apache-2.0
#include "input/load_input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "input/c_array.hpp"
#include "input/edge_impulse.hpp"
#include "input/elf_part.hpp"
#include "model/reader.hpp"

namespace tmd::host::input {
namespace {

bool is_zip(ConstBytes file) {
  return file.size() > 4 && file[0] == 'P' && file[1] == 'K' && file[2] == 3 && file[3] == 4;
}

/// The array that is meant: the chosen one, the only one, or the only one that is a TFLite model.
CArray choose_array(std::vector<CArray> arrays, const std::string& name, const InputChoice& choice) {
  if (!choice.symbol.empty()) {
    std::erase_if(arrays, [&](const CArray& array) { return array.name != choice.symbol; });
    if (arrays.empty()) throw host::Error(fmt::format("{}: no array of bytes named {}", name, choice.symbol));
  }
  if (arrays.size() > 1) {
    const auto models = std::stable_partition(arrays.begin(), arrays.end(), [](const CArray& array) {
      return model::is_tflite(host::view(array.bytes));
    });
    if (models - arrays.begin() != 1)
      throw host::Error(fmt::format("{}: several arrays ({}, {}, …); say which with --symbol", name,
                                    arrays[0].name, arrays[1].name));
  }
  return std::move(arrays.front());
}

/// Arrays of a text file; none where it is some other text.
std::vector<CArray> arrays_of(const host::Bytes& file, const std::string& name) {
  if (!is_text(host::view(file))) return {};
  try {
    return find_c_arrays({reinterpret_cast<const char*>(file.data()), file.size()});
  } catch (const host::Error& error) {
    throw host::Error(name + ": " + error.what());
  }
}

Input load_file(const std::filesystem::path& path, const InputChoice& choice) {
  const std::string name = path.string();
  Input input;
  input.bytes = host::read_file(path);
  if (choice.raw) return input;
  if (is_elf(host::view(input.bytes))) return load_elf_part(input.bytes, name, choice);
  if (is_zip(host::view(input.bytes))) return load_edge_impulse(files_of_zip(path), name, choice);
  if (model::is_tflite(host::view(input.bytes))) {
    input.kind = InputKind::tflite;
  } else if (auto arrays = arrays_of(input.bytes, name); !arrays.empty()) {
    CArray array = choose_array(std::move(arrays), name, choice);
    input = {};
    input.kind = InputKind::c_array;
    input.part = std::move(array.name);
    input.bytes = std::move(array.bytes);
  }
  return input;
}

}  // namespace

Input load_input(const std::filesystem::path& path, const InputChoice& choice) {
  if (std::filesystem::is_directory(path))
    return load_edge_impulse(files_of_folder(path), path.string(), choice);
  return load_file(path, choice);
}

}  // namespace tmd::host::input
