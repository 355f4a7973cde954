// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "input/packed_files.hpp"

namespace tmd::host::input {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window; gzip's header and CRC, not zlib's

class Inflater {
 public:
  explicit Inflater(ConstBytes file) {
    // zlib takes what it reads by a pointer to non-const bytes and leaves them alone.
    stream_.next_in = const_cast<std::uint8_t*>(file.data());
    stream_.avail_in = static_cast<uInt>(file.size());
    if (::inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream_); }

  /// Adds one member's bytes.
  void member(host::Bytes& out) {
    if (::inflateReset2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      std::uint8_t chunk[65536];
      stream_.next_out = chunk;
      stream_.avail_out = sizeof(chunk);
      status = ::inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      if (status == Z_BUF_ERROR) throw host::Error("the gzip file ends too early; transfer it again");
      if (status != Z_OK && status != Z_STREAM_END)
        throw host::Error("the gzip file is damaged; transfer it again");
      out.insert(out.end(), chunk, chunk + (sizeof(chunk) - stream_.avail_out));
      if (out.size() > kLargestUnpacked)
        throw host::Error(fmt::format("the gzip file unpacks to more than {} MiB, which is no model",
                                      kLargestUnpacked >> 20));
    }
  }

  bool at_end() const { return stream_.avail_in == 0; }
  /// Zeros up to the end are padding, as of a tape.
  bool only_zeros_left() const {
    return std::all_of(stream_.next_in, stream_.next_in + stream_.avail_in,
                       [](std::uint8_t b) { return b == 0; });
  }

 private:
  z_stream stream_{};
};

}  // namespace

bool is_gzip(ConstBytes file) {
  return file.size() >= 3 && file[0] == 0x1F && file[1] == 0x8B && file[2] == 8;
}

host::Bytes read_gzip(ConstBytes file) {
  if (file.size() > std::numeric_limits<uInt>::max()) throw host::Error("the gzip file is larger than 4 GiB");
  host::Bytes bytes;
  Inflater inflater(file);
  do {
    inflater.member(bytes);
  } while (!inflater.at_end() && !inflater.only_zeros_left());
  return bytes;
}

}  // namespace tmd::host::input
