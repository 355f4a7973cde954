// SPDX-License-Identifier: Apache-2.0
#include "model/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "model/accelerator.hpp"
#include "model/comparison.hpp"
#include "model/model_entries.hpp"
#include "model/variables.hpp"
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
    inputs_and_outputs();
    operators();
    variables();
    accelerator();
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
    const std::vector<UsedOperator> before = operators_used(base_.model);
    const std::vector<UsedOperator> after = operators_used(target_.model);
    for (const UsedOperator& wanted : after) {
      if (firmware_.operators.empty()) break;
      if (!is_served(wanted)) add_missing(wanted);
    }
    for (const UsedOperator& gone : before) {
      if (find(after, gone) == nullptr)
        add(Verdict::patch, "operator-unused", "{} is no longer used", operator_name(gone.code));
    }
  }

  static bool is_same(const OperatorCode& a, const OperatorCode& b) {
    return a.builtin == b.builtin && a.custom_name == b.custom_name;
  }

  /// As the device compares: one line of the firmware's list has it all.
  bool is_served(const UsedOperator& wanted) const {
    return std::any_of(
        firmware_.operators.begin(), firmware_.operators.end(), [&](const UsedOperator& known) {
          return is_same(known.code, wanted.code) && known.code.version >= wanted.code.version &&
                 (wanted.features & ~known.features) == 0;
        });
  }

  void add_missing(const UsedOperator& wanted) {
    const std::string name = operator_name(wanted.code);
    const UsedOperator* known = find(firmware_.operators, wanted);
    if (known == nullptr)
      return add(Verdict::firmware, "new-operator", "new operator {}, which the firmware does not have",
                 name);
    if (known->code.version < wanted.code.version)
      add(Verdict::firmware, "operator-version", "{} is needed in version {}, the firmware has version {}",
          name, wanted.code.version, known->code.version);
    for (const Feature& feature : describe_features(wanted.features & ~known->features))
      add(Verdict::firmware, feature.kind, "{} is needed with {}, which the firmware's does not have", name,
          feature.text);
  }

  static const UsedOperator* find(const std::vector<UsedOperator>& list, const UsedOperator& wanted) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const UsedOperator& known) {
      return is_same(known.code, wanted.code);
    });
    return found == list.end() ? nullptr : &*found;
  }

  void variables() {
    const ResourceVariables wanted = resource_variables(target_.model);
    const std::uint32_t bytes = variable_bytes(wanted);
    if (firmware_.variables && wanted.size() > *firmware_.variables)
      add(Verdict::firmware, "variables", "{} resource variables, the firmware has room for {}",
          wanted.size(), *firmware_.variables);
    if (firmware_.variable_bytes && bytes > *firmware_.variable_bytes)
      add(Verdict::firmware, "variables", "{} bytes of resource variables, the firmware has {}", bytes,
          *firmware_.variable_bytes);
  }

  void accelerator() {
    if (!firmware_.accelerator || !target_.model.accelerator) return;
    if (!runs(*firmware_.accelerator, *target_.model.accelerator))
      add(Verdict::firmware, "accelerator", "compiled for {}, the part has {}",
          describe(*target_.model.accelerator), describe(*firmware_.accelerator));
  }

  void inputs_and_outputs() {
    const host::Bytes wanted = encode_io_schema(target_.model);
    const ConstBytes application = host::view(firmware_.io_schema);
    const unsigned flexible = firmware_.io_flexible;
    if (firmware_.io_schema.empty()) return;
    if (check_io_schema(host::view(wanted), application, flexible) == Status::ok) return io_within(wanted);
    if (check_io_schema(host::view(wanted), application, flexible | io_flexible::kQuantisation) == Status::ok)
      return io_quantisation();
    const std::size_t before = report_.reasons.size();
    compare_io("input", base_.model.main().inputs, target_.model.main().inputs);
    compare_io("output", base_.model.main().outputs, target_.model.main().outputs);
    if (report_.reasons.size() == before)
      add(Verdict::firmware, "io-shape", "inputs and outputs differ from those the firmware was written for");
  }

  /// What the firmware provided for is said all the same.
  void io_within(const host::Bytes& wanted) {
    if (check_io_schema(host::view(wanted), host::view(firmware_.io_schema), 0) != Status::ok)
      add(Verdict::patch, "io-flexible", "inputs or outputs differ in what the firmware leaves to the model");
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
    const std::uint32_t slot = options_.slot_bytes != 0 ? options_.slot_bytes : firmware_.slot_bytes;
    if (slot != 0 && size > slot)
      add(Verdict::firmware, "length", "{} bytes do not fit the slot of {}", size, slot);
    else if (size != base_.bytes.size())
      add(Verdict::patch, "length", "{} bytes where it had {}", size, base_.bytes.size());
  }

  void differences() {
    const Comparison found = compare(base_, target_);
    if (!found.same_graph)
      add(Verdict::patch, "graph", "other operators or another order: {} where there were {}",
          count_operators(target_.model), count_operators(base_.model));
    else if (found.rewired != 0)
      add(Verdict::patch, "graph",
          "the same operators, wired in another way: {} inputs or outputs are other tensors", found.rewired);
    if (found.shapes != 0) add(Verdict::patch, "shape", "{} inner tensors have other shapes", found.shapes);
    if (found.options != 0) add(Verdict::patch, "options", "{} operators have other options", found.options);
    if (found.scales != 0)
      add(Verdict::patch, "quantisation", "{} tensors have other scales or zero points", found.scales);
    if (found.weights.tensors != 0)
      add(Verdict::patch, "weights", "{} of {} bytes of weights differ, in {} tensors",
          found.weights.bytes_differing, found.weights.bytes, found.weights.tensors);
    if (equal_bytes(base_.bytes, target_.bytes))
      add(Verdict::patch, "identical", "the models are the same");
    else if (says_the_same(found))
      form_of_file(found);
  }

  static bool says_the_same(const Comparison& found) {
    return found.same_graph && found.rewired == 0 && found.shapes == 0 && found.options == 0 &&
           found.scales == 0 && found.weights.tensors == 0;
  }

  /// A converter that writes the same model again orders it anew; an editor of metadata leaves it where it is.
  void form_of_file(const Comparison& found) {
    if (found.same_order)
      add(Verdict::patch, "layout", "only names, metadata or the layout of the file differ");
    else
      add(Verdict::patch, "re-export",
          "a re-export: the same graph, weights and quantisation, in another order in the file");
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
