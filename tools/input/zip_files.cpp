// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>

#include "base/error.hpp"
#include "input/edge_impulse.hpp"

namespace tmd::host::input {
namespace {

/// Larger members are no model for a microcontroller, but may be a trap: a small archive can unpack to
/// anything.
constexpr std::uint64_t kLargestMember = 64U << 20;

std::shared_ptr<zip_t> open_archive(const std::filesystem::path& path) {
  int code = 0;
  zip_t* archive = ::zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (archive == nullptr) {
    zip_error_t error;
    ::zip_error_init_with_code(&error, code);
    const std::string reason = ::zip_error_strerror(&error);
    ::zip_error_fini(&error);
    throw host::Error(fmt::format("{}: not a sound .zip archive: {}", path.string(), reason));
  }
  return {archive, [](zip_t* opened) { ::zip_discard(opened); }};
}

host::Bytes read_member(zip_t* archive, const std::string& name) {
  zip_stat_t facts;
  ::zip_stat_init(&facts);
  if (::zip_stat(archive, name.c_str(), 0, &facts) != 0 || (facts.valid & ZIP_STAT_SIZE) == 0)
    throw host::Error(fmt::format("cannot read {} in the archive", name));
  if (facts.size > kLargestMember)
    throw host::Error(
        fmt::format("{} in the archive unpacks to {} bytes, which is no model", name, facts.size));
  host::Bytes bytes(facts.size);
  zip_file_t* file = ::zip_fopen(archive, name.c_str(), 0);
  const bool whole = file != nullptr &&
                     ::zip_fread(file, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size());
  if (file != nullptr) ::zip_fclose(file);
  if (!whole) throw host::Error(fmt::format("{} in the archive is damaged", name));
  return bytes;
}

}  // namespace

ExportFiles files_of_zip(const std::filesystem::path& archive) {
  const std::shared_ptr<zip_t> opened = open_archive(archive);
  ExportFiles files;
  const zip_int64_t count = ::zip_get_num_entries(opened.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = ::zip_get_name(opened.get(), static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr && !std::string_view(name).ends_with('/')) files.paths.emplace_back(name);
  }
  std::sort(files.paths.begin(), files.paths.end());
  files.read = [opened](const std::string& path) { return read_member(opened.get(), path); };
  return files;
}

}  // namespace tmd::host::input
