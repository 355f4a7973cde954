// SPDX-License-Identifier: Apache-2.0
#include "model/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "model/comparison.hpp"
#include "model/model_entries.hpp"
#include "tmd/internal/guard/io_schema.hpp"

namespace tmd::host::model {
namespace {

class Check {
 public:
  Check(const OpenModel& base, const OpenModel& target, const FirmwareFacts& firmware,
        const CheckOptions& options)
      : base_(base), target_(target), firmware_(firmware), options_(options) {}

  CheckReport run() {
    abi();
    operators();
    inputs_and_outputs();
    arena();
    room();
    differences();
    const auto patch = [](const Reason& reason) { return reason.verdict == Verdict::patch; };
    std::stable_partition(report_.reasons.begin(), report_.reasons.end(), std::not_fn(patch));
    if (!std::all_of(report_.reasons.begin(), report_.reasons.end(), patch))
      report_.verdict = Verdict::firmware;
    return std::move(report_);
  }

 private:
  template <class... Arguments>
  void add(Verdict verdict, std::string kind, fmt::format_string<Arguments...> format,
           Arguments&&... arguments) {
    report_.reasons.push_back(
        {verdict, std::move(kind), fmt::format(format, std::forward<Arguments>(arguments)...)});
  }

  void abi() {
    if (firmware_.abi != 0 && target_.model.schema_version != firmware_.abi)
      add(Verdict::firmware, "abi", "schema version {}, the firmware reads version {}",
          target_.model.schema_version, firmware_.abi);
    if (firmware_.slot_alignment != 0 && firmware_.slot_alignment < (1U << kTfliteAlignment))
      add(Verdict::firmware, "alignment", "the model needs {}-byte alignment, the slots have {}",
          1U << kTfliteAlignment, firmware_.slot_alignment);
  }

  void operators() {
    const std::vector<OperatorCode> before = operators_used(base_.model);
    const std::vector<OperatorCode> after = operators_used(target_.model);
    for (const OperatorCode& wanted : after) {
      const OperatorCode* known = find(firmware_.operators, wanted);
      if (firmware_.operators.empty()) break;
      if (known == nullptr) {
        add(Verdict::firmware, "new-operator", "new operator {}, which the firmware does not have",
            operator_name(wanted));
      } else if (known->version < wanted.version) {
        add(Verdict::firmware, "operator-version", "{} is needed in version {}, the firmware has version {}",
            operator_name(wanted), wanted.version, known->version);
      }
    }
    for (const OperatorCode& gone : before) {
      if (find(after, gone) == nullptr)
        add(Verdict::patch, "operator-unused", "{} is no longer used", operator_name(gone));
    }
  }

  static const OperatorCode* find(const std::vector<OperatorCode>& list, const OperatorCode& wanted) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const OperatorCode& known) {
      return known.builtin == wanted.builtin && known.custom_name == wanted.custom_name;
    });
    return found == list.end() ? nullptr : &*found;
  }

  void inputs_and_outputs() {
    const host::Bytes wanted = encode_io_schema(target_.model);
    const ConstBytes application = host::view(firmware_.io_schema);
    if (firmware_.io_schema.empty() || check_io_schema(host::view(wanted), application, false) == Status::ok)
      return;
    if (check_io_schema(host::view(wanted), application, true) == Status::ok) return io_quantisation();
    const std::size_t before = report_.reasons.size();
    compare_io("input", base_.model.main().inputs, target_.model.main().inputs);
    compare_io("output", base_.model.main().outputs, target_.model.main().outputs);
    if (report_.reasons.size() == before)
      add(Verdict::firmware, "io-shape", "inputs and outputs differ from those the firmware was written for");
  }

  /// A TFLM application finds scale and zero point beside the tensor; one that has them built in does not.
  void io_quantisation() {
    const bool allowed = firmware_.allow_relaxed && !options_.strict;
    add(allowed ? Verdict::patch : Verdict::firmware, "io-quantisation",
        "the quantisation of inputs or outputs differs; {}",
        allowed ? "the application must read it from the model; send with --meta validation=relaxed"
                : "the firmware insists on the one it was written for");
  }

  void compare_io(const char* what, const std::vector<std::int32_t>& before,
                  const std::vector<std::int32_t>& after) {
    if (before.size() != after.size()) {
      add(Verdict::firmware, "io-count", "{} {}s where there were {}", after.size(), what, before.size());
      return;
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
      const Tensor& old_tensor = base_.model.main().tensors[static_cast<std::size_t>(before[i])];
      const Tensor& new_tensor = target_.model.main().tensors[static_cast<std::size_t>(after[i])];
      if (old_tensor.type != new_tensor.type) {
        add(Verdict::firmware, "io-dtype", "{} {} is {} where it was {}", what, i, type_name(new_tensor.type),
            type_name(old_tensor.type));
      }
      if (old_tensor.shape != new_tensor.shape) {
        add(Verdict::firmware, "io-shape", "{} {} has the shape [{}] where it had [{}]", what, i,
            fmt::join(new_tensor.shape, ","), fmt::join(old_tensor.shape, ","));
      }
    }
  }

  void arena() {
    const std::uint32_t needed = arena_bytes(target_.model, options_.arena);
    if (firmware_.arena_bytes != 0 && needed > firmware_.arena_bytes)
      add(Verdict::firmware, "arena", "needs an arena of {} bytes, the firmware has {}", needed,
          firmware_.arena_bytes);
  }

  void room() {
    const std::size_t size = target_.bytes.size();
    if (options_.slot_bytes != 0 && size > options_.slot_bytes)
      add(Verdict::firmware, "length", "{} bytes do not fit the slot of {}", size, options_.slot_bytes);
    else if (size != base_.bytes.size())
      add(Verdict::patch, "length", "{} bytes where it had {}", size, base_.bytes.size());
  }

  void differences() {
    const Comparison found = compare(base_, target_);
    for (const std::string& what : found.new_types) add(Verdict::firmware, "dtype", "{}", what);
    if (found.newly_sparse)
      add(Verdict::firmware, "sparsity", "sparse weights, which the base does not have");
    if (!found.same_graph)
      add(Verdict::patch, "graph", "other operators or another order: {} where there were {}",
          count_operators(target_.model), count_operators(base_.model));
    if (found.shapes != 0) add(Verdict::patch, "shape", "{} inner tensors have other shapes", found.shapes);
    if (found.options != 0) add(Verdict::patch, "options", "{} operators have other options", found.options);
    if (found.scales != 0)
      add(Verdict::patch, "quantisation", "{} tensors have other scales or zero points", found.scales);
    if (found.weights.tensors != 0)
      add(Verdict::patch, "weights", "{} of {} bytes of weights differ, in {} tensors",
          found.weights.bytes_differing, found.weights.bytes, found.weights.tensors);
    if (!report_.reasons.empty()) return;
    if (equal_bytes(base_.bytes, target_.bytes))
      add(Verdict::patch, "identical", "the models are the same");
    else
      add(Verdict::patch, "layout", "only names, metadata or the layout of the file differ");
  }

  static std::size_t count_operators(const Model& model) {
    std::size_t count = 0;
    for (const Subgraph& graph : model.subgraphs) count += graph.operators.size();
    return count;
  }

  const OpenModel& base_;
  const OpenModel& target_;
  const FirmwareFacts& firmware_;
  const CheckOptions& options_;
  CheckReport report_;
};

}  // namespace

CheckReport check(const OpenModel& base, const OpenModel& target, const FirmwareFacts& firmware,
                  const CheckOptions& options) {
  return Check(base, target, firmware, options).run();
}

std::string_view to_string(Verdict verdict) {
  return verdict == Verdict::patch ? "patch" : "firmware";
}

}  // namespace tmd::host::model
