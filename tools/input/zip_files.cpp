// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "base/error.hpp"
#include "input/export_files.hpp"
#include "input/packed_files.hpp"

namespace tmd::host::input {
namespace {

/// Larger members are no model for a microcontroller, but may be a trap: a small archive can unpack to
/// anything.
constexpr std::uint64_t kLargestMember = 64U << 20;

[[noreturn]] void refuse(const std::string& name, zip_error_t& error) {
  const std::string reason = ::zip_error_strerror(&error);
  ::zip_error_fini(&error);
  throw host::Error(fmt::format("{}: not a sound .zip archive: {}", name, reason));
}

/// Opens the archive, which must live as long as what this gives.
std::shared_ptr<zip_t> open_archive(const host::Bytes& archive, const std::string& name) {
  zip_error_t error;
  ::zip_error_init(&error);
  zip_source_t* source = ::zip_source_buffer_create(archive.data(), archive.size(), 0, &error);
  if (source == nullptr) refuse(name, error);
  zip_t* opened = ::zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  if (opened == nullptr) {
    ::zip_source_free(source);
    refuse(name, error);
  }
  ::zip_error_fini(&error);
  return {opened, [](zip_t* unused) { ::zip_discard(unused); }};
}

/// What was unpacked of an archive: with many members it may be a trap that none of them is.
struct Unpacked {
  std::set<std::string> names;
  std::uint64_t bytes = 0;
};

host::Bytes read_member(zip_t* archive, const std::string& name, Unpacked& unpacked) {
  zip_stat_t facts;
  ::zip_stat_init(&facts);
  if (::zip_stat(archive, name.c_str(), 0, &facts) != 0 || (facts.valid & ZIP_STAT_SIZE) == 0)
    throw host::Error(fmt::format("cannot read {} in the archive", name));
  if (facts.size > kLargestMember)
    throw host::Error(
        fmt::format("{} in the archive unpacks to {} bytes, which is no model", name, facts.size));
  if (unpacked.names.insert(name).second) unpacked.bytes += facts.size;
  if (unpacked.bytes > kLargestUnpacked)
    throw host::Error(
        fmt::format("the archive unpacks to more than {} MiB, which is no model", kLargestUnpacked >> 20));
  host::Bytes bytes(facts.size);
  zip_file_t* file = ::zip_fopen(archive, name.c_str(), 0);
  const bool whole = file != nullptr &&
                     ::zip_fread(file, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size());
  if (file != nullptr) ::zip_fclose(file);
  if (!whole) throw host::Error(fmt::format("{} in the archive is damaged", name));
  return bytes;
}

}  // namespace

ExportFiles files_of_zip(const host::Bytes& archive, const std::string& name) {
  const auto kept = std::make_shared<const host::Bytes>(archive);
  const std::shared_ptr<zip_t> opened = open_archive(*kept, name);
  ExportFiles files;
  const zip_int64_t count = ::zip_get_num_entries(opened.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* path = ::zip_get_name(opened.get(), static_cast<zip_uint64_t>(i), 0);
    if (path != nullptr && !std::string_view(path).ends_with('/')) files.paths.emplace_back(path);
  }
  std::sort(files.paths.begin(), files.paths.end());
  // A name leads to the first member that has it: the others are never read.
  files.paths.erase(std::unique(files.paths.begin(), files.paths.end()), files.paths.end());
  const auto unpacked = std::make_shared<Unpacked>();
  files.read = [kept, opened, unpacked](const std::string& path) {
    return read_member(opened.get(), path, *unpacked);
  };
  return files;
}

}  // namespace tmd::host::input
