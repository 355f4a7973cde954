// SPDX-License-Identifier: Apache-2.0
#include "tools.hpp"

namespace tmd::bench {
namespace {

using Path = std::filesystem::path;

Tool make_tmd(const std::string& program) {
  return {
      "tmd", program, "diff --digest crc32 --no-meta",
      [program](const Pair& pair, const Path& patch) {
        return run({program, "diff", pair.base, pair.target, "-o", patch, "--digest", "crc32", "--no-meta"});
      },
      [program](const Pair& pair, const Path& patch, const Path& output) {
        return run({program, "apply", pair.base, patch, "-o", output});
      }};
}

Tool make_bsdiff() {
  return {"bsdiff", "bsdiff", "defaults",
          [](const Pair& pair, const Path& patch) {
            return run({"bsdiff", pair.base, pair.target, patch});
          },
          [](const Pair& pair, const Path& patch, const Path& output) {
            return run({"bspatch", pair.base, output, patch});
          }};
}

Tool make_xdelta3() {
  // -A: without the names of the files in the patch; -n: without its checksum.
  return {"xdelta3", "xdelta3", "-9 -S lzma -A -n",
          [](const Pair& pair, const Path& patch) {
            return run(
                {"xdelta3", "-e", "-f", "-9", "-S", "lzma", "-A", "-n", "-s", pair.base, pair.target, patch});
          },
          [](const Pair& pair, const Path& patch, const Path& output) {
            return run({"xdelta3", "-d", "-f", "-s", pair.base, patch, output});
          }};
}

Tool make_zstd() {
  return {"zstd --patch-from", "zstd", "--ultra -22",
          [](const Pair& pair, const Path& patch) {
            return run({"zstd", "-q", "-f", "--ultra", "-22", "--patch-from=" + pair.base.string(),
                        pair.target, "-o", patch});
          },
          [](const Pair& pair, const Path& patch, const Path& output) {
            return run({"zstd", "-q", "-f", "-d", "--patch-from=" + pair.base.string(), patch, "-o", output});
          }};
}

Tool make_xz() {
  return {"xz (no delta)", "xz", "-9e",
          [](const Pair& pair, const Path& patch) {
            return run({"xz", "-9e", "-c", pair.target}, patch);
          },
          [](const Pair&, const Path& patch, const Path& output) {
            return run({"xz", "-d", "-c", "--format=xz", patch}, output);
          }};
}

Tool make_brotli() {
  return {"brotli (no delta)", "brotli", "-q 11",
          [](const Pair& pair, const Path& patch) {
            return run({"brotli", "-q", "11", "-c", pair.target}, patch);
          },
          [](const Pair&, const Path& patch, const Path& output) {
            return run({"brotli", "-d", "-c", patch}, output);
          }};
}

}  // namespace

std::vector<Tool> known_tools(const std::string& tmd_program) {
  return {make_tmd(tmd_program), make_bsdiff(), make_xdelta3(), make_zstd(), make_xz(), make_brotli()};
}

}  // namespace tmd::bench
