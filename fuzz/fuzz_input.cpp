// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "input/c_array.hpp"
#include "input/file_look.hpp"
#include "input/packed_files.hpp"

namespace {

template <class Read>
void read_or_refuse(Read read) {
  try {
    (void)read();
  } catch (const tmd::host::Error&) {
    // A file that is damaged, cut off, or not what it looks like.
  }
}

}  // namespace

/// Whatever a file holds: it looks like something, and its reader ends with bytes or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tmd::host::input;
  const tmd::ConstBytes file(data, size);
  const FileLook look = look_at(file);
  if ((look == FileLook::text || look == FileLook::other) && description_of(file).empty()) std::abort();
  read_or_refuse([&] { return read_intel_hex(file); });
  read_or_refuse([&] { return read_s_record(file); });
  if (look == FileLook::gzip) read_or_refuse([&] { return read_gzip(file); });
  if (look == FileLook::uf2) {
    read_or_refuse([&] {
      const Uf2Content content = read_uf2(file);
      if (content.padding > content.bytes.size()) std::abort();
      return content;
    });
  }
  (void)read_c_source({reinterpret_cast<const char*>(data), size});
  return 0;
}
