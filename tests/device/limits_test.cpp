// SPDX-License-Identifier: Apache-2.0
#include "tmd/limits.hpp"

#include <doctest/doctest.h>

using namespace tmd;

namespace {

struct Sound {
  Status begin(ValidationMode) { return Status::ok; }
  Status entry(EntryNumber, ConstBytes) { return Status::ok; }
  Status end() { return Status::ok; }
};
struct WithoutEnd {
  Status begin(ValidationMode) { return Status::ok; }
  Status entry(EntryNumber, ConstBytes) { return Status::ok; }
};
struct AnswersNothing : Sound {
  void entry(EntryNumber, ConstBytes) {}
};
struct TakesBytesForWriting : Sound {
  Status entry(EntryNumber, MutableBytes) { return Status::ok; }
};

}  // namespace

TEST_CASE("no limits run anything, and leave every entry to others") {
  NoLimits limits;
  CHECK(limits.begin(ValidationMode::strict) == Status::ok);
  CHECK(limits.entry(EntryNumber::arena_bytes, ConstBytes()) == Status::not_found);
  CHECK(limits.entry(EntryNumber::operator_set, ConstBytes()) == Status::not_found);
  CHECK(limits.end() == Status::ok);
}

TEST_CASE("a Limits policy is told from what is none") {
  CHECK(check_limits_policy<NoLimits>());
  CHECK(detail::IsLimits<Sound>::value);
  CHECK_FALSE(detail::IsLimits<WithoutEnd>::value);
  CHECK_FALSE(detail::IsLimits<AnswersNothing>::value);
  CHECK_FALSE(detail::IsLimits<TakesBytesForWriting>::value);
}
