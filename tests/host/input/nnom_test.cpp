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

TEST_CASE("layers without a bias, and arrays without macros, are read too") {
  CHECK(loaded("#include \"nnom.h\"\n#define TENSOR_DENSE_KERNEL_0 {1, 2}\n"
               "const int8_t tensor_dense_kernel_0_data[] = TENSOR_DENSE_KERNEL_0;\n"
               "const nnom_shape_data_t tensor_dense_kernel_0_dim[] = {2, 1};\n")
            .bytes == Bytes{1, 2});
  CHECK(loaded("#include \"nnom.h\"\nconst int8_t tensor_dense_kernel_0_data[] = {3, 4};\n"
               "const int8_t tensor_dense_bias_0_data[] = {5};\n")
            .bytes == Bytes{3, 4, 5});
}

TEST_CASE("other sources are none of NNoM's") {
  CHECK_FALSE(input::is_nnom("const int8_t kernel[] = {1, 2};"));
  CHECK_FALSE(input::is_nnom("#include \"nnom.h\"\nint main(void);"));
}

TEST_CASE("the codec is told where each kernel lies, and its shape: outputs first") {
  const input::Input table = loaded(
      "#include \"nnom.h\"\n"
      "#define TENSOR_CONV2D_KERNEL_0 {1, 2, 3, 4, 5, 6, 7, 8}\n"
      "#define TENSOR_CONV2D_BIAS_0 {1, 2}\n"
      "const int8_t tensor_conv2d_kernel_0_data[] = TENSOR_CONV2D_KERNEL_0;\n"
      "const nnom_shape_data_t tensor_conv2d_kernel_0_dim[] = {1, 2, 2, 2};\n"
      "const int8_t tensor_conv2d_bias_0_data[] = TENSOR_CONV2D_BIAS_0;\n"
      "const int8_t dense_weights[] = {1, 2, 3, 4, 5, 6};\n"
      "const int8_t dense_bias[] = {1, 2, 3};\n"
      "const int8_t tensor_depthwise_kernel_0_data[] = {1, 2, 3, 4, 5, 6};\n"
      "const nnom_shape_data_t tensor_depthwise_kernel_0_dim[] = {1, 3, 2, 1};\n"
      "const int8_t tensor_depthwise_bias_0_data[] = {1, 2};\n");
  using Extents = std::vector<std::uint32_t>;
  REQUIRE(table.regions.size() == 6);
  CHECK(table.regions[0].shape == Extents{2, 1, 2, 2});
  CHECK(table.regions[1].offset == 8);
  CHECK(table.regions[1].shape == Extents{2});
  CHECK(table.regions[2].offset == 10);
  CHECK(table.regions[2].shape == Extents{3, 2});
  CHECK(table.regions[4].shape == Extents{1, 3, 2});
  CHECK(table.regions[4].name == "tensor_depthwise_kernel_0_data");
}

TEST_CASE("dimensions that are no numbers, or too many, or none at all, leave a kernel without rows") {
  const auto shape_with = [](const std::string& dimensions) {
    return loaded(
               "#include \"nnom.h\"\n#define X_KERNEL_0 {1, 2, 3}\n#define X_BIAS_0\n"
               "const int8_t x_kernel_0_data[] = X_KERNEL_0;\nconst nnom_shape_data_t x_kernel_0_dim" +
               dimensions)
        .regions.at(0)
        .shape;
  };
  using Extents = std::vector<std::uint32_t>;
  CHECK(shape_with("[] = {3, 1};\n") == Extents{3, 1});
  for (const char* other : {"[] = {N};\n", "[] = {", "", "[] = {99999999999, 3};\n",
                            "[] = {1,1,1,1,1,1,1,1,1,3};\n", "[] = {4294967295, 4294967295};\n"})
    CHECK(shape_with(other) == Extents{3});
}
