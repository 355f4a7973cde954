// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/flash.hpp"

/// A flash driver that is not part of what is measured: somebody else's, and so undefined.
class ExternalFlash {
 public:
  static constexpr std::uint32_t size() { return 512 * 1024; }
  static constexpr std::uint32_t erase_size() { return 4096; }
  static constexpr std::uint32_t program_size() { return 8; }
  tmd::Status read(std::uint32_t address, tmd::MutableBytes out);
  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes);
  tmd::Status erase(std::uint32_t address);
  tmd::Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank);
};
