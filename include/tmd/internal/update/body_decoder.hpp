// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "tmd/internal/format/chunk_decoder.hpp"
#include "tmd/internal/update/plan.hpp"

namespace tmd {

/// The memory in which a patch is understood: first the bytes of its manifest, then, in the same place, the
/// decoder of its body, whichever the format. Trivially copyable: it is a part of a checkpoint.
template <class Config>
class BodyDecoder {
 public:
  using Decoder = typename Config::Decoder;
  static_assert(std::is_trivially_copyable<Decoder>::value,
                "a Decoder is trivially copyable: its state is written to the journal as it lies in memory");

  /// The place for the manifest, until `start`.
  MutableBytes manifest() { return MutableBytes(memory_.manifest); }
  ConstBytes manifest() const { return ConstBytes(memory_.manifest); }

  /// Whether this build can decode the body at all: ok, needs_more_memory, unsupported_version. Writes
  /// nothing.
  [[nodiscard]] static Status check(const Manifest& manifest) {
    return takes_format1(manifest) ? Status::ok : Decoder::check(manifest.codec_parameters);
  }

  /// The manifest's bytes are gone; the decoder stands at the body's first byte.
  [[nodiscard]] Status start(const Manifest& manifest) {
    if (takes_format1(manifest)) {
      format1::ChunkDecoder* body = new (&memory_.format1) format1::ChunkDecoder();
      body->begin(manifest.chunk_count, manifest.base_length, manifest.target_length);
      return Status::ok;
    }
    Decoder* decoder = new (&memory_.decoder) Decoder;
    return decoder->begin(manifest.codec_parameters, manifest.base_length, manifest.target_length);
  }

  /// Gives clear body bytes to the decoder; says how many it took.
  std::size_t sink(const Manifest& manifest, ConstBytes clear) {
    if (takes_format1(manifest)) return memory_.format1.sink(clear);
    return memory_.decoder.sink(clear);
  }
  void end_of_input() { memory_.decoder.end_of_input(); }

  template <class Io>
  [[nodiscard]] Status poll(const Manifest& manifest, Io& io) {
    if (takes_format1(manifest)) return memory_.format1.poll(io);
    return memory_.decoder.poll(io);
  }

 private:
  /// The first term is a constant: a build without format 1 has no trace of it.
  static bool takes_format1(const Manifest& manifest) {
    return Config::kFormat1 && manifest.version == kFormat1;
  }

  union Memory {
    constexpr Memory() : nothing() {}
    char nothing;
    std::uint8_t manifest[Config::kManifestSize];
    Decoder decoder;
    format1::ChunkDecoder format1;
  };

  Memory memory_;
};

/// What a checkpoint holds, written to the journal as it lies in memory; a firmware with another layout of it
/// finds a record of another size and starts the update again.
template <class Config>
struct UpdateState {
  /// Tells states of the same size apart in an update in place, where the journal has it beside the state; with two
  /// slots the size alone does. Raised with each change of what the bytes of a plan or a decoder mean.
  static constexpr std::uint32_t kFormat = 0x00010000 + sizeof(UpdatePlan<Config>);

  constexpr UpdateState() : nothing() {}
  union {  // so that it is left as it is until an update starts, as the body's memory
    char nothing;
    UpdatePlan<Config> plan;
  };
  BodyDecoder<Config> body;
};

}  // namespace tmd
