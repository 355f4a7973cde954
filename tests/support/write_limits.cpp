// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "model/limits_header.hpp"
#include "model/reader.hpp"
#include "support/made_model.hpp"

// Writes the limits header of the small classifier, with a custom operator of an awkward name, to the file
// that is named: the build compiles what comes out.
int main(int count, char** arguments) {
  if (count != 2) return 2;
  tmd::test::ModelMaker maker = tmd::test::small_classifier();
  maker.add_custom("post\"process\\?", 2, {4}, {4});
  const std::vector<std::uint8_t> file = maker.file();
  const auto parsed = tmd::host::model::parse(tmd::test::bytes_of(file));
  if (!parsed) return 1;
  tmd::host::model::LimitsChoice choice;
  choice.structure = "ClassifierLimits";
  choice.model_name = "classifier.tflite \\";
  const std::string header = tmd::host::model::limits_header(*parsed.model, choice);
  std::FILE* out = std::fopen(arguments[1], "wb");
  if (out == nullptr) return 1;
  const bool written = std::fwrite(header.data(), 1, header.size(), out) == header.size();
  return std::fclose(out) == 0 && written ? 0 : 1;
}
