// SPDX-License-Identifier: Apache-2.0
#include "model/reader.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/error.hpp"
#include "model/accelerator.hpp"
#include "model/compression.hpp"
#include "model/sound_table.hpp"
#include "model/source_text.hpp"

namespace tmd::host::model {
namespace {

constexpr std::uint32_t kSchemaVersion = 3;
/// More than any interpreter takes; longer ones come from damaged or hostile files.
constexpr std::uint32_t kMaxRank = 16;
/// Tables nest no deeper than Model > SubGraph > Operator > options; the rest is margin.
constexpr std::size_t kMaxDepth = 16;
/// A smallest table (its vtable shared) and the offset to it take eight bytes, so honest files have fewer.
constexpr std::size_t kFewestBytesPerTable = 8;

struct Malformed {
  std::string message;
};

template <class... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  throw Malformed{fmt::format(format, std::forward<Arguments>(arguments)...)};
}

class Reader {
 public:
  explicit Reader(ConstBytes file) : file_(file), elements_left_(4 * file.size() + 1024) {}

  Model read(const tflite::Model& in) {
    Model out;
    out.schema_version = in.version();
    if (out.schema_version != kSchemaVersion) {
      refuse("schema version {}, only version {} is known; convert the model again with a current converter",
             out.schema_version, kSchemaVersion);
    }
    out.description = text(in.description());
    for_each(in.buffers(), [&](const tflite::Buffer& b) { out.buffers.push_back(buffer({file_, &b})); });
    find_compressed(in, out);
    for_each(in.operator_codes(), [&](const tflite::OperatorCode& c) { out.codes.push_back(code(c)); });
    for_each(in.subgraphs(),
             [&](const tflite::SubGraph& s) { out.subgraphs.push_back(subgraph(out, s, in.buffers())); });
    if (out.subgraphs.empty()) refuse("no subgraph, so there is nothing to run");
    if (compressed_unread_ && !has_compressed(out)) refuse("its compression metadata are damaged");
    for_each(in.metadata(), [&](const tflite::Metadata& m) {
      if (m.buffer() >= out.buffers.size())
        refuse("metadata {}: no buffer {}", in_quotes(text(m.name())), m.buffer());
      out.metadata.push_back({text(m.name()), out.buffers[m.buffer()]});
      if (out.metadata.back().name == "OfflineMemoryAllocation")
        out.offline_plan = offline_plan(out.metadata.back());
    });
    out.accelerator = accelerator_of(out, file_);
    return out;
  }

  /// Buffers and tensors alone, of a file of which nothing is sure: what cannot be read of them is left out.
  Model read_tensors() {
    may_be_damaged_ = true;
    Model out;
    try {
      const auto in = SoundTable<tflite::Model>::root(file_);
      in.for_each(tables<tflite::Buffer>(in, tflite::Model::VT_BUFFERS),
                  [&](const SoundTable<tflite::Buffer>& b) { out.buffers.push_back(buffer(b)); });
      in.for_each(tables<tflite::SubGraph>(in, tflite::Model::VT_SUBGRAPHS),
                  [&](const SoundTable<tflite::SubGraph>& graph) {
                    out.subgraphs.emplace_back();
                    std::vector<Tensor>& tensors = out.subgraphs.back().tensors;
                    graph.for_each(tables<tflite::Tensor>(graph, tflite::SubGraph::VT_TENSORS),
                                   [&](const SoundTable<tflite::Tensor>& t) {
                                     tensors.push_back(tensor(out, t, false));
                                   });
                  });
    } catch (const Malformed&) {
      // It refers to the same data without end: what was read until then counts.
    }
    return out;
  }

 private:
  template <class Child, class Parent>
  const typename SoundTable<Parent>::template Tables<Child>* tables(const SoundTable<Parent>& parent,
                                                                    flatbuffers::voffset_t field) {
    const auto* found = parent.template vector<flatbuffers::Offset<Child>>(field);
    if (found != nullptr) spend(found->size());
    return found;
  }

  /// Refuses the file, unless as much as possible is to be read of a damaged one.
  template <class... Arguments>
  void doubt(fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    if (!may_be_damaged_) refuse(format, std::forward<Arguments>(arguments)...);
  }

  void find_compressed(const tflite::Model& in, const Model& out) {
    for_each(in.metadata(), [&](const tflite::Metadata& m) {
      if (text(m.name()) != kCompressionMetadata || m.buffer() >= out.buffers.size()) return;
      const ByteRange& range = out.buffers[m.buffer()];
      const auto places = compressed_tensors(file_.slice(range.offset, range.size));
      if (places)
        compressed_ = *places;
      else
        compressed_unread_ = true;
    });
  }

  /// A file may refer to one vector from many places, so that copies of it outgrow the file; an honest one
  /// hardly does.
  void spend(std::size_t elements) {
    if (elements > elements_left_)
      refuse("the same data is referred to so often that this is no honest model");
    elements_left_ -= elements;
  }

  template <class Vector, class Use>
  void for_each(const Vector* vector, Use use) {
    if (vector == nullptr) return;
    spend(vector->size());
    for (const auto* element : *vector) use(*element);
  }

  std::string text(const flatbuffers::String* string) {
    if (string == nullptr) return {};
    spend(string->size());
    return string->str();
  }

  template <class T>
  std::vector<T> list(const flatbuffers::Vector<T>* vector) {
    if (vector == nullptr) return {};
    spend(vector->size());
    // The verifier does not look at the alignment of a vector's eight-byte elements.
    std::vector<T> out(vector->size());
    if (!out.empty()) std::memcpy(out.data(), vector->Data(), out.size() * sizeof(T));
    for (T& element : out) element = flatbuffers::EndianScalar(element);
    return out;
  }

  template <class T>
  ByteRange range(const flatbuffers::Vector<T>* vector) const {
    if (vector == nullptr || vector->size() == 0) return {};
    return {static_cast<std::uint32_t>(vector->Data() - file_.data()),
            static_cast<std::uint32_t>(vector->size() * sizeof(T))};
  }

  ByteRange buffer(const SoundTable<tflite::Buffer>& in) const {
    using Buffer = tflite::Buffer;
    const auto offset = in.number<std::uint64_t>(Buffer::VT_OFFSET, 0);
    const auto size = in.number<std::uint64_t>(Buffer::VT_SIZE, 0);
    // Offsets 0 and 1 both mean "inside": 1 is a writer's placeholder.
    if (offset <= 1) return range(in.vector<std::uint8_t>(Buffer::VT_DATA));
    if (offset > file_.size() || size > file_.size() - offset) {
      doubt("a buffer of {} bytes at offset {} lies outside the file of {} bytes; was the file cut off?",
            size, offset, file_.size());
      return {};
    }
    return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(size)};
  }

  /// Three words (version, subgraph, number of tensors), then an offset for each tensor.
  std::vector<std::int32_t> offline_plan(const MetadataEntry& entry) const {
    constexpr std::size_t kOffsetSize = 4;
    const ConstBytes data = file_.slice(entry.data.offset, entry.data.size);
    ByteReader in(data);
    (void)in.u32();
    (void)in.u32();
    const std::uint32_t count = in.u32();
    if (in.failed() || count > in.remaining() / kOffsetSize) refuse("the offline memory plan is cut off");
    std::vector<std::int32_t> offsets;
    for (std::uint32_t i = 0; i < count; ++i) offsets.push_back(static_cast<std::int32_t>(in.u32()));
    return offsets;
  }

  OperatorCode code(const tflite::OperatorCode& in) {
    OperatorCode out;
    // Old writers know only the byte; new ones put 127 there for codes that it cannot hold.
    const std::int32_t small = in.deprecated_builtin_code();
    const std::int32_t large = static_cast<std::int32_t>(in.builtin_code());
    const std::int32_t builtin = small > large ? small : large;
    if (builtin < 0) refuse("operator code {} is negative", builtin);
    out.builtin = static_cast<BuiltinOperator>(builtin);
    out.version = in.version();
    out.custom_name = text(in.custom_code());
    return out;
  }

  Tensor tensor(const Model& model, const SoundTable<tflite::Tensor>& in, bool is_compressed) {
    using In = tflite::Tensor;
    Tensor out;
    out.name = text(in.text(In::VT_NAME));
    out.type = static_cast<TensorType>(in.number<std::int8_t>(In::VT_TYPE, 0));
    const auto* shape = in.vector<std::int32_t>(In::VT_SHAPE);
    out.has_shape = shape != nullptr;
    if (out.has_shape && shape->size() > kMaxRank)
      doubt("tensor {}: {} dimensions, at most {} make sense", in_quotes(out.name), shape->size(), kMaxRank);
    out.shape = list(shape);
    out.buffer = in.number<std::uint32_t>(In::VT_BUFFER, 0);
    if (out.buffer >= model.buffers.size() && out.buffer != 0)
      doubt("tensor {}: no buffer {}", in_quotes(out.name), out.buffer);
    if (out.buffer < model.buffers.size()) out.data = model.buffers[out.buffer];
    out.is_variable = in.number<std::uint8_t>(In::VT_IS_VARIABLE, 0) != 0;
    out.is_sparse = static_cast<bool>(in.table<tflite::SparsityParameters>(In::VT_SPARSITY));
    out.is_compressed = is_compressed;
    out.quantization = quantization(in.table<tflite::QuantizationParameters>(In::VT_QUANTIZATION));
    const bool is_short = out.is_constant() && !out.is_sparse && out.data.size < byte_count(out);
    // Compression metadata of a kind that is not known here: what is too short is compressed.
    if (is_short && compressed_unread_) out.is_compressed = true;
    if (is_short && !out.is_compressed) {
      doubt("tensor {}: its shape needs {} bytes of data, the file has {}", in_quotes(out.name),
            byte_count(out), out.data.size);
    }
    return out;
  }

  Quantization quantization(const SoundTable<tflite::QuantizationParameters>& in) {
    using In = tflite::QuantizationParameters;
    Quantization out;
    const auto* scales = in.vector<float>(In::VT_SCALE);
    const auto* zero_points = in.vector<std::int64_t>(In::VT_ZERO_POINT);
    out.scales = list(scales);
    out.zero_points = list(zero_points);
    out.scale_bytes = range(scales);
    out.zero_point_bytes = range(zero_points);
    out.minimum_bytes = range(in.vector<float>(In::VT_MIN));
    out.maximum_bytes = range(in.vector<float>(In::VT_MAX));
    out.dimension = in.number<std::int32_t>(In::VT_QUANTIZED_DIMENSION, 0);
    return out;
  }

  std::vector<std::int32_t> tensor_indices(const flatbuffers::Vector<std::int32_t>* in,
                                           std::size_t tensor_count, bool may_be_absent,
                                           std::string_view what) {
    std::vector<std::int32_t> out = list(in);
    for (const std::int32_t index : out) {
      const bool absent = index == -1 && may_be_absent;
      if (!absent && (index < 0 || static_cast<std::size_t>(index) >= tensor_count))
        refuse("{} refer to tensor {} of {}", what, index, tensor_count);
    }
    return out;
  }

  Operator operation(const Model& model, const tflite::Operator& in, std::size_t tensor_count) {
    Operator out;
    out.code = in.opcode_index();
    if (out.code >= model.codes.size())
      refuse("an operator refers to operator code {} of {}", out.code, model.codes.size());
    const std::string what = operator_name(model.codes[out.code]);
    out.inputs = tensor_indices(in.inputs(), tensor_count, true, what + " inputs");
    out.outputs = tensor_indices(in.outputs(), tensor_count, true, what + " outputs");
    out.intermediates = tensor_indices(in.intermediates(), tensor_count, true, what + " intermediates");
    out.has_options = in.builtin_options() != nullptr;
    if (out.has_options && tflite::EnumNameBuiltinOptions(in.builtin_options_type())[0] != '\0') {
      spend_options(in);
      out.options.type = in.builtin_options_type();
      out.options.value =
          tflite::BuiltinOptionsUnion::UnPack(in.builtin_options(), in.builtin_options_type(), nullptr);
    }
    out.custom_options = range(in.custom_options());
    return out;
  }

  /// The options with parts of any length.
  void spend_options(const tflite::Operator& in) {
    if (const auto* reshape = in.builtin_options_as_ReshapeOptions()) (void)list(reshape->new_shape());
    if (const auto* variable = in.builtin_options_as_VarHandleOptions()) {
      (void)text(variable->container());
      (void)text(variable->shared_name());
    }
  }

  using Buffers = flatbuffers::Vector<flatbuffers::Offset<tflite::Buffer>>;

  Subgraph subgraph(const Model& model, const tflite::SubGraph& in, const Buffers* buffers) {
    Subgraph out;
    out.name = text(in.name());
    for_each(in.tensors(), [&](const tflite::Tensor& t) {
      const auto index = static_cast<std::int32_t>(out.tensors.size());
      out.tensors.push_back(
          tensor(model, {file_, &t}, compressed_.contains({model.subgraphs.size(), index})));
      if (buffers != nullptr && t.buffer() < buffers->size())
        out.tensors.back().is_outside = buffers->Get(t.buffer())->offset() > 1;
    });
    const std::string what = "subgraph " + in_quotes(out.name);
    out.inputs = tensor_indices(in.inputs(), out.tensors.size(), false, what + " inputs");
    out.outputs = tensor_indices(in.outputs(), out.tensors.size(), false, what + " outputs");
    for_each(in.operators(), [&](const tflite::Operator& o) {
      out.operators.push_back(operation(model, o, out.tensors.size()));
    });
    return out;
  }

  ConstBytes file_;
  bool may_be_damaged_ = false;
  std::size_t elements_left_;
  TensorPlaces compressed_;
  bool compressed_unread_ = false;  ///< There are such metadata, in a form that is not known.
};

}  // namespace

bool is_tflite(ConstBytes file) {
  constexpr std::size_t kIdentifierEnd = 8;
  return file.size() >= kIdentifierEnd && tflite::ModelBufferHasIdentifier(file.data());
}

ParseResult parse(ConstBytes file) {
  if (!is_tflite(file)) return {std::nullopt, "not a TFLite model: the identifier TFL3 is not at byte 4"};
  if (file.size() > std::numeric_limits<std::int32_t>::max())
    return {std::nullopt, "larger than 2 GB, which no FlatBuffer can be"};
  flatbuffers::Verifier verifier(file.data(), file.size(), kMaxDepth,
                                 static_cast<flatbuffers::uoffset_t>(file.size() / kFewestBytesPerTable + 1));
  if (!tflite::VerifyModelBuffer(verifier)) {
    return {
        std::nullopt,
        "damaged: an offset or length of the FlatBuffer leads outside the file; was it cut off or changed?"};
  }
  try {
    return {Reader(file).read(*tflite::GetModel(file.data())), {}};
  } catch (const Malformed& malformed) {
    return {std::nullopt, malformed.message};
  }
}

Model readable_tensors(ConstBytes file) {
  return Reader(file).read_tensors();
}

Model parse_or_throw(ConstBytes file, const std::string& name) {
  ParseResult result = parse(file);
  if (!result) throw host::Error(name + ": " + result.error);
  return std::move(*result.model);
}

}  // namespace tmd::host::model
