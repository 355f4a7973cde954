// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "codec/cost.hpp"
#include "codec/encode_body.hpp"
#include "codec/operation_name.hpp"
#include "codec/operation_player.hpp"
#include "tmd/internal/codec/decoder.hpp"

namespace tmd::host {
namespace {

/// Base and what was decoded so far, as a device would see them.
struct GrowingIo {
  ConstBytes base;
  std::vector<std::uint8_t>& target;
  codec::ReadWindow window;

  Status read_base(std::uint32_t offset, MutableBytes out) const {
    copy_bytes(base.slice(offset, out.size()), out);
    return Status::ok;
  }
  Status read_target(std::uint32_t offset, MutableBytes out) const {
    copy_bytes(ConstBytes(target.data(), target.size()).slice(offset, out.size()), out);
    return Status::ok;
  }
  std::uint32_t room() const {
    if (window.is_open()) return 0x7FFFFFFFU;
    return window.block_size - static_cast<std::uint32_t>(target.size()) % window.block_size;
  }
  void put(std::uint8_t byte) { target.push_back(byte); }
  std::uint32_t read_floor(std::uint32_t produced) const { return window.floor(produced); }
};

/// The whole body, zeros after it.
struct WholeBody {
  ConstBytes bytes;
  std::size_t at = 0;
  std::uint8_t next() { return at < bytes.size() ? bytes[at++] : std::uint8_t{0}; }
};

/// Decodes, and counts what the bits cost.
class CountingDecoder : public codec::RangeDecoder<WholeBody> {
 public:
  explicit CountingDecoder(ConstBytes body) : codec::RangeDecoder<WholeBody>() {
    source().bytes = body;
    start();
  }
  unsigned code_bit(std::uint32_t probability, unsigned) {
    return cost.code_bit(probability, codec::RangeDecoder<WholeBody>::code_bit(probability, 0));
  }
  std::uint32_t raw(unsigned bits, std::uint32_t) {
    return cost.raw(bits, codec::RangeDecoder<WholeBody>::raw(bits, 0));
  }
  static codec::Operation operation() { return {}; }
  static codec::Ratio ratio(std::uint32_t) { return {}; }
  static std::uint8_t byte(std::uint32_t) { return 0; }

  CostSink cost;
};

}  // namespace

DecodedBody decode_body(ConstBytes base, std::uint8_t parameters, ConstBytes body,
                        std::uint32_t target_length, const codec::ReadWindow& window,
                        const std::function<void(const ExplainedRegion&)>& on_operation) {
  DecodedBody result;
  // Large enough for every patch that any device may take.
  auto machine = std::make_unique<codec::OperationCodec<256 * codec::kCounterUnit>>();
  machine->begin(codec::counter_count(parameters), static_cast<std::uint32_t>(base.size()), target_length);
  CountingDecoder input(body);
  GrowingIo io{base, result.target, window};
  while (result.status == Status::ok && !machine->complete()) {
    const std::uint64_t before = input.cost.cost();
    ExplainedRegion region;
    region.target_offset = machine->produced();
    do {
      result.status = machine->step(input, io);
    } while (result.status == Status::ok && !machine->between_operations());
    const codec::Operation& operation = machine->operation();
    region.operation = operation_name(operation);
    region.target_length = machine->produced() - region.target_offset;
    region.source_offset = operation.source;
    region.elements = region.target_length / codec::element_size(operation.kind);
    region.bits = static_cast<double>(input.cost.cost() - before) / 65536.0;
    if (on_operation)
      on_operation(region);
    else
      result.operations.push_back(region);
  }
  if (result.status == Status::ok) result.status = Status::ready_to_finish;
  return result;
}

}  // namespace tmd::host
