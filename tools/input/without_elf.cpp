// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "input/elf_part.hpp"

namespace tmd::host::input {

bool is_elf(ConstBytes file) {
  return file.size() > 4 && file[0] == 0x7F && file[1] == 'E' && file[2] == 'L' && file[3] == 'F';
}

Input load_elf_part(const host::Bytes& /*file*/, const std::string& name, const InputChoice& /*choice*/) {
  throw host::Error(name + ": this build of tmd reads no ELF files (libelf is absent)");
}

}  // namespace tmd::host::input
