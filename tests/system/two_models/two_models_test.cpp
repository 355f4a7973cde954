// SPDX-License-Identifier: Apache-2.0
// The page about two models: its code compiles, its commands run, and what it says of a wrong first patch is so.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "support/program.hpp"

using namespace tmd::test;

namespace {

const std::string kRoot = TMD_SOURCE_ROOT;

const char* const kBefore = R"(#include <tmd/tmd.hpp>
#include <cstdio>
#include <cstring>
using Flash = tmd::RamFlash<0x28000, 4096, 8>;
)";

// usage: device wake|gesture PATCH…    offers each patch to that store; ends with the last one's status.
const char* const kBehind = R"(
static Flash shared_flash;
static tmd::ConstBytes load(const char* path) {
  static std::uint8_t patch[0x8000];
  std::FILE* file = std::fopen(path, "rb");
  const std::size_t size = std::fread(patch, 1, sizeof(patch), file);
  std::fclose(file);
  return tmd::ConstBytes(patch, size);
}
template <class Config>
static tmd::Status take(const tmd::Layout& layout, const tmd::Policies<Config>& policies, tmd::ConstBytes patch) {
  tmd::ModelStore<Config> store(shared_flash, layout);
  tmd::Status status = tmd::until_done([&] { return store.boot(); });
  if (tmd::is_error(status) && status != tmd::Status::not_found) return status;
  tmd::Updater<Config> updater(store, policies);
  status = updater.begin();
  while (!tmd::is_error(status) && status != tmd::Status::ready_to_finish)
    status = updater.feed(patch.from(updater.resume_offset())).status;
  return tmd::is_error(status) ? status : tmd::until_done([&] { return updater.finish(); });
}
int main(int count, char** arguments) {
  for (int i = 1; i + 1 < count; i += 2) {
    const tmd::ConstBytes patch = load(arguments[i + 1]);
    const tmd::Status status = std::strcmp(arguments[i], "wake") == 0
                                   ? take<WakeConfig>(kWakeLayout, wake_policies(), patch)
                                   : take<GestureConfig>(kGestureLayout, gesture_policies(), patch);
    std::printf("%s %d\n", arguments[i], static_cast<int>(status));
  }
  tmd::ModelStore<WakeConfig> wake(shared_flash, kWakeLayout);
  tmd::ModelStore<GestureConfig> gesture(shared_flash, kGestureLayout);
  (void)tmd::until_done([&] { return wake.boot(); });
  (void)tmd::until_done([&] { return gesture.boot(); });
  std::printf("sizes %d %d\n", static_cast<int>(wake.active().region.size),
              static_cast<int>(gesture.active().region.size));
  // With exchanged layouts nothing is adopted.
  tmd::ModelStore<WakeConfig> exchanged(shared_flash, kGestureLayout);
  std::printf("exchanged %d\n", static_cast<int>(tmd::until_done([&] { return exchanged.boot(); })));
}
)";

std::string block(const std::string& text, const std::string& language) {
  const std::string fence = "```" + language + "\n";
  const std::size_t start = text.find(fence);
  REQUIRE(start != std::string::npos);
  return text.substr(start + fence.size(), text.find("```", start + fence.size()) - start - fence.size());
}

/// The commands of the page, with these files for its names.
void make_patches(const std::string& page, const TemporaryFolder& folder) {
  put_contents(folder / "wake.tflite", noise(9000, 1));
  put_contents(folder / "gesture.tflite", noise(7000, 2));
  const char* program = std::getenv("TMD_PROGRAM");
  REQUIRE(program != nullptr);
  put_contents(folder / "commands", "cd '" + folder.path().string() + "'\ntmd() { '" + program +
                                        "' \"$@\" > log; }\nset -e\n" + block(page, "sh"));
  const Finished made = run_program({"sh", folder / "commands"});
  CAPTURE(made.errors);
  REQUIRE(made.status == 0);
}

}  // namespace

TEST_CASE("two models are updated on their own, and a first patch for the other one is refused") {
  const TemporaryFolder folder;
  const std::string page = contents_of(kRoot + "/docs/two-models.md");
  make_patches(page, folder);
  REQUIRE(run_tmd({"diff", "/dev/null", folder / "wake.tflite", "-o", folder / "plain.tmd"}).status == 0);
  put_contents(folder / "device.cpp", kBefore + block(page, "cpp") + kBehind);
  const char* compiler = std::getenv("TMD_COMPILER");
  REQUIRE(compiler != nullptr);
  const Finished compiled =
      run_program({compiler, "-std=c++17", "-O1", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra",
                   "-Werror", "-I", kRoot + "/include", folder / "device.cpp", "-o", folder / "device"});
  CAPTURE(compiled.errors);
  REQUIRE(compiled.status == 0);
  const std::string wake = folder / "wake.tmd", gesture = folder / "gesture.tmd";
  const Finished ran = run_program({folder / "device", "wake", gesture, "gesture", wake, "wake",
                                    folder / "plain.tmd", "wake", wake, "gesture", gesture, "gesture", wake});
  CHECK(ran.output ==
        "wake 79\ngesture 79\nwake 39\nwake 0\ngesture 0\ngesture 79\nsizes 9000 7000\nexchanged 124\n");
  CHECK(page.find("`wrong_family`") != std::string::npos);
  CHECK(page.find("`missing_entry`") != std::string::npos);
  CHECK(page.find("`other_product`") != std::string::npos);
}
