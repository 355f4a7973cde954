// SPDX-License-Identifier: Apache-2.0
// Writes the assembler file with the bodies whose decoding is measured: each made nearly whole by one kind of
// operation. usage: make_cases OUT.S
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "codec/encode_body.hpp"
#include "codec/encode_plan.hpp"
#include "codec/trial_cost.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kSize = 11 * 1024;
constexpr std::uint8_t kParameters = 24;  // of the default build

/// Signed weights as training leaves them: a bell around zero. Sums of plain draws, so that every standard
/// library makes the same.
Bytes weights(std::mt19937& random, unsigned width) {
  Bytes bytes(kSize);
  for (std::uint8_t& byte : bytes) {
    int sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<int>(random() % (2 * width + 1)) - static_cast<int>(width);
    byte = static_cast<std::uint8_t>(sum);
  }
  return bytes;
}

/// Every second weight moved by a step or two, as gentle fine-tuning does.
Bytes fine_tuned(const Bytes& base, std::mt19937& random) {
  constexpr int kSteps[] = {0, 0, 0, 0, -1, 1, -1, 1, -2, 2, 0, 0};
  Bytes target = base;
  for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(byte + kSteps[random() % 12]);
  return target;
}

constexpr std::uint32_t kRow = 96;

/// Rows that all moved along one vector, each by a gain of its own, as a layer that is trained alone.
Bytes moved_along(const Bytes& base, std::mt19937& random) {
  std::vector<int> vector(kRow);
  for (int& element : vector) element = static_cast<int>(random() % 21) - 10;
  Bytes target = base;
  int gain = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    if (i % kRow == 0) gain = static_cast<int>(random() % 17) - 8;
    target[i] = static_cast<std::uint8_t>(target[i] + vector[i % kRow] * gain / 8);
  }
  return target;
}

/// The same kilobytes in another order.
Bytes moved(const Bytes& base) {
  Bytes target;
  for (std::size_t piece = kSize / 1024; piece-- > 0;)
    target.insert(target.end(), base.begin() + piece * 1024, base.begin() + (piece + 1) * 1024);
  return target;
}

std::string rows(const Bytes& bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    text += (i % 32 == 0 ? "\n  .byte " : ",") + std::to_string(bytes[i]);
  return text + "\n";
}

/// The share of the target that operations with this word in their names make.
double share(const tmd::host::DecodedBody& decoded, const std::string& word) {
  double made = 0;
  for (const tmd::host::ExplainedRegion& region : decoded.operations) {
    if (region.operation.find(word) != std::string::npos) made += region.target_length;
  }
  return made / static_cast<double>(decoded.target.size());
}

using tmd::codec::OperationKind;

/// One operation for the whole target, where only a model would tell the planner to take it; averaged, as it takes
/// them by default.
tmd::host::PlannedOperation whole(OperationKind kind) {
  tmd::host::PlannedOperation planned = tmd::host::simple_operation(kind, kSize, 0);
  planned.operation.averaged = tmd::codec::may(kind, tmd::codec::kAveraged);
  return planned;
}
/// The same, predicted from whole rows above, which are read back from flash.
tmd::host::PlannedOperation predicted() {
  tmd::host::PlannedOperation planned = whole(OperationKind::delta8);
  planned.operation.predicted = true;
  planned.operation.above = kRow;
  planned.operation.filter.code = 2 << 3 | 1;
  return planned;
}

struct Case {
  std::string name;
  std::string operation;  ///< What must make at least nine tenths of the target.
  Bytes base;
  Bytes target;
  tmd::host::Operations given;  ///< In place of a plan, where there are any.
};

tmd::host::EncodedBody encoded(const Case& each) {
  const tmd::ConstBytes base(each.base.data(), each.base.size());
  const tmd::ConstBytes target(each.target.data(), each.target.size());
  if (each.given.empty()) return tmd::host::encode_body(base, target);
  return tmd::host::encode_plan({each.given, {}}, kParameters, base, target);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: make_cases OUT.S\n", stderr);
    return 2;
  }
  std::mt19937 random(20);
  const Bytes base = weights(random, 20);
  const Bytes fresh = weights(random, 30);
  const Case cases[] = {
      {"literal-heavy, weights", "weights", base, fresh, {whole(OperationKind::weights8)}},
      {"literal-heavy, other bytes", "literal", base, fresh, {whole(OperationKind::literal)}},
      {"delta-heavy", "delta", base, fine_tuned(base, random), {}},
      {"predicted-delta-heavy", "predicted", base, moved_along(base, random), {predicted()}},
      {"copy-heavy", "copy", base, moved(base), {}}};
  std::ofstream out(arguments[1]);
  out << ".section .rodata\nbase: .balign 4" << rows(base);
  std::string table;
  int number = 0;
  Bytes target;
  std::string target_id;
  for (const Case& each : cases) {
    const tmd::ConstBytes from(each.base.data(), each.base.size());
    const tmd::host::EncodedBody body = encoded(each);
    const tmd::host::DecodedBody decoded = tmd::host::decode_body(
        from, body.parameters, tmd::ConstBytes(body.bytes.data(), body.bytes.size()), kSize);
    if (decoded.target != each.target || share(decoded, each.operation) < 0.9) {
      std::fprintf(stderr, "make_cases: %s is not what it says\n", each.name.c_str());
      for (const auto& region : decoded.operations)
        std::fprintf(stderr, "  %s: %u bytes\n", region.operation.c_str(), region.target_length);
      return 1;
    }
    const std::string id = std::to_string(number++);
    // Cases side by side may have the same target; the smaller board has no room for it twice.
    if (target_id.empty() || each.target != target) {
      target = each.target;
      target_id = id;
      out << "target" << id << ":" << rows(target);
    }
    out << "body" << id << ":" << rows(body.bytes) << "name" << id << ": .asciz \"" << each.name
        << "\"\n  .balign 4\n";
    table += "  .word name" + id + ", base, target" + target_id + ", body" + id + ", " +
             std::to_string(kSize) + ", " + std::to_string(kSize) + ", " + std::to_string(body.bytes.size()) +
             ", " + std::to_string(body.parameters) + "\n";
  }
  out << ".global patch_cases, patch_case_count\n  .balign 4\npatch_cases:\n"
      << table << "patch_case_count: .word " << number << "\n";
  return out.flush() ? 0 : 1;
}
