// SPDX-License-Identifier: Apache-2.0
#include "input/check_tables.hpp"

#include <doctest/doctest.h>

using namespace tmd::host;
using input::Input;
using model::Verdict;

namespace {

Input table(Bytes bytes, Bytes code = {1}) {
  Input input;
  input.bytes = std::move(bytes);
  input.code_digest = std::move(code);
  return input;
}

std::string kinds(const model::CheckReport& report) {
  std::string text;
  for (const model::Reason& reason : report.reasons) text += reason.kind + " ";
  return text;
}

}  // namespace

TEST_CASE("other values go in a patch; other code and another length do not") {
  const Input base = table({1, 2, 3});
  CHECK(kinds(input::check_tables(base, table({1, 2, 3}), {})) == "identical ");
  const model::CheckReport values = input::check_tables(base, table({1, 9, 3}), {});
  CHECK(values.verdict == Verdict::patch);
  CHECK(values.reasons[0].text == "1 of 3 bytes differ");
  const model::CheckReport all = input::check_tables(base, table({1, 9}, {2}), {});
  CHECK(all.verdict == Verdict::firmware);
  CHECK(kinds(all) == "code length weights ");
}

TEST_CASE("a table that outgrows its slot needs other firmware") {
  model::CheckOptions options;
  options.slot_bytes = 3;
  CHECK(input::check_tables(table({1, 2, 3}), table({1, 2, 3}), options).verdict == Verdict::patch);
  options.slot_bytes = 2;
  CHECK(input::check_tables(table({1, 2, 3}), table({1, 2, 3}), options).verdict == Verdict::firmware);
}
