// SPDX-License-Identifier: Apache-2.0
#include "input/nnom.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/temporary_folder.hpp"
#include "input/load_input.hpp"

using namespace tmd::host;

namespace {

const char* const kWeights =
    "#include \"nnom.h\"\n"
    "/* model: sequential */\n"
    "#define TENSOR_CONV2D_KERNEL_0 {12, -3, 55, 0, 1, 9}\n"
    "#define TENSOR_CONV2D_KERNEL_0_DEC_BITS {7}\n"
    "#define TENSOR_CONV2D_BIAS_0 {1, 2, -1}\n"
    "#define CONV2D_OUTPUT_RSHIFT {5}\n"
    "static const int8_t tensor_conv2d_kernel_0_data[] = TENSOR_CONV2D_KERNEL_0;\n"
    "const nnom_shape_data_t tensor_conv2d_kernel_0_dim[] = {3, 1, 2};\n"
    "const nnom_qformat_param_t tensor_conv2d_kernel_0_dec[] = TENSOR_CONV2D_KERNEL_0_DEC_BITS;\n"
    "static const int8_t tensor_conv2d_bias_0_data[] = TENSOR_CONV2D_BIAS_0;\n"
    "static int8_t nnom_input_data[784];\n";

input::Input loaded(const std::string& text) {
  const tmd::host::TemporaryFolder folder;
  write_file(folder / "weights.h", std::string_view(text));
  return input::load_input(folder / "weights.h", {});
}

}  // namespace

TEST_CASE("the kernels and biases of a weights.h are one table, in the order of the file") {
  CHECK(input::is_nnom(kWeights));
  const input::Input table = loaded(kWeights);
  CHECK(table.bytes == Bytes{12, 0xFD, 55, 0, 1, 9, 1, 2, 0xFF});
  REQUIRE(table.format.has_value());
  CHECK(describe(*table.format) == "NNoM, version 1");
}

TEST_CASE("a kernel that cannot be read, or none, is an error") {
  std::string text = kWeights;
  text.replace(text.find("{12,"), 4, "{1200,");
  CHECK_THROWS_WITH_AS((void)loaded(text), doctest::Contains("does not fit 8 bits"), Error);
  text = "#define TENSOR_A_KERNEL_0 {1}\n#define TENSOR_A_BIAS_0 {1}\nint f(void);\n";
  CHECK_THROWS_WITH_AS((void)loaded(text), doctest::Contains("has no array of kernels or biases"), Error);
  // An array whose values stand in another file is said so.
  text = kWeights;
  text.replace(text.find("#define TENSOR_CONV2D_KERNEL_0 {"), 53, "");
  CHECK_THROWS_WITH_AS((void)loaded(text), doctest::Contains("its values stand in"), Error);
}

TEST_CASE("other sources are none of NNoM's") {
  CHECK_FALSE(input::is_nnom("const int8_t kernel[] = {1, 2};"));
  CHECK_FALSE(input::is_nnom("#include \"nnom.h\"\nint main(void);"));
}
