// SPDX-License-Identifier: Apache-2.0
// The whole way: a real model's metadata in a real patch, through the updater, onto a firmware with the limits
// that `tmd limits` wrote for the small classifier. What does not fit is refused with nothing written anywhere.
#include <doctest/doctest.h>

#include <algorithm>

#include "classifier_limits.hpp"  // written by write_limits.cpp
#include "model/model_entries.hpp"
#include "model/reader.hpp"
#include "support/device.hpp"
#include "support/made_model.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using test::BuiltinOperator;
using test::Bytes;
using test::ModelMaker;
using test::TensorType;

namespace {

/// A device whose firmware states this.
template <class Firmware>
struct On {
  template <class Flash>
  struct Config : test::UnsignedConfig<Flash> {
    using Limits = FirmwareLimits<Firmware>;
  };
  using Device = test::Device<Config>;
};

using Classifier = firmware::ClassifierLimits;
struct Relaxed : Classifier {
  static constexpr bool kAllowRelaxed = true;
};
struct OtherAbi : Classifier {
  static constexpr std::uint16_t kAbi = 2;
};
struct WeakSlots : Classifier {
  static constexpr std::uint32_t kSlotAlignment = 8;
};

struct Compiled : Relaxed {
  static constexpr std::uint8_t kDigest[32] = {};
  static constexpr const std::uint8_t* kCodeDigest = kDigest;
  static constexpr std::size_t kCodeDigestSize = sizeof kDigest;
};

const Bytes& base() {
  static const Bytes file = test::small_classifier().file();
  return file;
}

/// What `tmd diff` writes: the entries computed from the target.
std::vector<host::format::EntryToWrite> entries_of(const Bytes& target) {
  return host::model::manifest_entries(host::model::parse_or_throw(test::bytes_of(target), "target"));
}

void leave_out(std::vector<host::format::EntryToWrite>& entries, EntryNumber number) {
  REQUIRE(std::erase_if(
              entries, [&](const host::format::EntryToWrite& entry) { return entry.number == number; }) == 1);
}

/// The status of an update that must be refused: nothing is erased or programmed, not even in the journal, the
/// old model stays, and the next update works.
template <class Firmware>
Status refused(const Bytes& target, const std::vector<host::format::EntryToWrite>& entries) {
  typename On<Firmware>::Device device(base());
  device.flash().reset_counters();
  const Status status = device.update(test::make_patch(base(), target, DigestKind::sha256, entries));
  CHECK(device.flash().counters().erases == 0);
  CHECK(device.flash().counters().programs == 0);
  CHECK(device.active_bytes() == base());
  return status;
}
template <class Firmware = Classifier>
Status refused(const ModelMaker& target) {
  const Bytes file = target.file();
  return refused<Firmware>(file, entries_of(file));
}

template <class Firmware = Classifier>
void check_taken(const Bytes& target, const std::vector<host::format::EntryToWrite>& entries) {
  typename On<Firmware>::Device device(base());
  CHECK(device.update(test::make_patch(base(), target, DigestKind::sha256, entries)) == Status::ok);
  CHECK(device.active_bytes() == target);
}

const host::format::EntryToWrite kAskRelaxed = {EntryNumber::validation, false, {1}};

}  // namespace

TEST_CASE("a target that the firmware runs is written and becomes active") {
  ModelMaker target = test::small_classifier();
  target.model.buffers[1]->data[5] = 99;
  check_taken(target.file(), entries_of(target.file()));
}

TEST_CASE("a target that needs a larger arena is refused before anything is written") {
  ModelMaker target = test::small_classifier();
  target.tensor_at(3).shape = {1, 4000};
  CHECK(refused(target) == Status::arena_too_small);
}

TEST_CASE("a target of another ABI is refused before anything is written") {
  CHECK(refused<OtherAbi>(test::small_classifier()) == Status::abi_mismatch);
}

TEST_CASE("a target with an operator that is not linked is refused before anything is written") {
  ModelMaker target = test::small_classifier();
  SUBCASE("builtin") {
    target.add(BuiltinOperator::LOGISTIC, 1, {4}, {4});
  }
  SUBCASE("builtin above 127") {
    target.add(BuiltinOperator::GELU, 1, {4}, {4});
  }
  SUBCASE("custom") {
    target.add_custom("fft", 1, {4}, {4});
  }
  SUBCASE("newer version of a builtin") {
    target.model.operator_codes[0]->version = 5;
  }
  SUBCASE("newer version of a custom one") {
    target.add_custom("post\"process\\?", 3, {4}, {4});
  }
  CHECK(refused(target) == Status::operator_missing);
}

TEST_CASE("a target with other inputs or outputs is refused before anything is written") {
  ModelMaker target = test::small_classifier();
  Status expected = Status::io_mismatch;
  SUBCASE("shape") {
    target.tensor_at(4).shape = {1, 4};
  }
  SUBCASE("type") {
    target.tensor_at(0).type = TensorType::UINT8;
    expected = Status::operator_missing;  // the entry that comes first: no operator here takes that type
  }
  SUBCASE("number") {
    target.outputs({4, 3});
  }
  SUBCASE("scale") {
    target.tensor_at(0).quantization->scale[0] = 0.25F;
  }
  SUBCASE("zero point") {
    target.tensor_at(4).quantization->zero_point[0] = -127;
  }
  CHECK(refused(target) == expected);
}

TEST_CASE("a target that slots are aligned too weakly for is refused before anything is written") {
  CHECK(refused<WeakSlots>(test::small_classifier()) == Status::alignment_mismatch);
}

TEST_CASE("a target that is longer than the slot is refused before anything is written") {
  ModelMaker target = test::small_classifier();
  target.metadata("ballast", Bytes(On<Classifier>::Device::kSlotSize));
  CHECK(refused(target) == Status::target_too_large);
}

TEST_CASE("a target that asks for a firmware feature or for other compiled code is refused likewise") {
  std::vector<host::format::EntryToWrite> entries = entries_of(base());
  SUBCASE("feature") {
    entries.push_back({EntryNumber::features, false, {1, 0, 0, 0}});
    CHECK(refused<Classifier>(base(), entries) == Status::feature_missing);
  }
  SUBCASE("code") {
    entries.push_back({EntryNumber::code_digest, false, Bytes(32, 1)});
    CHECK(refused<Compiled>(base(), entries) == Status::code_mismatch);
  }
  SUBCASE("code, not said") {
    entries.push_back(kAskRelaxed);
    CHECK(refused<Compiled>(base(), entries) == Status::missing_entry);
  }
}

TEST_CASE(
    "strict mode insists on every statement; relaxed mode only where manifest and firmware both say so") {
  ModelMaker maker = test::small_classifier();
  maker.model.buffers[1]->data[5] = 99;
  const Bytes target = maker.file();
  for (const EntryNumber number : {EntryNumber::arena_bytes, EntryNumber::abi, EntryNumber::operator_set,
                                   EntryNumber::io_schema, EntryNumber::alignment}) {
    CAPTURE(static_cast<int>(number));
    std::vector<host::format::EntryToWrite> entries = entries_of(target);
    leave_out(entries, number);
    CHECK(refused<Classifier>(target, entries) == Status::missing_entry);
    CHECK(refused<Relaxed>(target, entries) == Status::missing_entry);  // the manifest does not ask for it
    entries.push_back(kAskRelaxed);
    CHECK(refused<Classifier>(target, entries) == Status::missing_entry);  // the firmware does not allow it
    check_taken<Relaxed>(target, entries);
  }
}

TEST_CASE(
    "relaxed mode takes another quantisation of inputs and outputs, and nothing else that does not fit") {
  ModelMaker maker = test::small_classifier();
  maker.tensor_at(0).quantization->scale[0] = 0.25F;
  std::vector<host::format::EntryToWrite> entries = entries_of(maker.file());
  entries.push_back(kAskRelaxed);
  CHECK(refused<Classifier>(maker.file(), entries) == Status::io_mismatch);
  check_taken<Relaxed>(maker.file(), entries);

  maker.tensor_at(3).shape = {1, 4000};
  entries = entries_of(maker.file());
  entries.push_back(kAskRelaxed);
  CHECK(refused<Relaxed>(maker.file(), entries) == Status::arena_too_small);
}
