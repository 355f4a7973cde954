// SPDX-License-Identifier: Apache-2.0
#include "codec/encode_plan.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec/operation_name.hpp"
#include "codec/range_encoder.hpp"
#include "tmd/internal/codec/decoder.hpp"

namespace tmd::host {
namespace {

/// Names what lies at offsets of the target, each at or behind the one before.
class Names {
 public:
  explicit Names(const std::vector<NamedRange>& ranges) : ranges_(ranges), next_(ranges.begin()) {}

  /// The tensor, or what else a reader can make something of.
  std::string at(std::uint32_t offset) {
    if (ranges_.empty()) return "file";
    while (next_ != ranges_.end() && next_->offset <= offset && offset - next_->offset >= next_->length)
      ++next_;
    return next_ != ranges_.end() && next_->offset <= offset ? next_->name : "model structure";
  }

 private:
  const std::vector<NamedRange>& ranges_;
  std::vector<NamedRange>::const_iterator next_;
};

}  // namespace

EncodedBody encode_plan(const Plan& plan, std::uint8_t parameters, ConstBytes base, ConstBytes target,
                        const codec::ReadWindow& window) {
  EncodedBody result;
  result.parameters = parameters;
  auto body = std::make_unique<AnyBody>();
  body->window = window;
  body->begin(codec::counter_count(parameters), static_cast<std::uint32_t>(base.size()),
              static_cast<std::uint32_t>(target.size()));
  RangeEncoder encoder;
  Names names(plan.names);
  for (const PlannedOperation& planned : plan.operations) {
    const double before = encoder.bits();
    ExplainedRegion region;
    region.name = names.at(body->produced());
    region.operation = operation_name(planned.operation);
    region.target_offset = body->produced();
    region.target_length = planned.operation.length;
    region.source_offset = planned.operation.source;
    region.elements = planned.operation.length / codec::element_size(planned.operation.kind);
    if (play(*body, encoder, planned, base, target) != Status::ok)
      throw std::logic_error("the plan cannot be played");
    region.bits = encoder.bits() - before;
    result.explanation.push_back(region);
  }
  result.bytes = encoder.finish();
  return result;
}

}  // namespace tmd::host
