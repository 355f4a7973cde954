// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "host/file_flash.hpp"
#include "patch/patch_file.hpp"
#include "tmd/internal/store/layout.hpp"

namespace tmd::host {

/// A part with two slots and a journal behind them. In bytes.
struct Part {
  std::uint32_t slot_size = 0;     ///< A multiple of `erase_size`.
  std::uint32_t journal_size = 0;  ///< A multiple of `erase_size`, at least two blocks.
  std::uint32_t erase_size = 4096;
  std::uint32_t program_size = 4;

  FlashGeometry geometry() const { return {2 * slot_size + journal_size, erase_size, program_size}; }
  Layout layout() const { return {{0, slot_size}, {slot_size, slot_size}, {2 * slot_size, journal_size}}; }
};

/// The smallest slot, in whole erase blocks, that holds a model of this length.
std::uint32_t slot_for(std::uint32_t length, std::uint32_t erase_size);

/// Programs a model at the start of slot A, as a factory does. Throws Error where it does not fit.
void program_factory_model(FileFlash& flash, const Part& part, ConstBytes model);

/// Told of `done` of `total` bytes of the target.
using ProgressHook = std::function<void(std::uint32_t done, std::uint32_t total)>;

/// The Cipher policy (tmd/auth/cipher.hpp) of a device that has a secret.
struct BodyCipher {
  virtual ~BodyCipher() = default;
  virtual Status begin(ConstBytes cipher_entry) = 0;
  virtual Status decrypt(std::uint32_t body_offset, MutableBytes bytes) = 0;
};

/// Applies a patch through the device headers, over flash in memory, and gives the target. Signatures are
/// passed over; an encrypted body is decrypted as it streams, with `cipher`. Throws Error, naming the patch and,
/// where it is not the right one, the base.
[[nodiscard]] Bytes apply_patch(const std::filesystem::path& base_path, ConstBytes base,
                                const PatchFile& patch, const ProgressHook& on_progress = {},
                                BodyCipher* cipher = nullptr);

}  // namespace tmd::host
