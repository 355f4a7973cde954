// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "exports/files.hpp"
#include "fleet/diff_bases.hpp"
#include "input/load_input.hpp"
#include "support/process.hpp"

namespace tmd::test {

using nlohmann::json;

/// A release for one model in the field and for devices that have none.
struct MadeRelease {
  TemporaryFolder folder;
  host::fleet::FleetManifest manifest;

  MadeRelease() {
    std::string base;
    for (unsigned i = 0; i < 600; ++i) base.push_back(static_cast<char>(i * i >> 3));
    std::string target = base;
    target[300] = '\0';
    std::filesystem::create_directory(folder / "released");
    put_contents(folder / "released/gesture-1.0.0.bin", base);
    put_contents(folder / "gesture-1.3.0.bin", target);
    host::fleet::ManyBases plan;
    plan.bases = folder / "released";
    plan.target = folder / "gesture-1.3.0.bin";
    plan.output = folder / "patches";
    manifest = host::fleet::diff_bases(plan, host::input::load_input(plan.target), {});
    REQUIRE(manifest.patches.size() == 2);
    REQUIRE(manifest.patches[1].base.bytes == 0);
  }
  host::exports::ReleaseFolder open() const { return {folder / "patches", folder / "output", "gesture"}; }
  json written(const std::string& file) const { return json::parse(contents_of(folder / "output/" + file)); }
};

}  // namespace tmd::test
