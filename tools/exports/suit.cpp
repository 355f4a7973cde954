// SPDX-License-Identifier: Apache-2.0
#include "exports/suit.hpp"

#include <string_view>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "fleet/release_patches.hpp"
#include "sign/cbor_writer.hpp"
#include "sign/cose_writer.hpp"
#include "tmd/digest/digests.hpp"

namespace tmd::host::exports {
namespace {

using sign::append_byte_string;
using sign::append_head;
using sign::append_integer;

// Numbers of draft-ietf-suit-manifest's registries.
constexpr std::uint32_t kEnvelopeTag = 107;
enum Envelope : std::int32_t { kAuthentication = 2, kManifest = 3 };
enum Manifest : std::int32_t { kVersion = 1, kSequenceNumber = 2, kCommon = 3, kValidate = 7, kInstall = 20 };
enum Common : std::int32_t { kComponents = 2 };
enum Command : std::int32_t {
  kImageMatch = 3,
  kSetComponentIndex = 12,
  kOverrideParameters = 20,
  kFetch = 21
};
enum Parameter : std::int32_t { kImageDigest = 3, kImageSize = 14, kUri = 21 };
constexpr std::int32_t kSha256 = -16;
// Success and failure, with and without a record of the system's state.
constexpr std::int32_t kReportAll = 15;
constexpr std::int32_t kModel = 0;  // components by their index
constexpr std::int32_t kPatch = 1;
constexpr std::string_view kPayload = "#patch";
constexpr std::uint8_t kTextString = 3;

void append_text(Bytes& out, std::string_view text) {
  // A text string has the head of a byte string but for its type.
  const std::size_t head = out.size();
  append_byte_string(out, ConstBytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  out[head] = static_cast<std::uint8_t>((out[head] & 0x1FU) | (kTextString << 5));
}

/// SUIT_Digest.
Bytes digest_item(ConstBytes digest) {
  Bytes out;
  append_head(out, CborMajor::array, 2);
  append_integer(out, kSha256);
  append_byte_string(out, digest);
  return out;
}

/// A list of commands, each with its argument.
class Sequence {
 public:
  void command(Command number, std::int32_t argument) {
    append_integer(items_, number);
    append_integer(items_, argument);
    count_ += 2;
  }
  /// Says of the component that was chosen last what it must be, and where it comes from (empty: nowhere).
  void image(const std::string& sha256, std::uint64_t bytes, std::string_view uri) {
    append_integer(items_, kOverrideParameters);
    append_head(items_, CborMajor::map, uri.empty() ? 2 : 3);
    append_integer(items_, kImageDigest);
    append_byte_string(items_, view(digest_item(view(from_hex(sha256)))));
    append_integer(items_, kImageSize);
    append_head(items_, CborMajor::unsigned_integer, static_cast<std::uint32_t>(bytes));
    if (!uri.empty()) {
      append_integer(items_, kUri);
      append_text(items_, uri);
    }
    count_ += 2;
  }
  Bytes bytes() const {
    Bytes out;
    append_head(out, CborMajor::array, count_);
    out.insert(out.end(), items_.begin(), items_.end());
    return out;
  }

 private:
  Bytes items_;
  std::uint32_t count_ = 0;
};

Bytes common() {
  Bytes out;
  append_head(out, CborMajor::map, 1);
  append_integer(out, kComponents);
  append_head(out, CborMajor::array, 2);
  for (const std::string_view name : {"model", "patch"}) {
    append_head(out, CborMajor::array, 1);
    append_byte_string(out, ConstBytes(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()));
  }
  return out;
}

Bytes install(const fleet::FleetPatch& patch) {
  Sequence sequence;
  if (patch.base.bytes != 0) {
    sequence.command(kSetComponentIndex, kModel);
    sequence.image(patch.base.sha256, patch.base.bytes, "");
    sequence.command(kImageMatch, kReportAll);
  }
  sequence.command(kSetComponentIndex, kPatch);
  sequence.image(patch.sha256, patch.bytes, kPayload);
  sequence.command(kFetch, kReportAll);
  sequence.command(kImageMatch, kReportAll);
  return sequence.bytes();
}

Bytes validate(const fleet::FleetModel& target) {
  Sequence sequence;
  sequence.command(kSetComponentIndex, kModel);
  sequence.image(target.sha256, target.bytes, "");
  sequence.command(kImageMatch, kReportAll);
  return sequence.bytes();
}

Bytes manifest_of(const fleet::FleetManifest& release, const fleet::FleetPatch& patch, std::uint32_t number) {
  Bytes out;
  append_head(out, CborMajor::map, 5);
  append_integer(out, kVersion);
  append_integer(out, 1);
  append_integer(out, kSequenceNumber);
  append_head(out, CborMajor::unsigned_integer, number);
  append_integer(out, kCommon);
  append_byte_string(out, view(common()));
  append_integer(out, kValidate);
  append_byte_string(out, view(validate(release.target)));
  append_integer(out, kInstall);
  append_byte_string(out, view(install(patch)));
  return out;
}

}  // namespace

SuitEnvelope::SuitEnvelope(const fleet::FleetManifest& release, const fleet::FleetPatch& patch,
                           std::uint32_t sequence) {
  append_byte_string(wrapped_manifest_, view(manifest_of(release, patch, sequence)));
  // The digest is over the manifest with the head of its byte string, and the signature over the digest.
  digest_ = digest_item(digest_of(DigestKind::sha256, view(wrapped_manifest_)).view());
}

Bytes SuitEnvelope::to_sign(CoseAlgorithm algorithm) const {
  return sign::bytes_to_sign(algorithm, view(digest_));
}

Bytes SuitEnvelope::finish(CoseAlgorithm algorithm, ConstBytes identifier, ConstBytes signature,
                           ConstBytes patch) const {
  Bytes authentication;
  append_head(authentication, CborMajor::array, 2);
  append_byte_string(authentication, view(digest_));
  append_byte_string(authentication, view(sign::write_cose(algorithm, identifier, signature)));

  Bytes out;
  append_head(out, CborMajor::tag, kEnvelopeTag);
  append_head(out, CborMajor::map, 3);
  append_integer(out, kAuthentication);
  append_byte_string(out, view(authentication));
  append_integer(out, kManifest);
  out.insert(out.end(), wrapped_manifest_.begin(), wrapped_manifest_.end());
  append_text(out, kPayload);
  append_byte_string(out, patch);
  return out;
}

std::vector<Exported> export_suit(const ReleaseFolder& release, const SuitSigner& signer,
                                  std::uint32_t sequence) {
  std::vector<Bytes> envelopes;
  for (const fleet::FleetPatch& patch : release.manifest.patches) {
    const Bytes payload = fleet::read_fleet_patch(release.patches, patch);
    const SuitEnvelope envelope(release.manifest, patch, sequence);
    const Bytes signature = signer.sign(patch.file, view(envelope.to_sign(signer.algorithm)));
    envelopes.push_back(
        envelope.finish(signer.algorithm, view(signer.identifier), view(signature), view(payload)));
  }
  std::vector<Exported> done;
  for (std::size_t i = 0; i < envelopes.size(); ++i) {
    const fleet::FleetPatch& patch = release.manifest.patches[i];
    const std::filesystem::path file = std::filesystem::path(patch.file).replace_extension(".suit");
    write_file(release.output / file, view(envelopes[i]));
    done.push_back({file.string(), patch.bytes, envelopes[i].size()});
  }
  return done;
}

}  // namespace tmd::host::exports
