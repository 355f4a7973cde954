// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace tmd::host {

/// The largest file that is read as a model or a patch, in bytes. Two slots of this size and a journal still
/// have flash offsets of 32 bits.
constexpr std::uint64_t kLargestFile = 1ULL << 30;

/// Reads a whole file (a pipe too). Throws Error, naming the file, where it cannot be read or is larger than
/// `kLargestFile`: of a regular file before anything is read.
[[nodiscard]] Bytes read_file(const std::filesystem::path& path);
/// The same of a file in a folder that came from elsewhere: a pipe, which might be waited for without an end, a device
/// or a folder is an Error.
[[nodiscard]] Bytes read_plain_file(const std::filesystem::path& path);
/// What read_file gives as text, whatever its bytes are.
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

/// Who may read a file that is written.
enum class Readers {
  everyone,    ///< As the process's umask says.
  owner_only,  ///< Mode 0600: keys.
};

/// Writes a file whole or not at all: into a temporary file beside it, flushed to the disk, then renamed. A
/// symbolic link to a file is followed, one to nothing is replaced; a file that is there keeps its mode; something
/// that is no regular file (/dev/stdout, a pipe) is written straight.
/// Throws Error, naming the file; what was there before is then unchanged.
void write_file(const std::filesystem::path& path, ConstBytes bytes, Readers readers = Readers::everyone);
void write_file(const std::filesystem::path& path, std::string_view text,
                Readers readers = Readers::everyone);

class TemporaryFile;

/// A file that lies beside its place, whole and flushed to the disk, until it is told to take it: of several none is
/// new before all of them could be written. What was not told so is gone with the object.
class FileToPlace {
 public:
  /// Throws Error, naming the file, where it can't be written, or something that is no plain file has its place.
  FileToPlace(const std::filesystem::path& path, ConstBytes bytes);
  FileToPlace(FileToPlace&&) noexcept;
  ~FileToPlace();
  /// Throws Error, naming the file, where it can't be renamed.
  void take_place();

 private:
  std::filesystem::path place_;
  std::unique_ptr<TemporaryFile> file_;
};

/// Before long work: throws what `write_file` would where this is a folder, or none can be written to in its folder.
void check_can_create(const std::filesystem::path& path);

}  // namespace tmd::host
