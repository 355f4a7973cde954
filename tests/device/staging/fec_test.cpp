// SPDX-License-Identifier: Apache-2.0
// Fragments with forward error correction against vectors of a second implementation (fec_vectors.py), over links that
// lose, and with power cut at each flash operation.
#include "tmd/staging/fec.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "device/staged_patch.hpp"
#include "support/hex.hpp"
#include "support/power_cut.hpp"
#include "support/process.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kMissing = 64;
using TestStaging = Staging<WideFlash>;
using Decoder = FragmentDecoder<TestStaging, kMissing, 64>;

/// What the sender of TS004 sends: the patch's fragments, padded with zeros, and coded ones.
struct Sender {
  StagedPatch patch;

  Bytes own(std::uint32_t index) const {
    Bytes bytes(patch.fragment(index).begin(), patch.fragment(index).end());
    bytes.resize(patch.plan.fragment_size);
    return bytes;
  }
  Bytes coded(std::uint32_t number) const {
    const std::uint32_t count = patch.plan.count();
    Bytes row((count + 7) / 8);
    staging::fill_parity_row(number, count, MutableBytes(row.data(), row.size()));
    Bytes bytes(patch.plan.fragment_size);
    for (std::uint32_t i = 0; i < count; ++i) {
      if ((row[i / 8] >> i % 8 & 1) == 0) continue;
      const Bytes fragment = own(i);
      for (std::size_t at = 0; at < bytes.size(); ++at)
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ fragment[at]);
    }
    return bytes;
  }
  /// Fragment `number` as it goes over the air, from 1.
  Bytes fragment(std::uint32_t number) const {
    return number <= patch.plan.count() ? own(number - 1) : coded(number - patch.plan.count());
  }
};

/// A device whose flash outlives restarts.
struct Receiver {
  WideFlash flash{FlashPart{"small", 1024, 8, true, Erased::ones}, 32 * 1024};
  std::unique_ptr<FlashPort<WideFlash>> port;
  std::unique_ptr<TestStaging> staging;
  std::unique_ptr<Decoder> decoder;

  Status start(const FragmentPlan& plan) {
    decoder.reset();
    staging.reset();
    port = std::make_unique<FlashPort<WideFlash>>(flash);
    staging = std::make_unique<TestStaging>(*port, Region{0, 32 * 1024});
    decoder = std::make_unique<Decoder>();
    const Status status = patiently([&] { return staging->open(plan); });
    decoder->attach(*staging);
    return status;
  }
  Status take(std::uint32_t number, const Bytes& bytes) {
    return patiently([&] { return decoder->take(number, view(bytes)); });
  }
};

/// One session: each fragment is lost with this chance. The last status.
Status session(Receiver& receiver, const Sender& sender, double loss, std::uint32_t redundancy,
               std::mt19937& random) {
  Status status = Status::need_more;
  const std::uint32_t last = sender.patch.plan.count() + redundancy;
  for (std::uint32_t number = 1; number <= last && status == Status::need_more; ++number) {
    if (std::uniform_real_distribution<>(0, 1)(random) < loss) continue;
    status = receiver.take(number, sender.fragment(number));
    if (status == Status::needs_more_memory) status = Status::need_more;
  }
  return status;
}

std::string read_vectors() {
  return contents_of(TMD_SOURCE_ROOT "/tests/device/staging/fec_vectors.txt");
}

/// As fec_vectors.py makes its bytes.
Bytes congruence(std::size_t size) {
  std::uint32_t state = 12345;
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) {
    state = (state * 1103515245U + 12345U) & 0x7FFFFFFFU;
    byte = static_cast<std::uint8_t>(state >> 16);
  }
  return bytes;
}

}  // namespace

TEST_CASE("parity rows and coded fragments are those of the second implementation") {
  std::istringstream lines(read_vectors());
  unsigned rows = 0;
  unsigned coded = 0;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    std::istringstream words(line);
    std::string kind;
    std::string of;
    std::uint32_t number = 0;
    std::uint32_t count = 0;
    words >> kind >> number >> of >> count;
    const std::string value = line.substr(line.find(": ") + 2);
    if (kind == "row") {
      Bytes row((count + 7) / 8);
      staging::fill_parity_row(number, count, MutableBytes(row.data(), row.size()));
      std::string text;
      for (std::uint32_t i = 0; i < count; ++i) {
        if ((row[i / 8] >> i % 8 & 1) != 0) text += (text.empty() ? "" : ",") + std::to_string(i);
      }
      CHECK(text == value);
      ++rows;
    } else {
      std::string word;
      std::uint32_t size = 0;
      words >> word >> word >> size;
      Sender sender{StagedPatch(count, size)};
      sender.patch.bytes = congruence(count);
      CHECK(sender.coded(number) == hex(value));
      ++coded;
    }
  }
  CHECK(rows == 45);
  CHECK(coded == 12);
}

TEST_CASE("a loss of 5, 10 and 20 percent is made good by the published redundancy") {
  struct Case {
    double loss;
    double redundancy;  ///< Coded fragments for each of the patch, as docs/transfer.md publishes them.
  };
  for (const Case one : {Case{0.05, 0.15}, Case{0.10, 0.25}, Case{0.20, 0.45}}) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      CAPTURE(one.loss);
      CAPTURE(seed);
      const Sender sender{StagedPatch(7000, 48, seed)};
      std::mt19937 random(seed);
      Receiver receiver;
      REQUIRE(receiver.start(sender.patch.plan) == Status::ok);
      const auto redundancy = static_cast<std::uint32_t>(one.redundancy * sender.patch.plan.count());
      CHECK(session(receiver, sender, one.loss, redundancy, random) == Status::ready_to_finish);
      CHECK(read_back(*receiver.staging) == sender.patch.bytes);
      CHECK(receiver.flash.violation().empty());
    }
  }
}

TEST_CASE("more missing than there is RAM for is said, and a second session brings the rest") {
  const Sender sender{StagedPatch(7000, 48)};
  Receiver receiver;
  REQUIRE(receiver.start(sender.patch.plan) == Status::ok);
  const std::uint32_t count = sender.patch.plan.count();
  for (std::uint32_t number = kMissing + 2; number <= count; ++number)
    CHECK(receiver.take(number, sender.fragment(number)) == Status::need_more);
  CHECK(receiver.take(count + 1, sender.fragment(count + 1)) == Status::needs_more_memory);
  CHECK(receiver.take(5, sender.fragment(5)) == Status::need_more);
  Status status = Status::need_more;
  for (std::uint32_t number = count + 1; number < count + 90 && status == Status::need_more; ++number)
    status = receiver.take(number, sender.fragment(number));
  CHECK(status == Status::ready_to_finish);
  CHECK(read_back(*receiver.staging) == sender.patch.bytes);
}

TEST_CASE("a staging that is not open has no fragment, coded ones make none complete") {
  const Sender sender{StagedPatch(2000, 48)};
  Receiver receiver;
  REQUIRE(receiver.start(sender.patch.plan) == Status::ok);
  REQUIRE(patiently([&] { return receiver.staging->wipe(); }) == Status::ok);
  const std::uint32_t coded = sender.patch.plan.count() + 1;
  for (const std::uint32_t number : {1U, coded})
    CHECK(receiver.take(number, sender.fragment(number)) == Status::wrong_state);
  receiver.staging = std::make_unique<TestStaging>(*receiver.port, Region{0, 32 * 1024});
  receiver.decoder->attach(*receiver.staging);
  for (const std::uint32_t number : {1U, coded})
    CHECK(receiver.take(number, {}) == Status::wrong_state);  // a plan of nothing
}

TEST_CASE("late fragments of the patch count while coded ones are solved") {
  const Sender sender{StagedPatch(1000, 50)};
  Receiver receiver;
  REQUIRE(receiver.start(sender.patch.plan) == Status::ok);
  const std::uint32_t count = sender.patch.plan.count();
  for (std::uint32_t number = 4; number <= count; ++number)
    (void)receiver.take(number, sender.fragment(number));
  CHECK(receiver.take(count + 1, sender.fragment(count + 1)) == Status::need_more);
  CHECK(receiver.decoder->missing() == 3);
  Status status = receiver.take(1, sender.fragment(1));
  CHECK(receiver.take(1, sender.fragment(1)) == Status::need_more);  // repeated: nothing new
  if (status == Status::need_more) status = receiver.take(2, sender.fragment(2));
  if (status == Status::need_more) status = receiver.take(3, sender.fragment(3));
  CHECK(status == Status::ready_to_finish);
  CHECK(read_back(*receiver.staging) == sender.patch.bytes);
}

TEST_CASE("power cut at each flash operation: the session that is sent again completes") {
  const Sender sender{StagedPatch(900, 48)};
  unsigned cuts = 0;
  for (std::uint32_t at = 0;; ++at) {
    CAPTURE(at);
    Receiver receiver;
    std::mt19937 random(at + 1);
    receiver.flash.reset_operations();
    receiver.flash.cut_at(at, Cut{CutPosition::middle_unit, Torn::mixture});
    bool was_cut = false;
    Status status = Status::need_more;
    for (int sessions = 0; sessions < 8 && status != Status::ready_to_finish; ++sessions) {
      try {
        REQUIRE(receiver.start(sender.patch.plan) == Status::ok);
        status = session(receiver, sender, 0.15, 12, random);
      } catch (const PowerCut&) {
        was_cut = true;
        receiver.flash.reboot();
      }
    }
    CHECK(status == Status::ready_to_finish);
    CHECK(read_back(*receiver.staging) == sender.patch.bytes);
    CHECK(receiver.flash.violation().empty());
    if (!was_cut) break;
    ++cuts;
  }
  CHECK(cuts > 40);
}
