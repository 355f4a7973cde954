// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tmd/flash.hpp"

namespace tmd {

// A FlashCipher encrypts flash by address, in blocks of 16 bytes that do not depend on one another's order of
// writing. A class with
//
//     Status encrypt(std::uint32_t address, MutableBytes bytes);   // in place; address and length multiples of 16
//     Status decrypt(std::uint32_t address, MutableBytes bytes);
//
// where equal bytes at different addresses give different ones. PsaAesXts (tmd/auth/psa/psa_aes_xts.hpp) is one.

namespace detail {
template <class Cipher, class = void>
struct IsFlashCipher : std::false_type {};
template <class Cipher>
struct IsFlashCipher<
    Cipher,
    typename std::enable_if<
        std::is_same<decltype(detail::declval<Cipher&>().encrypt(0U, MutableBytes())), Status>::value &&
        std::is_same<decltype(detail::declval<Cipher&>().decrypt(0U, MutableBytes())), Status>::value>::type>
    : std::true_type {};
}  // namespace detail

/// Flash whose content is encrypted on its way out, for a chip beside the controller: whoever takes it off the
/// board reads noise. A Flash policy over another one.
///
///     static tmd::PsaAesXts cipher;                 // cipher.open(key) after psa_crypto_init()
///     static tmd::EncryptedFlash<SpiFlash, tmd::PsaAesXts> flash(spi_flash, cipher);
///
/// What it does not do:
///  - no integrity. Who can write the chip can put noise, or what was at the same place at another time, into
///    any 16 bytes. The configuration's `kBootCheck` notices that in the active model, not in the journal: keep
///    that in the controller's own flash.
///  - the same bytes at the same address are the same every time. Who reads the chip before and after an update
///    sees which 16 bytes changed.
///  - nothing runs in place: an interpreter that reads the chip directly sees noise. Read the model through this,
///    or use a controller that decrypts on the fly.
///  - no other place is protected: keys and the decrypted model lie in the controller.
///
/// Program units are at least 16 bytes. A call to the driver is at most `kBufferSize` bytes long, which lie here,
/// so that they stay as they are while the driver is busy. A torn unit reads as 16 bytes of noise without an
/// error, as on flash without ECC.
template <class Flash, class Cipher, std::size_t kBufferSize = 256>
class EncryptedFlash {
  static_assert(check_flash_policy<Flash>(), "");
  static_assert(
      detail::IsFlashCipher<Cipher>::value,
      "a FlashCipher has Status encrypt(uint32_t address, MutableBytes) and Status decrypt(the same); see "
      "tmd/flash/encrypted_flash.hpp");
  static_assert(kBufferSize != 0 && kBufferSize % 16 == 0 && kBufferSize % largest_program_unit<Flash>() == 0,
                "the buffer holds whole program units, and blocks of the cipher");

 public:
  static constexpr std::uint32_t kBlockSize = 16;
  static constexpr std::uint32_t kLargestProgramUnit =
      largest_program_unit<Flash>() < kBlockSize ? kBlockSize : largest_program_unit<Flash>();

  /// Both must outlive it.
  constexpr EncryptedFlash(Flash& flash, Cipher& cipher) : flash_(flash), cipher_(cipher) {}
  EncryptedFlash(const EncryptedFlash&) = delete;
  EncryptedFlash& operator=(const EncryptedFlash&) = delete;

  std::uint32_t size() const { return flash_.size(); }
  std::uint32_t erase_size(std::uint32_t address) const { return erase_size_at(flash_, address); }
  std::uint32_t program_size(std::uint32_t address) const {
    const std::uint32_t unit = program_size_at(flash_, address);
    return unit < kBlockSize ? kBlockSize : unit;
  }

  /// As the flash's; read_failed also where the cipher fails. What is erased reads as noise: ask `is_blank`.
  Status read(std::uint32_t address, MutableBytes out) {
    for (std::size_t done = 0; done < out.size();) {
      const std::uint32_t position = address + static_cast<std::uint32_t>(done);
      const std::uint32_t skipped = position % kBlockSize;
      const std::size_t whole = (out.size() - done) / kBlockSize * kBlockSize;
      const bool in_place = skipped == 0 && whole != 0;
      std::uint8_t block[kBlockSize];
      const MutableBytes blocks = in_place ? out.slice(done, whole) : MutableBytes(block);
      Status status = flash_.read(position - skipped, blocks);
      if (status == Status::ok && cipher_.decrypt(position - skipped, blocks) != Status::ok)
        status = Status::read_failed;
      if (status != Status::ok) return status;
      const MutableBytes part = in_place ? blocks : out.slice(done, kBlockSize - skipped);
      if (!in_place) copy_bytes(ConstBytes(block).slice(skipped, part.size()), part);
      done += part.size();
    }
    return Status::ok;
  }

  /// As the flash's; program_failed also where the cipher fails, or an address or length is no multiple of the
  /// program unit here.
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (address % program_size(address) != 0 || bytes.size() % program_size(address) != 0)
      return Status::program_failed;
    Status status = Status::ok;
    while (status == Status::ok && done_ < bytes.size()) {
      const std::uint32_t position = address + static_cast<std::uint32_t>(done_);
      const MutableBytes part = MutableBytes(buffer_).first(bytes.size() - done_);
      if (!is_prepared_) status = prepare(position, bytes.from(done_), part);
      if (status == Status::ok) status = flash_.program(position, part);
      if (status == Status::would_block) return status;
      is_prepared_ = false;
      done_ += part.size();
    }
    done_ = 0;
    return status;
  }

  Status erase(std::uint32_t address) { return flash_.erase(address); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return flash_.is_blank(address, length, blank);
  }

 private:
  Status prepare(std::uint32_t address, ConstBytes from, MutableBytes part) {
    copy_bytes(from.first(part.size()), part);
    const Status status = cipher_.encrypt(address, part);
    is_prepared_ = status == Status::ok;
    return is_prepared_ ? Status::ok : Status::program_failed;
  }

  Flash& flash_;
  Cipher& cipher_;
  std::size_t done_ = 0;      ///< Bytes of the call that is running that are programmed.
  bool is_prepared_ = false;  ///< The buffer holds what the driver is to program next.
  std::uint8_t buffer_[kBufferSize] = {};
};

}  // namespace tmd
