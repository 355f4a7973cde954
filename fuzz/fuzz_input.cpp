// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "input/c_array.hpp"
#include "input/file_look.hpp"
#include "input/labels.hpp"
#include "input/load_input.hpp"
#include "input/packed_files.hpp"
#include "read_or_refuse.hpp"

namespace {

/// A file in memory, since what people hand over is read from files; it is there for the whole run.
class FileInMemory {
 public:
  explicit FileInMemory(const char* name) : descriptor_(memfd_create(name, 0)) {
    if (descriptor_ < 0) std::abort();
  }
  void hold(const std::uint8_t* data, std::size_t size) {
    const bool held =
        ftruncate(descriptor_, 0) == 0 && pwrite(descriptor_, data, size, 0) == static_cast<ssize_t>(size);
    if (!held) std::abort();
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// The whole way of a file: HEX, archives, exports, ELF, weights.h, labels.
void read_as_file(const std::uint8_t* data, std::size_t size) {
  using namespace tmd::host::input;
  static FileInMemory file("input");
  file.hold(data, size);
  read_or_refuse([&] {
    Input input = load_input(file.path(), {});
    for (const tmd::host::ModelRegion& region : input.regions) {
      if (region.offset + region.length > input.bytes.size()) std::abort();
    }
    return input;
  });
  InputChoice part;
  part.section = ".model";
  read_or_refuse([&] { return load_input(file.path(), part); });
  part = {};
  part.symbol = "model";
  read_or_refuse([&] { return load_input(file.path(), part); });
  read_or_refuse([&] { return labels_of(file.path()); });
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
  read_as_file(data, size);
  return 0;
}
