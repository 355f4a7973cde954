// SPDX-License-Identifier: Apache-2.0
// How many bytes a body takes for each pair given, and with -v where they go. For work on the codec.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "codec/encode_body.hpp"

namespace {

std::vector<std::uint8_t> contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  // A folder opens, too.
  if (!file || (file.peek(), file.bad())) {
    std::fprintf(stderr, "body_cost: %s cannot be read\n", path);
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int count, char** arguments) {
  bool verbose = false;
  tmd::host::EncodeOptions options;
  std::vector<const char*> paths;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "-v") == 0) {
      verbose = true;
    } else if (std::strcmp(arguments[i], "--ram") == 0 && i + 1 < count) {
      options.decoder_ram = static_cast<std::uint32_t>(std::stoul(arguments[++i]));
    } else if (std::strcmp(arguments[i], "--small") == 0) {
      options.effort = tmd::host::Effort::small;
    } else if (std::strcmp(arguments[i], "--quick") == 0) {
      options.effort = tmd::host::Effort::quick;
    } else {
      paths.push_back(arguments[i]);
    }
  }
  if (paths.empty() || paths.size() % 2 != 0) {
    std::fprintf(stderr,
                 "usage: body_cost [-v] [--ram BYTES] [--small | --quick] BASE TARGET [BASE TARGET ...]\n");
    return 2;
  }
  bool all_well = true;
  for (std::size_t i = 0; i + 1 < paths.size(); i += 2) {
    const std::vector<std::uint8_t> base = contents(paths[i]);
    const std::vector<std::uint8_t> target = contents(paths[i + 1]);
    const auto start = std::chrono::steady_clock::now();
    const tmd::host::EncodedBody body =
        tmd::host::encode_body({base.data(), base.size()}, {target.data(), target.size()}, options);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    const tmd::host::DecodedBody decoded = tmd::host::decode_body({base.data(), base.size()}, body.parameters,
                                                                  {body.bytes.data(), body.bytes.size()},
                                                                  static_cast<std::uint32_t>(target.size()));
    const bool same = decoded.status == tmd::Status::ready_to_finish && decoded.target == target;
    all_well = all_well && same;
    if (verbose) {
      for (const tmd::host::ExplainedRegion& region : body.explanation) {
        std::printf("%8u %8u %-24s from %8u %10.1f bits %7.3f an element  %s\n", region.target_offset,
                    region.target_length, region.operation.c_str(), region.source_offset, region.bits,
                    region.bits / region.elements, region.name.c_str());
      }
    }
    std::printf("%zu\t%zu\t%.2f\t%s\n", target.size(), body.bytes.size(), taken.count(),
                same ? "ok" : "WRONG");
  }
  return all_well ? 0 : 1;
}
