// SPDX-License-Identifier: Apache-2.0
// Runs a model with Arm NN's reference backend. usage: run_armnn MODEL INPUT OUTPUT
#include <armnn/ArmNN.hpp>
#include <armnnTfLiteParser/ITfLiteParser.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <vector>

namespace {

void run(const char* model, const char* from, const char* to) {
  auto parser = armnnTfLiteParser::ITfLiteParser::Create();
  auto network = parser->CreateNetworkFromBinaryFile(model);
  const auto in = parser->GetNetworkInputBindingInfo(0, parser->GetSubgraphInputTensorNames(0).at(0));
  const auto out = parser->GetNetworkOutputBindingInfo(0, parser->GetSubgraphOutputTensorNames(0).at(0));
  auto runtime = armnn::IRuntime::Create(armnn::IRuntime::CreationOptions());
  auto optimised = armnn::Optimize(*network, {armnn::Compute::CpuRef}, runtime->GetDeviceSpec());
  armnn::NetworkId id = 0;
  if (runtime->LoadNetwork(id, std::move(optimised)) != armnn::Status::Success)
    throw std::runtime_error("Arm NN does not load the model");
  std::vector<char> input(in.second.GetNumBytes()), output(out.second.GetNumBytes());
  std::ifstream(from, std::ios::binary).read(input.data(), static_cast<std::streamsize>(input.size()));
  const armnn::InputTensors inputs{{in.first, armnn::ConstTensor(in.second, input.data())}};
  const armnn::OutputTensors outputs{{out.first, armnn::Tensor(out.second, output.data())}};
  if (runtime->EnqueueWorkload(id, inputs, outputs) != armnn::Status::Success)
    throw std::runtime_error("Arm NN does not run the model");
  std::ofstream(to, std::ios::binary).write(output.data(), static_cast<std::streamsize>(output.size()));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  try {
    run(arguments[1], arguments[2], arguments[3]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
