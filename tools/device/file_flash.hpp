// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/descriptor.hpp"
#include "tmd/flash.hpp"

namespace tmd::host::device {

/// What a flash part is like. All in bytes.
struct FlashGeometry {
  std::uint32_t size = 0;          ///< A multiple of `erase_size`.
  std::uint32_t erase_size = 0;    ///< A multiple of `program_size`.
  std::uint32_t program_size = 0;  ///< 1 to `kMaxProgramSize`.
};

/// The Flash policy over a file: a plain image of the flash, erased bytes 0xFF. What was programmed survives
/// the process, also one that is killed. Holds the library to the contract of parts with ECC: a unit is
/// programmed once between two erases, else `program_failed`.
///
///     FileFlash flash("flash.bin", {512 * 1024, 4096, 8});
class FileFlash {
 public:
  static constexpr std::uint8_t kErased = 0xFF;
  static constexpr std::uint32_t kLargestProgramUnit = kMaxProgramSize;

  /// Opens the image, or begins an erased one, which gets its name with `publish`. Nobody else opens it until this
  /// object is gone. Throws Error where the geometry makes no sense, the file cannot be opened, locked or mapped, or
  /// it is an image of another size.
  FileFlash(const std::filesystem::path& path, const FlashGeometry& geometry);
  /// The same without a file: an erased flash that goes with the object.
  explicit FileFlash(const FlashGeometry& geometry);
  FileFlash(const FileFlash&) = delete;
  FileFlash& operator=(const FileFlash&) = delete;
  ~FileFlash();

  std::uint32_t size() const { return geometry_.size; }
  std::uint32_t erase_size() const { return geometry_.erase_size; }
  std::uint32_t program_size() const { return geometry_.program_size; }

  /// Where the image lies; empty without a file.
  const std::filesystem::path& path() const { return path_; }
  /// True where this object made the image.
  bool is_new() const { return is_new_; }
  /// Gives a new image its name, whole as it is now: one that is interrupted before leaves none. Throws Error where
  /// another program made one meanwhile. Does nothing to an image that was there.
  void publish();
  /// All of the flash, as a processor would see it in its address space.
  ConstBytes memory() const { return ConstBytes(memory_, geometry_.size); }

  Status read(std::uint32_t address, MutableBytes out);
  /// out_of_bounds; program_failed where the place is misaligned or not erased.
  Status program(std::uint32_t address, ConstBytes bytes);
  Status erase(std::uint32_t address);
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank);

 private:
  /// Maps `file_`, or memory without one.
  void map(const std::filesystem::path& path);
  void open(const std::filesystem::path& path);
  void begin(const std::filesystem::path& path);

  FlashGeometry geometry_;
  std::filesystem::path path_;
  std::filesystem::path unpublished_;  ///< The new image's file until it has its name.
  Descriptor file_{-1};                ///< Open for as long as the image is locked.
  std::uint8_t* memory_ = nullptr;
  bool is_new_ = true;
};

}  // namespace tmd::host::device
