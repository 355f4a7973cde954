// SPDX-License-Identifier: Apache-2.0
#include "tmd/version.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/process.hpp"
#include "tmd/internal/format/manifest.hpp"

using namespace tmd;

static_assert(kNewestPatchFormat == kFormat2, "version.hpp states the newest format that is read");
static_assert(TMD_VERSION_NUMBER == 10000 * TMD_VERSION_MAJOR + 100 * TMD_VERSION_MINOR + TMD_VERSION_PATCH &&
                  TMD_VERSION_MINOR < 100 && TMD_VERSION_PATCH < 100,
              "");

namespace {

std::string document(const std::string& name) {
  return test::contents_of(std::string(TMD_SOURCE_ROOT) + "/" + name);
}
bool says(const std::string& name, const std::string& text) {
  return document(name).find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("the version is one number: in the headers, as text, in meson, in the changelog") {
  const std::string version = kVersionText;
  CHECK(version == std::to_string(TMD_VERSION_MAJOR) + "." + std::to_string(TMD_VERSION_MINOR) + "." +
                       std::to_string(TMD_VERSION_PATCH));
  CHECK(says("meson.build", "  version: '" + version + "',\n"));
  const std::string changelog = document("CHANGELOG.md");
  const std::size_t newest = changelog.find("\n## ");
  REQUIRE(newest != std::string::npos);
  CHECK(changelog.compare(newest + 4, version.size() + 1, version + " ") == 0);
}

TEST_CASE("changelog and compatibility page state the formats of the headers") {
  const std::string formats =
      "patch format " + std::to_string(kNewestPatchFormat) + ", flash format " + std::to_string(kFlashFormat);
  CHECK(says("docs/compatibility.md", formats));
  CHECK(says("CHANGELOG.md", formats));
}
