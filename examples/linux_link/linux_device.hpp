// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tmd/port/file_flash.hpp"
#include "tmd/updater.hpp"

// What the examples of links on Linux share: a device whose flash is a file or a raw partition.

struct LinuxConfig : tmd::DefaultConfig<tmd::port::FileFlash> {
  using Authentication = tmd::AllowUnsigned;  // a first step; docs/security.md has keys
};

class LinuxDevice {
 public:
  static constexpr tmd::Layout kLayout = {{0, 96 * 1024}, {96 * 1024, 96 * 1024}, {192 * 1024, 64 * 1024}};
  /// For a file system that writes or does not; an SD card or eMMC tears 512 bytes (docs/platforms/linux.md).
  static constexpr tmd::port::FileFlash::Geometry kGeometry = {256 * 1024, 4096, 8};
  /// Updates that one run begins: a server that names another patch each time would wear out the flash.
  static constexpr unsigned kMostBegun = 3;

  /// Opens the flash and boots. False, with the reason on standard error, where that can't be done.
  bool start(const char* program, const char* path) {
    if (flash_.open(path, kGeometry) != tmd::Status::ok) {
      std::fprintf(stderr, "%s: cannot open the flash ", program);
      std::perror(path);
      return false;
    }
    store_.attach(flash_, kLayout);
    const tmd::Status booted = tmd::until_done([this] { return store_.boot(); });
    if (!store_.is_ready()) {
      std::fprintf(stderr, "%s: %s: %s\n", program, path, tmd::to_string(booted));
      return false;
    }
    updater_.attach(store_);
    return true;
  }
  /// Keeps a model that is on trial. A product runs its self-test here.
  tmd::Status keep_model() {
    if (store_.active().state != tmd::ModelState::trial) return tmd::Status::ok;
    return tmd::until_done([this] { return store_.confirm(); });
  }

  /// Goes on with the interrupted update of this patch, or begins one.
  tmd::Status open_update(std::uint32_t identity) {
    const tmd::Status status = tmd::until_done([&] { return updater_.resume(identity); });
    return tmd::is_error(status) ? begin_update() : status;
  }
  tmd::Status begin_update() {
    if (++begun_ > kMostBegun) return tmd::Status::wrong_state;
    return tmd::until_done([this] { return updater_.begin(); });
  }
  /// Gives the updater patch bytes from this offset on, all of them or as many as it takes.
  tmd::Status feed(std::uint32_t offset, tmd::ConstBytes rest) {
    tmd::Status status = tmd::Status::need_more;
    do {
      const tmd::FeedResult fed = updater_.feed_at(offset, rest);
      status = fed.status;
      offset += static_cast<std::uint32_t>(fed.consumed);
      rest = rest.from(fed.consumed);
    } while (status == tmd::Status::would_block || (status == tmd::Status::need_more && !rest.empty()));
    return status;
  }
  tmd::Status finish() {
    return tmd::until_done([this] { return updater_.finish(); });
  }

  tmd::ModelStore<LinuxConfig>& store() { return store_; }
  tmd::Updater<LinuxConfig>& updater() { return updater_; }

 private:
  tmd::port::FileFlash flash_;
  tmd::ModelStore<LinuxConfig> store_;
  tmd::Updater<LinuxConfig> updater_;
  unsigned begun_ = 0;
};

/// 1 to 65,535; 0 where the text is no such number.
inline std::uint16_t port_in(const char* text) {
  char* end = nullptr;
  const unsigned long port = std::strtoul(text, &end, 10);
  const bool is_port = *text >= '0' && *text <= '9' && *end == '\0' && port > 0 && port <= 0xFFFF;
  return is_port ? static_cast<std::uint16_t>(port) : std::uint16_t{0};
}
