// SPDX-License-Identifier: Apache-2.0
#include "input/export_facts.hpp"

#include <doctest/doctest.h>

using namespace tmd;
using host::input::CompiledIn;

namespace {

/// What an export says whose model_variables.h is this.
CompiledIn facts_of(const std::string& header) {
  const auto read = [&](const std::string&) { return host::Bytes(header.begin(), header.end()); };
  return host::input::compiled_in({{"model-parameters/model_variables.h"}, read});
}

}  // namespace

TEST_CASE("a configuration's type belongs to its value, and is no configuration of its own") {
  const CompiledIn facts = facts_of("ei_dsp_config_mfcc_t ei_dsp_config_3 = {\n 3,\n 20\n};\n");
  CHECK(facts == CompiledIn{{"ei_dsp_config_3", "ei_dsp_config_mfcc_tei_dsp_config_3={3,20}"}});
  CHECK(facts != facts_of("ei_dsp_config_mfe_t ei_dsp_config_3 = {3, 20};"));
  CHECK(facts == facts_of("ei_dsp_config_mfcc_t ei_dsp_config_3={3,20};"));
}

TEST_CASE("of statements without a value, or without an end, there is nothing or all that is left") {
  CHECK(facts_of("extern ei_dsp_config_mfe_t ei_dsp_config_3;\n").empty());
  CHECK(facts_of("ei_dsp_config_1 = 2") == CompiledIn{{"ei_dsp_config_1", "ei_dsp_config_1=2"}});
}
