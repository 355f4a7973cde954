// SPDX-License-Identifier: Apache-2.0
#include "model/compiled_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "base/child_process.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/temporary_folder.hpp"
#include "model/embedded_headers.hpp"
#include "model/limits_structure.hpp"

namespace tmd::host::model {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBefore = "<tmd limits, as compiled:>";
constexpr std::string_view kBehind = "<end of tmd limits>";

/// Puts all that the structure says into a constant of bytes, between the two marks: numbers of 32 bits,
/// little-endian, strings behind their length. In its own lists the marks' bytes are inverted, so that the marks stand
/// in the object once.
constexpr const char* kQuestion = R"question(
namespace tmd_question {
using Stated = @STRUCTURE@;
constexpr unsigned char kBefore[] = {@BEFORE@};
constexpr unsigned char kBehind[] = {@BEHIND@};

struct Counter {
  std::size_t size = 0;
  constexpr void put(unsigned char) { ++size; }
};
template <std::size_t kSize>
struct Answer {
  unsigned char bytes[kSize] = {};
  std::size_t size = 0;
  constexpr void put(unsigned char byte) { bytes[size++] = byte; }
};

template <class Sink>
constexpr void number(Sink& sink, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) sink.put(static_cast<unsigned char>((value >> shift) & 0xFFU));
}
template <class Sink>
constexpr void bytes(Sink& sink, const std::uint8_t* data, std::size_t size) {
  number(sink, static_cast<std::uint32_t>(data == nullptr ? 0 : size));
  for (std::size_t i = 0; data != nullptr && i < size; ++i) sink.put(data[i]);
}
template <class Sink>
constexpr void name(Sink& sink, const char* text) {
  std::size_t size = 0;
  while (text != nullptr && text[size] != '\0') ++size;
  number(sink, static_cast<std::uint32_t>(size));
  for (std::size_t i = 0; i < size; ++i) sink.put(static_cast<unsigned char>(text[i]));
}
template <class Sink>
constexpr void write(Sink& sink) {
  for (unsigned char byte : kBefore) sink.put(byte ^ 0xFFU);
  number(sink, Stated::kArenaBytes);
  number(sink, Stated::kAbi);
  number(sink, Stated::kSlotAlignment);
  number(sink, Stated::kSlotBytes);
  number(sink, Stated::kAllowRelaxed ? 1 : 0);
  number(sink, Stated::kIoFlexible);
  number(sink, Stated::kVariables);
  number(sink, Stated::kVariableBytes);
  number(sink, Stated::kAcceleratorConfig);
  number(sink, Stated::kAcceleratorId);
  bytes(sink, Stated::kIoSchema, Stated::kIoSchemaSize);
  bytes(sink, Stated::kCodeDigest, Stated::kCodeDigestSize);
  const std::size_t operators = Stated::kOperators == nullptr ? 0 : Stated::kOperatorCount;
  number(sink, static_cast<std::uint32_t>(operators));
  for (std::size_t i = 0; i < operators; ++i) {
    const tmd::SupportedOperator& op = Stated::kOperators[i];
    number(sink, op.builtin);
    number(sink, op.version);
    number(sink, op.features);
    name(sink, op.custom_name);
  }
  for (unsigned char byte : kBehind) sink.put(byte ^ 0xFFU);
}
constexpr std::size_t size() {
  Counter counter;
  write(counter);
  return counter.size;
}
constexpr Answer<size()> answer() {
  Answer<size()> made;
  write(made);
  return made;
}
}  // namespace tmd_question
extern const tmd_question::Answer<tmd_question::size()> tmd_answer;
constexpr tmd_question::Answer<tmd_question::size()> tmd_answer = tmd_question::answer();
)question";

std::string inverted_numbers(std::string_view text) {
  std::string numbers;
  for (const char c : text) numbers += fmt::format("{},", static_cast<unsigned char>(c) ^ 0xFFU);
  return numbers;
}

std::string with(std::string text, const std::string& mark, const std::string& value) {
  text.replace(text.find(mark), mark.size(), value);
  return text;
}

/// The values in the order in which the question wrote them.
class AnswerReader {
 public:
  AnswerReader(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  std::uint32_t number() {
    std::uint32_t value = 0;
    const std::string_view four = take(4);
    for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(four[i]);
    return value;
  }

  host::Bytes bytes() {
    const std::string_view found = take(number());
    return host::Bytes(found.begin(), found.end());
  }

  UsedOperator used_operator() {
    UsedOperator op;
    op.code.builtin = static_cast<BuiltinOperator>(number());
    op.code.version = static_cast<std::int32_t>(number());
    op.features = number();
    const host::Bytes name = bytes();
    op.code.custom_name.assign(name.begin(), name.end());
    return op;
  }

  void end() { check(bytes_.substr(0, kBehind.size()) == kBehind); }

 private:
  std::string_view take(std::size_t size) {
    check(size <= bytes_.size());
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  void check(bool sound) const {
    if (!sound) throw host::Error(path_ + ": the compiler's object does not hold the header's values whole");
  }

  std::string_view bytes_;
  const std::string& path_;
};

FirmwareFacts facts_of(AnswerReader answer) {
  constexpr std::uint32_t kAnyVariables = 0xFFFFFFFF;
  FirmwareFacts facts;
  facts.arena_bytes = answer.number();
  facts.abi = static_cast<std::uint16_t>(answer.number());
  facts.slot_alignment = answer.number();
  facts.slot_bytes = answer.number();
  facts.allow_relaxed = answer.number() != 0;
  facts.io_flexible = static_cast<std::uint8_t>(answer.number());
  if (const std::uint32_t number = answer.number(); number != kAnyVariables) facts.variables = number;
  if (const std::uint32_t number = answer.number(); number != kAnyVariables) facts.variable_bytes = number;
  const AcceleratorConfig part = {answer.number(), answer.number()};
  if (part.config != 0 || part.id != 0) facts.accelerator = part;
  facts.io_schema = answer.bytes();
  facts.code_digest = answer.bytes();
  const std::uint32_t operators = answer.number();
  for (std::uint32_t i = 0; i < operators; ++i) facts.operators.push_back(answer.used_operator());
  answer.end();
  return facts;
}

void append_words(std::vector<std::string>& command, const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return;
  const std::vector<std::string> words = command_words(text);
  command.insert(command.end(), words.begin(), words.end());
}

/// Of what a compiler says, the first line that names an error.
std::string first_error(const std::string& errors) {
  const std::size_t at = std::min(errors.find("error:"), errors.size());
  const std::size_t start = at == 0 ? 0 : errors.rfind('\n', at - 1) + 1;
  return errors.substr(start, errors.find('\n', start) - start);
}

std::string compile(const std::string& path, const std::string& source, const std::string& compiler) {
  const TemporaryFolder folder;
  for (std::size_t i = 0; i < kEmbeddedHeaderCount; ++i) {
    const EmbeddedHeader& header = kEmbeddedHeaders[i];
    fs::create_directories(fs::path(folder / header.name).parent_path());
    host::write_file(folder / header.name, std::string_view(header.text));
  }
  // Where headers of development snapshots look for it.
  fs::create_directories(folder / "tmd/guard");
  host::write_file(folder / "tmd/guard/firmware_limits.hpp",
                   std::string_view("#include \"tmd/firmware_limits.hpp\"\n"));
  host::write_file(folder / "question.cpp", source);
  std::vector<std::string> command = command_words(compiler);
  command.insert(command.end(), {"-I", folder.path().string()});
  append_words(command, "CPPFLAGS");
  append_words(command, "CXXFLAGS");
  command.insert(command.end(), {"-std=gnu++17", "-w", "-O0", "-g0", "-fno-lto", "-c",
                                 folder / "question.cpp", "-o", folder / "question.o"});
  const int status = run_child(command, {"/dev/null", folder / "errors"});
  if (status == kNotInstalled)
    throw host::Error(fmt::format("{}: the compiler '{}' that $CXX names is not there", path, compiler));
  if (status != 0)
    throw host::Error(fmt::format("{}: it does not compile with '{}' ($CXX): {}", path, compiler,
                                  first_error(host::read_text(folder / "errors"))));
  return host::read_text(folder / "question.o");
}

}  // namespace

FirmwareFacts compiled_limits(const std::string& path, const std::string& text, const std::string& compiler) {
  std::string question = with(kQuestion, "@STRUCTURE@", structure_name(text, path));
  question = with(question, "@BEFORE@", inverted_numbers(kBefore));
  question = with(question, "@BEHIND@", inverted_numbers(kBehind));
  const std::string source =
      "#include <cstddef>\n#include <cstdint>\n#include \"tmd/firmware_limits.hpp\"\n#include \"" +
      fs::absolute(path).string() + "\"\n" + question;
  const std::string object = compile(path, source, compiler);
  const std::size_t at = object.find(kBefore);
  if (at == object.npos)
    throw host::Error(fmt::format("{}: '{}' ($CXX) makes objects that this cannot read", path, compiler));
  return facts_of(AnswerReader(std::string_view(object).substr(at + kBefore.size()), path));
}

}  // namespace tmd::host::model
