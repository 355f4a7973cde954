// SPDX-License-Identifier: Apache-2.0
#include "input/file_look.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "input/elf_part.hpp"
#include "input/packed_files.hpp"
#include "model/reader.hpp"
#include "tmd/internal/format/format1.hpp"
#include "tmd/internal/format/format2.hpp"

namespace tmd::host::input {
namespace {

/// Known formats that are no model for a microcontroller, by their first bytes.
struct Signature {
  std::string_view bytes;
  std::string_view description;
};

constexpr std::array kSignatures = {
    Signature{{"BZh", 3}, "a bzip2 archive; unpack it first (bunzip2)"},
    Signature{{"\xFD"
               "7zXZ",
               5},
              "an xz archive; unpack it first (unxz)"},
    Signature{{"\x28\xB5\x2F\xFD", 4}, "a Zstandard archive; unpack it first (unzstd)"},
    Signature{{"\x04\x22\x4D\x18", 4}, "an LZ4 archive; unpack it first (unlz4)"},
    Signature{{"7z\xBC\xAF\x27\x1C", 6}, "a 7-Zip archive; unpack it first"},
    Signature{{"Rar!\x1A\x07", 6}, "a RAR archive; unpack it first"},
    Signature{{"!<arch>\n", 8}, "a library of object files (.a); give one of its ELF files"},
    Signature{{"\x89HDF\r\n\x1A\n", 8}, "an HDF5 file, as Keras saves models; convert it to .tflite first"},
    Signature{{"\x93NUMPY", 6}, "a NumPy array; write its bytes to a file (tofile)"},
    Signature{{"\x89PNG\r\n\x1A\n", 8}, "a PNG picture"},
    Signature{{"\xFF\xD8\xFF", 3}, "a JPEG picture"},
    Signature{{"GIF8", 4}, "a GIF picture"},
    Signature{{"%PDF-", 5}, "a PDF document"},
    Signature{{"RIFF", 4}, "a RIFF file: sound, video or a picture"},
    Signature{{"SQLite format 3\0", 16}, "an SQLite database"},
    Signature{{"\xCF\xFA\xED\xFE", 4}, "a Mach-O program; only ELF files are read"},
    Signature{{"\x80\x04\x95", 3}, "a Python pickle"},
};

/// Chunk behind chunk up to the last byte, as the header counts them: chance does not make that.
bool is_format1_patch(ConstBytes file) {
  Manifest manifest;
  if (file.empty() || file[0] != kFormat1 || format1::parse(file, manifest) != Status::ok) return false;
  ByteReader reader(file.from(manifest.body_offset));
  for (unsigned i = 0; i < manifest.chunk_count; ++i) {
    (void)reader.u32();
    const std::uint16_t size = reader.u16();
    (void)reader.u8();
    (void)reader.take(size + (reader.u8() != 0 ? 4U : 0U));
  }
  return !reader.failed() && reader.remaining() == 0;
}

bool is_patch(ConstBytes file) {
  Manifest manifest;
  const bool format2 = !file.empty() && file[0] == kFormat2 && format2::parse(file, manifest) == Status::ok;
  return format2 || is_format1_patch(file);
}

std::string_view known_binary(ConstBytes file) {
  if (is_patch(file)) return "a patch of tmd, no model";
  const std::string_view text = host::as_text(file);
  for (const Signature& signature : kSignatures) {
    if (text.starts_with(signature.bytes)) return signature.description;
  }
  constexpr std::size_t kTarMark = 257;
  if (text.size() > kTarMark && text.substr(kTarMark).starts_with("ustar"))
    return "a tar archive; unpack it first";
  return {};
}

/// The first bytes in lower case, blanks and a byte order mark in front left out.
std::string beginning_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  std::string start(text.substr(0, 256));
  for (char& c : start) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return start;
}

bool is_base64(std::string_view text) {
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const bool digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '+' || c == '/' || c == '-' || c == '_';
    if (c == '=') {
      ++padding;
    } else if (!digit || padding != 0) {
      return false;
    } else {
      ++digits;
    }
  }
  return digits >= 16 && padding <= 2 && (digits + padding) % 4 == 0;
}

bool is_hexadecimal(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!digit && std::strchr(" \t\r\n:,", c) == nullptr) return false;
    digits += digit ? 1 : 0;
  }
  return digits >= 16;
}

bool has_words_of_c(std::string_view text) {
  constexpr std::array kWords = {"#include", "#define", "#pragma", "#ifndef",
                                 "const ",   "static ", "uint8_t", "char "};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](const char* word) { return text.find(word) != text.npos; });
}

std::string_view kind_of_text(std::string_view text) {
  const std::string start = beginning_of(text);
  const auto starts = [&](const char* with) { return start.starts_with(with); };
  if (starts("version https://git-lfs"))
    return "a Git LFS pointer, not the file it stands for; fetch that with git lfs pull";
  if (starts("<!doctype html") || starts("<html") || start.find("<html") != start.npos)
    return "an HTML page, as a failed download leaves it; download the file again";
  if (starts("<?xml") || starts("<!doctype") || starts("<svg")) return "an XML document";
  if (starts("-----begin")) return "a key, certificate or signature in PEM";
  if (starts("{") || starts("[")) return "JSON, or text like it";
  if (text.find(".incbin") != text.npos)
    return "an assembly source that takes its bytes from another file (.incbin); give that file";
  if (starts("#!")) return "a script";
  if (is_hexadecimal(text)) return "a list of hexadecimal digits; turn it into bytes first (xxd -r -p)";
  if (is_base64(text)) return "base64; decode it first (base64 -d)";
  if (has_words_of_c(text)) return "a C source, but there is no array of bytes in it";
  return "text";
}

/// Bytes of the UTF-8 character at `at`, or 0 where it is none.
std::size_t utf8_length(ConstBytes bytes, std::size_t at) {
  const std::uint8_t lead = bytes[at];
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= bytes.size() || (bytes[at + i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool is_utf16_text(ConstBytes bytes) {
  if (bytes.size() < 4 || bytes.size() % 2 != 0) return false;
  const bool little = bytes[0] == 0xFF && bytes[1] == 0xFE;
  if (!little && !(bytes[0] == 0xFE && bytes[1] == 0xFF)) return false;
  std::size_t plain = 0;
  for (std::size_t i = 2; i < bytes.size(); i += 2)
    plain += bytes[i + (little ? 1 : 0)] == 0 && bytes[i + (little ? 0 : 1)] != 0 ? 1 : 0;
  return plain * 10 >= (bytes.size() / 2 - 1) * 9;
}

}  // namespace

bool is_text(ConstBytes bytes) {
  std::size_t strange = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint8_t b = bytes[at];
    const bool control =
        (b < 0x20 && std::strchr("\n\r\t\f\v\b\x1a\x1b", b) == nullptr) || b == 0 || b == 0x7F;
    if (control) return false;
    const std::size_t length = utf8_length(bytes, at);
    strange += length == 0 ? 1 : 0;
    at += std::max<std::size_t>(length, 1);
  }
  // A letter here and there of an older encoding; weights have more of them.
  return strange * 20 <= bytes.size();
}

FileLook look_at(ConstBytes file) {
  if (file.empty()) return FileLook::empty;
  if (is_elf(file)) return FileLook::elf;
  if (file.size() > 4 && host::as_text(file).starts_with({"PK\x03\x04", 4})) return FileLook::zip;
  if (model::is_tflite(file)) return FileLook::tflite;
  if (is_gzip(file)) return FileLook::gzip;
  if (is_uf2(file)) return FileLook::uf2;
  if (is_text(file)) {
    if (is_intel_hex(file)) return FileLook::intel_hex;
    if (is_s_record(file)) return FileLook::s_record;
    return FileLook::text;
  }
  return known_binary(file).empty() && !is_utf16_text(file) ? FileLook::binary : FileLook::other;
}

std::string_view description_of(ConstBytes file) {
  if (const std::string_view known = known_binary(file); !known.empty()) return known;
  if (is_utf16_text(file)) return "text in UTF-16; save it as UTF-8";
  return kind_of_text(host::as_text(file));
}

}  // namespace tmd::host::input
