// SPDX-License-Identifier: Apache-2.0
#include "sizing/radio_costs.hpp"

#include <doctest/doctest.h>

using namespace tmd::host::sizing;

TEST_CASE("a LoRa packet is on the air as long as AN1200.13 says") {
  // Worked out by hand: symbols of the preamble (12.25) and of header and payload, times the length of a symbol.
  CHECK(lora_time_on_air(7, 64) == doctest::Approx((12.25 + 8 + 19 * 5) * 1.024e-3));
  CHECK(lora_time_on_air(7, 13) == doctest::Approx((12.25 + 8 + 5 * 5) * 1.024e-3));
  CHECK(lora_time_on_air(10, 64) == doctest::Approx((12.25 + 8 + 13 * 5) * 8.192e-3));
  // From SF11 on the low data rate optimisation takes two bits of each symbol.
  CHECK(lora_time_on_air(11, 64) == doctest::Approx((12.25 + 8 + 15 * 5) * 16.384e-3));
  CHECK(lora_time_on_air(12, 64) == doctest::Approx((12.25 + 8 + 13 * 5) * 32.768e-3));
  CHECK(lora_time_on_air(12, 0) == doctest::Approx((12.25 + 8) * 32.768e-3));
  CHECK(lora_time_on_air(12, 64, 500e3) < lora_time_on_air(12, 64) / 4);
}

TEST_CASE("every link has its packets, and a longer patch costs more on each") {
  const auto small = radio_costs(500), large = radio_costs(17000);
  REQUIRE(small.size() == 9);
  REQUIRE(large.size() == small.size());
  for (std::size_t i = 0; i < small.size(); ++i) {
    CAPTURE(small[i].link);
    CHECK(small[i].packets == (500 + small[i].payload - 1) / small[i].payload);
    CHECK(large[i].airtime_seconds > small[i].airtime_seconds);
    CHECK(large[i].energy_millijoules > small[i].energy_millijoules);
    CHECK(small[i].least_seconds >= small[i].airtime_seconds);
    CHECK_FALSE(small[i].assumes.empty());
  }
  CHECK(small[0].link == "LoRa SF7");
  CHECK(small[5].link == "LoRa SF12");
  // Ten packets of 51 bytes, the last one of 41.
  CHECK(small[5].airtime_seconds == doctest::Approx(9 * lora_time_on_air(12, 64) + lora_time_on_air(12, 54)));
}

TEST_CASE("a patch of one full packet and one of one byte more") {
  CHECK(radio_costs(222)[0].packets == 1);
  CHECK(radio_costs(222)[0].airtime_seconds == doctest::Approx(lora_time_on_air(7, 235)));
  CHECK(radio_costs(223)[0].packets == 2);
  CHECK(radio_costs(223)[0].airtime_seconds ==
        doctest::Approx(lora_time_on_air(7, 235) + lora_time_on_air(7, 14)));
}

TEST_CASE("a device listens for the patch, answers each packet, and sends one percent of the time") {
  const double uplink = lora_time_on_air(12, 13), downlink = lora_time_on_air(12, 64);
  const RadioCosts two = radio_costs(102)[5];
  CHECK(two.least_seconds == doctest::Approx(2 * uplink * 100));
  CHECK(two.energy_millijoules == doctest::Approx(3.3 * (2 * downlink * 4.6 + 2 * uplink * 45)));
}
