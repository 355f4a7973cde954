// SPDX-License-Identifier: Apache-2.0
// Runs a model with Arm NN's reference backend, on every input of a file that has one or several, one after the other;
// so the outputs are written. usage: run_armnn MODEL INPUTS OUTPUTS [RECORDED]
// RECORDED is the model that the inputs are for, else MODEL: where MODEL's int8 input has another scale or zero point,
// it gets the same real values.
#include <algorithm>
#include <armnn/ArmNN.hpp>
#include <armnnTfLiteParser/ITfLiteParser.hpp>
#include <cmath>
#include <exception>
#include <fstream>
#include <iostream>
#include <vector>

namespace {

/// The input of a model.
armnn::TensorInfo input_of(const char* model) {
  auto parser = armnnTfLiteParser::ITfLiteParser::Create();
  (void)parser->CreateNetworkFromBinaryFile(model);
  return parser->GetNetworkInputBindingInfo(0, parser->GetSubgraphInputTensorNames(0).at(0)).second;
}

void requantise(std::vector<char>& input, const armnn::TensorInfo& from, const armnn::TensorInfo& to) {
  const bool same = from.GetQuantizationScale() == to.GetQuantizationScale() &&
                    from.GetQuantizationOffset() == to.GetQuantizationOffset();
  if (same || to.GetDataType() != armnn::DataType::QAsymmS8) return;
  for (char& element : input) {
    const double real = double{from.GetQuantizationScale()} *
                        (static_cast<signed char>(element) - from.GetQuantizationOffset());
    const double steps = std::round(real / double{to.GetQuantizationScale()}) + to.GetQuantizationOffset();
    element = static_cast<char>(static_cast<signed char>(std::clamp(steps, -128.0, 127.0)));
  }
}

void run(const char* model, const char* from, const char* to, const char* recorded) {
  const armnn::TensorInfo wanted = input_of(recorded);
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
  const armnn::InputTensors inputs{{in.first, armnn::ConstTensor(in.second, input.data())}};
  const armnn::OutputTensors outputs{{out.first, armnn::Tensor(out.second, output.data())}};
  std::ifstream source(from, std::ios::binary);
  std::ofstream sink(to, std::ios::binary);
  while (source.read(input.data(), static_cast<std::streamsize>(input.size()))) {
    requantise(input, wanted, in.second);
    if (runtime->EnqueueWorkload(id, inputs, outputs) != armnn::Status::Success)
      throw std::runtime_error("Arm NN does not run the model");
    sink.write(output.data(), static_cast<std::streamsize>(output.size()));
  }
  if (source.gcount() != 0) throw std::runtime_error("the inputs' file does not end with a whole input");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4 || count > 5) {
    std::cerr << "usage: run_armnn MODEL INPUTS OUTPUTS [RECORDED]\n";
    return 2;
  }
  try {
    run(arguments[1], arguments[2], arguments[3], arguments[count == 5 ? 4 : 1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
