// SPDX-License-Identifier: Apache-2.0
// A bit of a self-test flips in flash: it decides nothing about the model.
#include <doctest/doctest.h>

#include "support/device.hpp"
#include "support/make_patch.hpp"
#include "tmd/self_test.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class Flash>
struct WithSelfTest : UnsignedConfig<Flash> {
  static constexpr std::uint32_t kSelfTestSize = 64;
};

}  // namespace

TEST_CASE("a self-test that has rotted says so, and ends no trial") {
  const Bytes base = random_bytes(500, 1), target = random_bytes(500, 2);
  // Of the input 9 comes out what nothing computes.
  const Bytes self_test = {0, 1, 2, 3, 4, 0, 9};
  for (const bool rotted : {true, false}) {
    CAPTURE(rotted);
    Device<WithSelfTest> device(base);
    REQUIRE(device.update(make_patch(base, target, DigestKind::crc32,
                                     {{EntryNumber::self_test, false, self_test}})) == Status::ok);
    if (rotted) const_cast<std::uint8_t*>(device.ram().data())[device.store().self_test().address + 2] ^= 8;
    const auto run = [](const ActiveModel&, auto& test) {
      Bytes input(1);
      const Status status = test.input(MutableBytes(input.data(), 1));
      test.output(view(input));
      return status;
    };
    CHECK(run_self_test(device.store(), run) == (rotted ? Status::verify_failed : Status::self_test_failed));
    CHECK(device.store().active().state == (rotted ? ModelState::trial : ModelState::reverted));
  }
}
