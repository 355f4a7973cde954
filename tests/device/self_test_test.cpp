// SPDX-License-Identifier: Apache-2.0
// A self-test on its way: from the patch into the slot, through restarts and power cuts, to confirm or
// revert.
#include "tmd/self_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

#include "device/cut_flash.hpp"
#include "support/device.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using test::Bytes;
using test::view;

namespace {

template <class Flash>
struct Keeping : test::UnsignedConfig<Flash> {
  static constexpr std::uint32_t kSelfTestSize = 300;
  static constexpr std::uint32_t kCheckpointInterval = 32;
};

Bytes noise(std::size_t size, std::uint32_t seed) {
  GeneratedInput random(seed);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = random.next();
  return bytes;
}

/// What the application of these tests computes: the input with the model's first bytes added to it.
Bytes output_of(const Bytes& model, const Bytes& input) {
  Bytes output = input;
  for (std::size_t i = 0; i < output.size(); ++i) output[i] = static_cast<std::uint8_t>(output[i] + model[i]);
  return output;
}

Bytes expect_crc(std::uint32_t crc) {
  Bytes value = {0};
  for (unsigned shift = 0; shift < 32; shift += 8) value.push_back(static_cast<std::uint8_t>(crc >> shift));
  return value;
}

/// "This input gives this output."
Bytes given_test(const Bytes& input, const Bytes& output) {
  Bytes value = expect_crc(Crc32::of(view(output)));
  value.push_back(0);
  value.insert(value.end(), input.begin(), input.end());
  return value;
}

Bytes patch_with(const Bytes& base, const Bytes& target, const Bytes& self_test, bool critical = false) {
  return test::make_patch(base, target, DigestKind::sha256, {{EntryNumber::self_test, critical, self_test}});
}

/// The application's hook. It reads the model from flash, as an interpreter does.
template <class Flash>
struct Application {
  Flash& flash;
  std::size_t input_size;
  int runs = 0;
  Status operator()(const ActiveModel& model, SelfTest<Flash>& self_test) {
    ++runs;
    Bytes input(input_size);
    Status status = self_test.input(MutableBytes(input.data(), input.size() / 2));
    if (status == Status::ok)
      status = self_test.input(MutableBytes(input.data(), input.size()).from(input.size() / 2));
    if (status != Status::ok) return status;
    Bytes bytes(input_size);
    status = flash.read(model.region.address, MutableBytes(bytes.data(), bytes.size()));
    const Bytes output = output_of(bytes, input);
    for (const std::uint8_t byte : output) self_test.output(ConstBytes(&byte, 1));
    return status;
  }
};

using TestDevice = test::Device<Keeping>;
using TestApplication = Application<TestDevice::Flash>;

const Bytes kBase = noise(9000, 1);
const Bytes kTarget = noise(9100, 2);
const Bytes kSamples = noise(200, 3);

}  // namespace

TEST_CASE("a model that gives the expected output is confirmed, after as many restarts as it takes") {
  TestDevice device(kBase);
  REQUIRE(device.update(patch_with(kBase, kTarget, given_test(kSamples, output_of(kTarget, kSamples)))) ==
          Status::ok);
  REQUIRE(device.restart() == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  REQUIRE(device.store().active().state == ModelState::trial);
  TestApplication application{device.flash(), kSamples.size()};
  CHECK(run_self_test(device.store(), application) == Status::ok);
  CHECK(application.runs == 1);
  CHECK(device.store().active().state == ModelState::confirmed);
  CHECK(device.active_bytes() == kTarget);
  CHECK(run_self_test(device.store(), application) == Status::wrong_state);
  CHECK(device.store().self_test().size == 0);
}

TEST_CASE("a model that gives another output is reverted, also where power goes before that is written") {
  TestDevice device(kBase);
  Bytes wrong = output_of(kTarget, kSamples);
  wrong[100] ^= 1;
  REQUIRE(device.update(patch_with(kBase, kTarget, given_test(kSamples, wrong))) == Status::ok);
  REQUIRE(device.restart() == Status::ok);
  TestApplication application{device.flash(), kSamples.size()};
  SUBCASE("at once") {}
  SUBCASE("after a restart") {
    REQUIRE(device.restart() == Status::ok);
  }
  CHECK(run_self_test(device.store(), application) == Status::self_test_failed);
  CHECK(device.store().active().state == ModelState::reverted);
  CHECK(device.active_bytes() == kBase);
  REQUIRE(device.restart() == Status::ok);
  CHECK(device.active_bytes() == kBase);
  CHECK(run_self_test(device.store(), application) == Status::wrong_state);
}

TEST_CASE(
    "a hook that fails, or has other inputs than the test, reverts; one that hangs falls back by boots") {
  TestDevice device(kBase);
  REQUIRE(device.update(patch_with(kBase, kTarget, given_test(kSamples, output_of(kTarget, kSamples)))) ==
          Status::ok);
  REQUIRE(device.restart() == Status::ok);
  SUBCASE("fails") {
    const auto fails = [](const ActiveModel&, SelfTest<TestDevice::Flash>&) {
      return Status::body_malformed;
    };
    CHECK(run_self_test(device.store(), fails) == Status::self_test_failed);
  }
  SUBCASE("larger inputs") {
    CHECK(run_self_test(device.store(), TestApplication{device.flash(), kSamples.size() + 2}) ==
          Status::self_test_failed);
  }
  SUBCASE("smaller inputs") {
    CHECK(run_self_test(device.store(), TestApplication{device.flash(), kSamples.size() - 2}) ==
          Status::self_test_failed);
  }
  SUBCASE("leaves a part of the input, and answers what is expected") {
    const auto guesses = [](const ActiveModel&, SelfTest<TestDevice::Flash>& self_test) {
      Bytes half(kSamples.size() / 2);
      self_test.output(view(output_of(kTarget, kSamples)));
      return self_test.input(MutableBytes(half.data(), half.size()));
    };
    CHECK(run_self_test(device.store(), guesses) == Status::self_test_failed);
  }
  SUBCASE("can't read the flash, which says nothing of the model") {
    const auto unlucky = [](const ActiveModel&, SelfTest<TestDevice::Flash>&) { return Status::read_failed; };
    CHECK(run_self_test(device.store(), unlucky) == Status::read_failed);
    CHECK(device.store().active().state == ModelState::trial);
    CHECK(device.active_bytes() == kTarget);
    return;
  }
  SUBCASE("busy") {
    const auto busy = [](const ActiveModel&, SelfTest<TestDevice::Flash>&) { return Status::would_block; };
    CHECK(run_self_test(device.store(), busy) == Status::would_block);
    CHECK(device.store().active().state == ModelState::trial);
    return;
  }
  SUBCASE("hangs until the watchdog restarts it") {
    for (int boot = 0; boot < 4 && device.store().active().state == ModelState::trial; ++boot)
      REQUIRE(device.restart() == Status::ok);
  }
  CHECK(device.store().active().state == ModelState::reverted);
  CHECK(device.active_bytes() == kBase);
}

TEST_CASE("a patch without a self-test leaves the decision to the application") {
  TestDevice device(kBase);
  REQUIRE(device.update(test::make_patch(kBase, kTarget)) == Status::ok);
  TestApplication application{device.flash(), kSamples.size()};
  CHECK(run_self_test(device.store(), application) == Status::not_found);
  CHECK(application.runs == 0);
  CHECK(device.store().confirm() == Status::ok);
}

TEST_CASE("the self-test of an update does not outlive it") {
  TestDevice device(kBase);
  REQUIRE(device.update(patch_with(kBase, kTarget, given_test(kSamples, output_of(kTarget, kSamples)))) ==
          Status::ok);
  REQUIRE(device.store().confirm() == Status::ok);
  REQUIRE(device.update(test::make_patch(kTarget, kBase)) == Status::ok);
  CHECK(device.store().self_test().size == 0);
}

TEST_CASE("a generated input takes nothing of the patch, and top-1 nothing of the output") {
  TestDevice device(kBase);
  const Bytes output = output_of(kTarget, noise(200, 77));
  std::uint8_t largest = 0;
  for (std::uint8_t i = 0; i < 200; ++i) {
    if (output[i] > output[largest]) largest = i;
  }
  const Bytes test = {1, 3, 0xC8, 1, static_cast<std::uint8_t>(largest & 0x7F), 1, 77, 0, 0, 0};
  Bytes value = test;
  if (largest > 0x7F) {
    value[4] = static_cast<std::uint8_t>(largest | 0x80);
    value.insert(value.begin() + 5, 1);
  }
  REQUIRE(device.update(patch_with(kBase, kTarget, value)) == Status::ok);
  CHECK(run_self_test(device.store(), TestApplication{device.flash(), 200}) == Status::ok);
}

TEST_CASE(
    "a self-test that this firmware cannot keep, or that makes no sense, is refused before the first erase") {
  TestDevice device(kBase);
  const auto refused_with = [&](const Bytes& value) {
    const FlashCounters before = device.flash().counters();
    const Status status = device.update(patch_with(kBase, kTarget, value));
    CHECK(device.flash().counters().erases == before.erases);
    CHECK(device.flash().counters().programs == before.programs);
    return status;
  };
  CHECK(refused_with(given_test(noise(295, 1), {})) == Status::needs_more_memory);
  CHECK(refused_with({9}) == Status::malformed_manifest);
  CHECK(refused_with({0, 1, 2, 3, 4, 2}) == Status::malformed_manifest);              // no such input
  CHECK(refused_with({0, 1, 2, 3, 4}) == Status::malformed_manifest);                 // cut off
  CHECK(refused_with({0, 1, 2, 3, 4, 1, 0, 0, 0, 0}) == Status::malformed_manifest);  // no seed
  CHECK(refused_with({1, 9, 3, 3, 0}) == Status::malformed_manifest);                 // class 3 of 3
  CHECK(refused_with({1, 4, 3, 1, 0}) == Status::malformed_manifest);  // elements of type int64
}

TEST_CASE("a firmware that keeps no self-tests passes over them, and refuses a critical one") {
  test::Device<> device(kBase);
  const Bytes value = given_test(kSamples, output_of(kTarget, kSamples));
  CHECK(device.update(patch_with(kBase, kTarget, value, true)) == Status::unknown_critical);
  CHECK(device.update(patch_with(kBase, kTarget, value)) == Status::ok);
  CHECK(device.store().self_test().size == 0);
  TestDevice keeping(kBase);
  CHECK(keeping.update(patch_with(kBase, kTarget, value, true)) == Status::ok);
  CHECK(keeping.store().self_test().size == value.size());
}

TEST_CASE("a model and its self-test must fit the slot together") {
  const Bytes target = noise(TestDevice::kSlotSize - 206 - 5, 7);
  TestDevice device(kBase);
  const Bytes value = given_test(kSamples, {});
  REQUIRE(value.size() == 206);
  Bytes larger = target;
  larger.insert(larger.end(), {1, 2, 3, 4, 5, 6});
  CHECK(device.update(patch_with(kBase, larger, value)) == Status::target_too_large);
  CHECK(device.update(patch_with(kBase, target, value)) == Status::ok);
  CHECK(run_self_test(device.store(), TestApplication{device.flash(), 200}) == Status::self_test_failed);
}

namespace {

/// A device whose self-tests span erase blocks, and whose power can go.
template <std::uint32_t kPage>
struct SmallBlocks {
  using Ram = RamFlash<48 * 1024, 512, 8>;
  using Flash = host::device::CutFlash<Ram>;
  struct Config : test::UnsignedConfig<Flash> {
    static constexpr std::uint32_t kSelfTestSize = 1600;
    static constexpr std::uint32_t kManifestSize = 2048;
    static constexpr std::uint32_t kPageSize = kPage;
    static constexpr std::uint32_t kCheckpointInterval = 64;
  };
  static constexpr Layout kLayout = {{0, 8192}, {8192, 8192}, {16384, 32768}};

  std::unique_ptr<Ram> ram = std::make_unique<Ram>();
  Flash flash{*ram};
  FactoryModel factory;
  std::optional<ModelStore<Config>> store;
  std::optional<Updater<Config>> updater;

  explicit SmallBlocks(const Bytes& base) {
    (void)ram->program(0, view(base));
    factory.length = static_cast<std::uint32_t>(base.size());
    factory.digest = digest_of(DigestKind::sha256, view(base));
    restart();
  }
  void restart() {
    updater.reset();
    store.emplace(flash, kLayout);
    (void)store->boot(factory);
    updater.emplace(*store);
  }
  Status update(const Bytes& patch) {
    Status status = updater->resume();
    if (status == Status::not_found) status = updater->begin();
    if (status == Status::trial_pending) return Status::ok;
    while (status == Status::ok || status == Status::need_more) {
      const ConstBytes rest = view(patch).from(updater->resume_offset());
      status = updater->feed(rest.first(100)).status;
      if (rest.empty() && status == Status::need_more) return Status::body_truncated;
    }
    return is_error(status) ? status : updater->finish();
  }
};

template <std::uint32_t kPage>
void check_every_cut() {
  const Bytes base = noise(2048, 1);
  const Bytes target = noise(2300, 2);
  const Bytes input = noise(1500, 3);
  const Bytes value = given_test(input, output_of(target, input));
  const Bytes patch = patch_with(base, target, value);
  unsigned cuts = 0;
  for (bool was_cut = true; was_cut; ++cuts) {
    SmallBlocks<kPage> device(base);
    device.flash.cut_at(cuts + 1);
    was_cut = false;
    Status status = Status::ok;
    try {
      status = device.update(patch);
    } catch (const host::device::PowerCut&) {
      was_cut = true;
      device.restart();
      status = device.update(patch);
    }
    device.flash.cut_at(0);
    CAPTURE(cuts);
    REQUIRE(status == Status::ok);
    device.restart();
    REQUIRE(device.store->active().state == ModelState::trial);
    const Region place = device.store->self_test();
    Bytes kept(place.size);
    REQUIRE(device.flash.read(place.address, MutableBytes(kept.data(), kept.size())) == Status::ok);
    REQUIRE(kept == value);
    using Hook = Application<typename SmallBlocks<kPage>::Flash>;
    REQUIRE(run_self_test(*device.store, Hook{device.flash, input.size()}) == Status::ok);
  }
  CHECK(cuts > 20);
}

}  // namespace

TEST_CASE("a power cut at any operation of the update leaves the self-test whole") {
  check_every_cut<256>();
  check_every_cut<1024>();
}
