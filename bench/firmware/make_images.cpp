// SPDX-License-Identifier: Apache-2.0
// Writes the assembler file that puts a base model, a patch, and the digests of base and target into a
// program. usage: make_images BASE TARGET PATCH OUT.S [WINDOWS]
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tmd/digest/digests.hpp"

namespace {

std::string digest_line(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const tmd::Digest digest =
      tmd::digest_of(tmd::DigestKind::sha256, tmd::ConstBytes(bytes.data(), bytes.size()));
  std::string line = "  .byte ";
  for (const std::uint8_t byte : digest.bytes) line += std::to_string(byte) + ",";
  line.back() = '\n';
  return line;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5 && count != 6) {
    std::fputs("usage: make_images BASE TARGET PATCH OUT.S [WINDOWS]\n", stderr);
    return 2;
  }
  const std::string base = arguments[1];
  const std::string target = arguments[2];
  const std::string patch = arguments[3];
  std::ofstream out(arguments[4]);
  // The model ends at a program unit's end: what is programmed at once must be whole.
  out << ".global base_image, base_image_end, base_digest, patch_image, patch_image_end, target_digest\n"
         ".section .factory_model, \"a\"\n.balign 16\n"
      << "base_image: .incbin \"" << base << "\"\nbase_image_end:\n  .balign 16, 0xFF\n"
      << ".section .rodata\n"
      << "patch_image: .incbin \"" << patch << "\"\npatch_image_end:\n"
      << "base_digest:\n"
      << digest_line(base) << "target_digest:\n"
      << digest_line(target);
  if (count == 6)  // recorded gestures, for programs that run the model
    out << ".global windows_image, windows_image_end\nwindows_image: .incbin \"" << arguments[5]
        << "\"\nwindows_image_end:\n";
  return out.flush() ? 0 : 1;
}
