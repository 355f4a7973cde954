// SPDX-License-Identifier: Apache-2.0
#include "link/choose_patch.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/error.hpp"
#include "fleet/fleet_manifest.hpp"
#include "patch/make_patch.hpp"
#include "support/bytes.hpp"
#include "support/process.hpp"
#include "tmd/digest/digests.hpp"

using namespace tmd;
using host::link::choose_patch;
using host::link::ChosenPatch;
using test::Bytes;
using test::view;
using transfer::DeviceReport;

namespace {

const Bytes kOld = test::random_bytes(600, 1), kOther = test::random_bytes(600, 2);
const Bytes kTarget = [] {
  Bytes target = kOld;
  target[300] ^= 1;
  return target;
}();

/// A device that runs this model.
DeviceReport device_with(const Bytes& model) {
  const Digest digest = digest_of(DigestKind::sha256, view(model));
  DeviceReport report;
  report.state = ModelState::confirmed;
  report.digest_kind = digest.kind;
  report.digest = transfer::DigestPrefix(digest);
  report.model_bytes = static_cast<std::uint32_t>(model.size());
  return report;
}

DeviceReport device_without_model() {
  DeviceReport report = device_with(kTarget);
  report.state = ModelState::none;  // what it says of a digest is of no model then
  report.model_bytes = 0;
  return report;
}

/// Patches to the target from these bases, listed in this order.
struct Release {
  test::TemporaryFolder folder;

  explicit Release(const std::vector<Bytes>& bases) {
    host::fleet::FleetManifest manifest;
    manifest.target = host::fleet::describe_model("target.bin", view(kTarget));
    for (const Bytes& base : bases) {
      const Bytes bytes = host::patch::make_patch(view(base), view(kTarget), {}).bytes;
      host::fleet::FleetPatch patch;
      patch.file = fmt::format("{}.tmd", manifest.patches.size());
      patch.bytes = bytes.size();
      patch.sha256 = host::fleet::sha256_text(view(bytes));
      patch.identity = fmt::format("{:08x}", host::patch::parse_patch("patch", bytes).identity());
      patch.base = host::fleet::describe_model("base.bin", view(base));
      host::write_file(folder / patch.file, view(bytes));
      manifest.patches.push_back(patch);
    }
    host::write_file(folder / host::fleet::kFleetManifestName, host::fleet::to_json(manifest));
  }
  ChosenPatch choose(const DeviceReport& device) const { return choose_patch(folder.path(), device); }
};

std::uint32_t base_of(const ChosenPatch& chosen) {
  return chosen.patch.manifest.base_length;
}

}  // namespace

TEST_CASE("of a folder a device gets the patch from its model, and the full one only where none fits") {
  const Release release({{}, kOld});
  const ChosenPatch fitting = release.choose(device_with(kOld));
  CHECK(base_of(fitting) == 600);
  CHECK_FALSE(fitting.is_full_model);
  CHECK_FALSE(fitting.is_there_already);
  // As long as the base, and another model.
  const ChosenPatch full = release.choose(device_with(kOther));
  CHECK(base_of(full) == 0);
  CHECK(full.is_full_model);
  const ChosenPatch first = release.choose(device_without_model());
  CHECK(base_of(first) == 0);
  CHECK_FALSE(first.is_full_model);
  CHECK_FALSE(first.is_there_already);
  CHECK(release.choose(device_with(kTarget)).is_there_already);
}

TEST_CASE("where nothing fits it is said what the device has") {
  const Release release({kOld});
  CHECK_THROWS_WITH_AS((void)release.choose(device_with(kOther)),
                       doctest::Contains("none of the 1 patches fits the device, which has a model of 600"),
                       host::Error);
  CHECK_THROWS_WITH_AS((void)release.choose(device_without_model()), doctest::Contains("which has no model"),
                       host::Error);
  const std::string file = release.folder / "0.tmd";
  CHECK_THROWS_WITH_AS((void)choose_patch(file, device_with(kOther)),
                       doctest::Contains("0.tmd does not fit the device, which has a model of 600"),
                       host::Error);
  CHECK_THROWS_WITH_AS((void)choose_patch(file, device_without_model()),
                       doctest::Contains("0.tmd does not fit the device, which has no model"), host::Error);
  CHECK_FALSE(choose_patch(file, device_with(kOld)).is_there_already);
}

TEST_CASE("a folder without a patch and a file that is none are refused without a device") {
  const Release none({});
  CHECK_THROWS_WITH_AS(host::link::check_source(none.folder.path()),
                       doctest::Contains("no patch is listed there"), host::Error);
  test::put_contents(none.folder / "note.txt", "no patch");
  CHECK_THROWS_AS(host::link::check_source(none.folder / "note.txt"), host::Error);
  const Release one({kOld});
  CHECK_NOTHROW(host::link::check_source(one.folder.path()));
  CHECK_NOTHROW(host::link::check_source(one.folder / "0.tmd"));
}
