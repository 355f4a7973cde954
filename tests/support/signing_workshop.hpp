// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/program.hpp"
#include "support/signed_patches.hpp"

namespace tmd::test {

/// A folder with two models and the patch between them.
struct Workshop {
  TemporaryFolder folder;
  std::string base = folder / "base", target = folder / "target", patch = folder / "update.tmd";
  std::string key = folder / "private.pem", public_key = folder / "public.pem";
  std::string signed_patch = folder / "signed.tmd";

  explicit Workshop(const std::string& type = "es256") {
    const Bytes model = random_bytes(5000, 1), trained = retrained(model, 2);
    put_contents(base, std::string(model.begin(), model.end()));
    put_contents(target, std::string(trained.begin(), trained.end()));
    REQUIRE(run_tmd({"diff", "--quick", base, target, "-o", patch}).status == 0);
    REQUIRE(run_tmd({"keygen", key, "--type", type, "--public", public_key}).status == 0);
  }

  Finished verify(const std::string& file) const {
    return run_tmd({"verify", file, "--public-key", public_key});
  }
};

inline bool has_openssl() {
  static const bool present = [] {
    try {
      return run_program({"openssl", "version"}).status == 0;
    } catch (const std::exception&) {
      return false;
    }
  }();
  if (!present) MESSAGE("openssl is not installed: signing together with it is skipped");
  return present;
}

}  // namespace tmd::test
