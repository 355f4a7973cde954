// SPDX-License-Identifier: Apache-2.0
#include "patch/patch_file.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "format/container.hpp"
#include "format/format1_writer.hpp"
#include "patch/make_patch.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using test::Bytes;
using test::view;

namespace {

const Bytes kNoise = test::random_bytes(3000, 1);
const Bytes kEdited = [] {
  Bytes target = kNoise;
  for (std::size_t i = 500; i < 540; ++i) target[i] ^= 0x11;
  for (std::size_t i = 2000; i < 2100; ++i) target[i] = 9;
  return target;
}();

std::string error_of(const Bytes& bytes) {
  try {
    (void)host::patch::parse_patch("some/update.tmd", bytes);
  } catch (const host::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a patch cut off anywhere before its body ends is refused by name") {
  const Bytes patch = host::patch::make_patch(view(kNoise), view(kEdited), {}).bytes;
  REQUIRE(error_of(patch).empty());
  for (std::size_t size = 0; size < patch.size(); ++size) {
    CAPTURE(size);
    REQUIRE(error_of(Bytes(patch.begin(), patch.begin() + static_cast<std::ptrdiff_t>(size)))
                .find("some/update.tmd: ") == 0);
  }
}

TEST_CASE("so is one cut off in its way back, and one that goes on behind it") {
  host::patch::PatchRecipe recipe;
  host::patch::plan_for_one_slot(recipe, 1024, 3);
  recipe.reversible = true;
  Bytes patch = host::patch::make_patch(view(kNoise), view(kEdited), recipe).bytes;
  REQUIRE(error_of(patch).empty());
  const std::size_t second = host::patch::parse_patch("patch", patch).way_back().size();
  for (std::size_t missing = 1; missing <= second; ++missing) {
    CAPTURE(missing);
    REQUIRE(error_of(Bytes(patch.begin(), patch.end() - static_cast<std::ptrdiff_t>(missing)))
                .find("some/update.tmd: ") == 0);
  }
  patch.push_back(0);
  CHECK(error_of(patch).find("bytes after the end of the patch") != std::string::npos);
}

TEST_CASE("a patch for blocks that no device has is refused before memory is taken for them") {
  for (const auto& [bits, spare] : {std::pair{24U, 200U}, {8U, 5U}, {21U, 2U}, {4U, 2U}}) {
    const unsigned block = bits;  // what is printed where a check fails is no binding
    CAPTURE(block);
    host::patch::PatchRecipe recipe;
    recipe.entries = {{EntryNumber::in_place,
                       true,
                       {static_cast<std::uint8_t>(block), static_cast<std::uint8_t>(spare), 1}}};
    const Bytes bytes = host::patch::make_patch(view(kNoise), view(kEdited), recipe).bytes;
    const host::patch::PatchFile patch = host::patch::parse_patch("some/update.tmd", bytes);
    CHECK_THROWS_AS((void)patch.window(), host::Error);
  }
}

TEST_CASE("chunks of format 1 tell where they go, and one that is damaged is found") {
  Bytes patch = host::format::write_format1(view(kNoise), view(kEdited), {});
  const host::patch::PatchFile read = host::patch::parse_patch("patch", patch);
  REQUIRE(read.chunks.size() == 2);
  CHECK(read.chunks[0].target_offset == 500);
  CHECK(read.chunks[0].target_length == 40);
  CHECK_FALSE(read.chunks[0].run_length);
  CHECK(read.chunks[1].target_offset == 2000);
  CHECK(read.chunks[1].target_length == 100);
  CHECK(read.chunks[1].run_length);
  patch.back() ^= 1;
  CHECK(error_of(patch).find("some/update.tmd: ") == 0);
  patch.push_back(0);
  CHECK(!error_of(patch).empty());
}

TEST_CASE("what is refused asks for the secret first where the patch is encrypted and one was given") {
  host::patch::PatchFile patch =
      host::patch::parse_patch("p.tmd", host::patch::make_patch(view(kNoise), view(kEdited), {}).bytes);
  const auto words = [&](bool decrypted) {
    try {
      host::patch::refuse_patch(patch, Status::body_malformed, decrypted);
    } catch (const host::Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(words(true).find("secret") == std::string::npos);
  patch.manifest.encrypted = true;
  CHECK(words(false).find("secret") == std::string::npos);
  CHECK(words(true).find("secret") != std::string::npos);
}

TEST_CASE("what no device takes is refused before anything of the body is looked at") {
  const auto error = [](const host::format::PatchParts& parts) {
    return error_of(host::format::join_patch(host::format::write_manifest(parts), {}, {}));
  };
  host::format::PatchParts sound;
  sound.base.kind = sound.target.kind = DigestKind::crc32;
  sound.target_length = 10;
  CHECK(error(sound).empty());
  host::format::PatchParts parts = sound;
  parts.target_length = 0;
  CHECK(error(parts).find("header is malformed") != std::string::npos);
  parts = sound;
  parts.encrypted = true;
  CHECK(error(parts).find(to_string(Status::missing_entry)) != std::string::npos);
  const Bytes cipher(17, 1);
  parts.entries = {{EntryNumber::cipher, true, cipher}};
  CHECK(error(parts).empty());
  parts.encrypted = false;
  CHECK(error(parts).find("header is malformed") != std::string::npos);
  for (const EntryNumber number :
       {EntryNumber::in_place, EntryNumber::companion, EntryNumber::revoked_keys}) {
    parts.entries = {{number, true, {1}}};
    CHECK(error(parts).find("header is malformed") != std::string::npos);
  }
  parts.entries = {{EntryNumber::note, false, Bytes(host::patch::kLargestManifest)}};
  CHECK(error(parts).find("none takes more than 57,344 bytes") != std::string::npos);
}

TEST_CASE("a base that ends before what no chunk of format 1 brings is no base") {
  Bytes patch = host::format::write_format1(view(kNoise), view(kEdited), {});
  CHECK(error_of(patch).empty());
  // Its length stands behind version, digest kind and the count of chunks. The last chunk ends at byte 2,100.
  store_le32(patch.data() + 4, 2999);
  CHECK(!error_of(patch).empty());
  store_le32(patch.data() + 4, 3000);
  CHECK(error_of(patch).empty());
  Bytes shorter = kEdited;
  shorter.resize(2050);
  patch = host::format::write_format1(view(kNoise), view(shorter), {});
  store_le32(patch.data() + 4, 2000);
  CHECK(error_of(patch).empty());
  store_le32(patch.data() + 4, 1999);
  CHECK(!error_of(patch).empty());
}

TEST_CASE("what went wrong with the manifest is not the secret's fault, and damage asks for the file again") {
  host::patch::PatchFile patch =
      host::patch::parse_patch("p.tmd", host::patch::make_patch(view(kNoise), view(kEdited), {}).bytes);
  patch.manifest.encrypted = true;
  CHECK_THROWS_WITH_AS(host::patch::refuse_patch(patch, Status::unknown_critical, true),
                       doctest::Contains("use a newer tmd"), host::Error);
  CHECK(host::patch::explain("p.tmd", Status::target_mismatch).find("transfer the file again") !=
        std::string::npos);
}

TEST_CASE("a chunk of format 1 that goes back over the one before it is refused") {
  Bytes patch = host::format::write_format1(view(kNoise), view(kEdited), {});
  const host::patch::PatchFile read = host::patch::parse_patch("patch", patch);
  REQUIRE(read.chunks.size() == 2);
  std::uint8_t* second = patch.data() + read.manifest.body_offset + read.chunks[0].patch_bytes;
  REQUIRE(load_le32(second) == 2000);
  store_le32(second, 540);  // where the first one ends
  CHECK(error_of(patch).empty());
  store_le32(second, 539);
  CHECK(error_of(patch).find(to_string(Status::body_malformed)) != std::string::npos);
}

TEST_CASE("a patch that declares a model larger than any file is refused, base or target") {
  host::format::PatchParts parts;
  parts.base.kind = parts.target.kind = DigestKind::crc32;
  constexpr std::uint32_t kMost = 1U << 30;
  const auto error = [&](std::uint32_t base, std::uint32_t target) {
    parts.base_length = base;
    parts.target_length = target;
    return error_of(host::format::join_patch(host::format::write_manifest(parts), {}, {}));
  };
  CHECK(error(kMost, kMost).empty());
  CHECK(error(kMost + 1, kMost).find("declares a model of more than 1024 MiB") != std::string::npos);
  CHECK(error(kMost, kMost + 1).find("declares a model of more than 1024 MiB") != std::string::npos);
}
