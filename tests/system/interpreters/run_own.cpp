// SPDX-License-Identifier: Apache-2.0
// Runs a model with the interpreter whose headers come first in the include path; tools/compare-interpreters.sh
// builds it with copies that round otherwise. usage: run_own MODEL INPUT OUTPUT
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "interpreter/interpreter.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

bool run(const char* path, const char* from, const char* to) {
  namespace interpreter = tmd::host::interpreter;
  const Bytes model = contents(path), input = contents(from);
  Bytes arena(8U << 20U);
  interpreter::LargeInterpreter network;
  const auto loaded = network.load(tmd::ConstBytes(model.data(), model.size()),
                                   tmd::MutableBytes(arena.data(), arena.size()));
  if (loaded != interpreter::InterpreterStatus::ok || network.input().size() != input.size()) return false;
  tmd::copy_bytes(tmd::ConstBytes(input.data(), input.size()), network.input());
  if (network.invoke() != interpreter::InterpreterStatus::ok) return false;
  const tmd::ConstBytes output = network.output();
  std::ofstream file(to, std::ios::binary);
  for (const std::uint8_t byte : output) file.put(static_cast<char>(byte));
  return file.good();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  if (run(arguments[1], arguments[2], arguments[3])) return 0;
  std::cerr << "the interpreter does not run the model\n";
  return 1;
}
