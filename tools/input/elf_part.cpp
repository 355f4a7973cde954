// SPDX-License-Identifier: Apache-2.0
#include "input/elf_part.hpp"

#include <fmt/format.h>
#include <gelf.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/error.hpp"
#include "tmd/digest/digest.hpp"
#include "tmd/digest/sha256.hpp"

namespace tmd::host::input {
namespace {

/// As libelf has it, ended by a zero. It is not copied: thousands of hostile entries can share one of megabytes.
class Name {
 public:
  explicit Name(const char* text) : text_(text == nullptr ? "" : text) {}
  bool is(const std::string& wanted) const { return std::strcmp(text_, wanted.c_str()) == 0; }
  bool is_one_of(const std::vector<std::string>& list) const {
    return std::any_of(list.begin(), list.end(), [&](const std::string& wanted) { return is(wanted); });
  }
  const char* text() const { return text_; }

 private:
  const char* text_;
};

struct Section {
  Name name{nullptr};
  std::uint64_t address = 0;
  bool loaded = false;  ///< Code or data of the program, not symbols or debugging information.
  ConstBytes bytes;     ///< Empty where the file has none (.bss).
};

struct Symbol {
  Name name{nullptr};
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::size_t section = 0;  ///< Index into the sections.
  bool function = false;
};

/// A run of the program's bytes and where it is loaded.
struct Piece {
  std::uint64_t address;
  ConstBytes bytes;
};

class ElfFile {
 public:
  ElfFile(const host::Bytes& file, const std::string& name) : file_(file), name_(name) {
    if (::elf_version(EV_CURRENT) == EV_NONE) refuse("libelf is too old");
    // libelf only reads through this pointer in ELF_C_READ_MMAP's sense: elf_memory files are never written
    // back.
    elf_.reset(::elf_memory(reinterpret_cast<char*>(const_cast<std::uint8_t*>(file.data())), file.size()));
    if (elf_ == nullptr || ::elf_kind(elf_.get()) != ELF_K_ELF) refuse("a damaged ELF file");
    read_sections();
    read_symbols();
  }

  [[noreturn]] void refuse(const std::string& what) const { throw host::Error(name_ + ": " + what); }

  Piece section(const std::string& wanted) const {
    for (const Section& section : sections_) {
      if (!section.name.is(wanted)) continue;
      if (section.bytes.empty()) refuse(fmt::format("the section {} has no bytes in the file", wanted));
      return {section.address, section.bytes};
    }
    refuse(fmt::format("no section {}; there are {}", wanted, names_of_sections()));
  }

  Piece symbol(const std::string& wanted) const {
    const auto found =
        std::find_if(symbols_.begin(), symbols_.end(), [&](const Symbol& s) { return s.name.is(wanted); });
    if (found == symbols_.end()) refuse(fmt::format("no symbol {}{}", wanted, largest_symbols()));
    // `static` tables of several sources can have one name, and which is the first depends on the linker.
    for (const Symbol& other : symbols_) {
      const bool is_same = other.address == found->address && other.size == found->size;
      if (other.name.is(wanted) && (!is_same || other.section != found->section))
        refuse(fmt::format("several symbols are named {}; rename all but one, or give --section", wanted));
    }
    return piece_of(*found);
  }

  std::vector<Piece> code(const std::vector<std::string>& chosen) const {
    std::vector<Piece> pieces;
    for (const Section& section : sections_) {
      const bool wanted = chosen.empty() ? section.loaded : section.name.is_one_of(chosen);
      if (wanted && !section.bytes.empty()) pieces.push_back({section.address, section.bytes});
    }
    for (const Symbol& symbol : symbols_) {
      if (symbol.function && symbol.name.is_one_of(chosen)) pieces.push_back(piece_of(symbol));
    }
    if (!chosen.empty() && pieces.size() < chosen.size())
      refuse("a name given for the code is no section or function");
    // Parts of a program do not lie over one another, but that a name can be a section's and a function's. To hash what
    // a hostile file has thousands of times over the same bytes would take hours.
    std::uint64_t most = file_.size() * std::max<std::size_t>(chosen.size(), 1);
    for (const Piece& piece : pieces) {
      if (piece.bytes.size() > most) refuse("its sections or functions lie over one another");
      most -= piece.bytes.size();
    }
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& a, const Piece& b) { return a.address < b.address; });
    return pieces;
  }

  /// The sections and symbols of these names.
  std::vector<Piece> named(const std::vector<std::string>& names) const {
    std::vector<Piece> pieces;
    for (const std::string& name : names) {
      const std::size_t before = pieces.size();
      for (const Section& section : sections_) {
        if (section.name.is(name) && !section.bytes.empty())
          pieces.push_back({section.address, section.bytes});
      }
      for (const Symbol& symbol : symbols_) {
        if (symbol.name.is(name)) pieces.push_back(piece_of(symbol));
      }
      if (pieces.size() == before) refuse(fmt::format("{} is no section or symbol", name));
    }
    return pieces;
  }

  std::string largest_symbols() const {
    std::vector<Symbol> data;
    for (const Symbol& symbol : symbols_) {
      if (!symbol.function && symbol.size != 0 && !sections_[symbol.section].bytes.empty())
        data.push_back(symbol);
    }
    std::sort(data.begin(), data.end(), [](const Symbol& a, const Symbol& b) { return a.size > b.size; });
    constexpr std::size_t kShown = 3;
    std::string text;
    for (std::size_t i = 0; i < data.size() && i < kShown; ++i)
      text += fmt::format("{} {} ({} bytes)", i == 0 ? "; the largest are" : ",", data[i].name.text(),
                          data[i].size);
    return text;
  }

 private:
  struct EndElf {
    void operator()(Elf* elf) const { ::elf_end(elf); }
  };

  ConstBytes bytes_of(const GElf_Shdr& header) const {
    if (header.sh_type == SHT_NOBITS) return {};
    if (header.sh_offset > file_.size() || header.sh_size > file_.size() - header.sh_offset)
      refuse("a section lies outside the file; was it cut off?");
    return host::view(file_).slice(header.sh_offset, header.sh_size);
  }

  void read_sections() {
    std::size_t names = 0;
    if (::elf_getshdrstrndx(elf_.get(), &names) != 0) refuse("an ELF file without section names");
    sections_.emplace_back();  // index 0 is no section
    for (Elf_Scn* at = ::elf_nextscn(elf_.get(), nullptr); at != nullptr;
         at = ::elf_nextscn(elf_.get(), at)) {
      GElf_Shdr header;
      if (::gelf_getshdr(at, &header) == nullptr) refuse("a damaged section header");
      sections_.push_back({Name(::elf_strptr(elf_.get(), names, header.sh_name)), header.sh_addr,
                           (header.sh_flags & SHF_ALLOC) != 0, bytes_of(header)});
    }
  }

  void read_symbols() {
    for (Elf_Scn* at = ::elf_nextscn(elf_.get(), nullptr); at != nullptr;
         at = ::elf_nextscn(elf_.get(), at)) {
      GElf_Shdr header;
      if (::gelf_getshdr(at, &header) == nullptr || header.sh_type != SHT_SYMTAB || header.sh_entsize == 0)
        continue;
      Elf_Data* data = ::elf_getdata(at, nullptr);
      if (data == nullptr) refuse("a damaged symbol table");
      const std::uint64_t count = header.sh_size / header.sh_entsize;
      for (std::uint64_t i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (::gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
        if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= sections_.size()) continue;
        symbols_.push_back({Name(::elf_strptr(elf_.get(), header.sh_link, symbol.st_name)), symbol.st_value,
                            symbol.st_size, symbol.st_shndx, GELF_ST_TYPE(symbol.st_info) == STT_FUNC});
      }
    }
  }

  Piece piece_of(const Symbol& symbol) const {
    const Section& section = sections_[symbol.section];
    // Bit 0 of a function's address says "Thumb code" on ARM.
    const std::uint64_t address = symbol.function ? symbol.address & ~std::uint64_t{1} : symbol.address;
    // In a relocatable file (.o) sections have no address yet and symbols count from their start.
    if (address < section.address || address - section.address > section.bytes.size() ||
        symbol.size > section.bytes.size() - (address - section.address) || symbol.size == 0)
      refuse(fmt::format("the symbol {} has no bytes in the file", symbol.name.text()));
    return {address, section.bytes.slice(address - section.address, symbol.size)};
  }

  std::string names_of_sections() const {
    std::string text;
    for (const Section& section : sections_) {
      if (!section.name.is("") && !section.bytes.empty() && section.address != 0)
        text += (text.empty() ? "" : ", ") + std::string(section.name.text());
    }
    return text.empty() ? "none that are loaded" : text;
  }

  const host::Bytes& file_;
  std::string name_;
  std::unique_ptr<Elf, EndElf> elf_;
  std::vector<Section> sections_;
  std::vector<Symbol> symbols_;
};

/// The same bytes in the order of their addresses, each once.
std::vector<ConstBytes> united(std::vector<Piece> pieces) {
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.bytes.data() < b.bytes.data(); });
  std::vector<ConstBytes> runs;
  for (const Piece& piece : pieces) {
    const std::uint8_t* const end = piece.bytes.data() + piece.bytes.size();
    if (runs.empty() || piece.bytes.data() > runs.back().data() + runs.back().size()) {
      runs.push_back(piece.bytes);
    } else if (end > runs.back().data() + runs.back().size()) {
      const std::uint8_t* const begin = runs.back().data();
      runs.back() = ConstBytes(begin, static_cast<std::size_t>(end - begin));
    }
  }
  return runs;
}

/// What is left of a piece between those that are no part of it.
std::vector<ConstBytes> without(ConstBytes piece, const std::vector<ConstBytes>& taken_out) {
  std::vector<ConstBytes> left;
  const std::uint8_t* at = piece.data();
  const std::uint8_t* const end = piece.data() + piece.size();
  auto hole = std::partition_point(taken_out.begin(), taken_out.end(), [&](const ConstBytes& bytes) {
    return bytes.data() + bytes.size() <= at;
  });
  for (; hole != taken_out.end() && hole->data() < end; ++hole) {
    const std::uint8_t* const from = std::clamp(hole->data(), at, end);
    if (from != at) left.emplace_back(at, static_cast<std::size_t>(from - at));
    at = std::clamp(hole->data() + hole->size(), at, end);
  }
  if (at != end) left.emplace_back(at, static_cast<std::size_t>(end - at));
  return left;
}

/// `taken_out`: the model, which is not what reads it, and what may differ.
host::Bytes digest_of(const std::vector<Piece>& pieces, const std::vector<Piece>& taken_out) {
  const std::vector<ConstBytes> holes = united(taken_out);
  Sha256 digest;
  for (const Piece& piece : pieces) {
    for (const ConstBytes& bytes : without(piece.bytes, holes)) {
      std::uint8_t place[8];
      store_le32(place, static_cast<std::uint32_t>(piece.address) +
                            static_cast<std::uint32_t>(bytes.data() - piece.bytes.data()));
      store_le32(place + 4, static_cast<std::uint32_t>(bytes.size()));
      digest.update(place);
      digest.update(bytes);
    }
  }
  host::Bytes out(digest_size(DigestKind::sha256));
  digest.finish(MutableBytes(out.data(), out.size()));
  return out;
}

}  // namespace

bool is_elf(ConstBytes file) {
  return file.size() > 4 && file[0] == 0x7F && file[1] == 'E' && file[2] == 'L' && file[3] == 'F';
}

Input load_elf_part(const host::Bytes& file, const std::string& name, const InputChoice& choice) {
  const ElfFile elf(file, name);
  if (choice.section.empty() == choice.symbol.empty()) {
    elf.refuse(
        "a compiled program; say which part of it is the model with either --section NAME or --symbol NAME" +
        elf.largest_symbols());
  }
  const Piece part = choice.section.empty() ? elf.symbol(choice.symbol) : elf.section(choice.section);
  Input input;
  input.kind = InputKind::elf;
  input.part = choice.section.empty() ? choice.symbol : choice.section;
  input.bytes.assign(part.bytes.begin(), part.bytes.end());
  std::vector<Piece> taken_out = elf.named(choice.may_differ);
  taken_out.push_back(part);
  input.code_digest = digest_of(elf.code(choice.code), taken_out);
  return input;
}

}  // namespace tmd::host::input
