// SPDX-License-Identifier: Apache-2.0
#include "model/limits_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/temporary_folder.hpp"
#include "model/limits_header.hpp"
#include "model/limits_json.hpp"
#include "support/made_model.hpp"
#include "support/parsed_model.hpp"

using namespace tmd;
using host::model::read_limits;

namespace {

/// The environment's CXX for as long as it lives; nothing: not there.
class Compiler {
 public:
  explicit Compiler(const char* name) {
    if (const char* now = std::getenv("CXX")) before_ = now;
    set(name == nullptr ? std::optional<std::string>() : name);
  }
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;
  ~Compiler() { set(before_); }

 private:
  static void set(const std::optional<std::string>& name) {
    if (name)
      ::setenv("CXX", name->c_str(), 1);
    else
      ::unsetenv("CXX");
  }
  std::optional<std::string> before_;
};

/// limits.hpp and limits.json of the small classifier, as tmd limits writes them.
struct Written : host::TemporaryFolder {
  Written() {
    const host::model::Envelope envelope =
        host::model::envelope_of({{"c.tflite", test::parsed(test::small_classifier()), 0, {}}}, {});
    header = host::model::limits_header(envelope, "ModelLimits");
    host::write_file(*this / "limits.hpp", std::string_view(header));
    host::write_file(*this / "limits.json",
                     std::string_view(host::model::limits_json(envelope, "ModelLimits", header)));
    arena = envelope.facts.arena_bytes;
  }
  void edit(const std::string& value) {
    std::string text = header;
    const std::size_t at = text.find("kArenaBytes = ") + 14;
    text.replace(at, text.find(';', at) - at, value);
    host::write_file(*this / "limits.hpp", std::string_view(text));
  }
  std::string header;
  std::uint32_t arena = 0;
};

}  // namespace

TEST_CASE("the JSON lies beside its header") {
  CHECK(host::model::limits_json_path("include/limits.hpp") == "include/limits.json");
  CHECK(host::model::limits_json_path("limits") == "limits.json");
}

TEST_CASE("the JSON beside an unchanged header is what is read") {
  const Compiler none("no-such-compiler-anywhere");
  const Written files;
  CHECK(read_limits(files / "limits.hpp").arena_bytes == files.arena);
  CHECK(read_limits(files / "limits.json").arena_bytes == files.arena);
}

TEST_CASE("a header that was changed since is asked itself: by the compiler, or as text") {
  Written files;
  SUBCASE("a plain number needs no compiler") {
    const Compiler none(nullptr);
    files.edit("102'400");
    CHECK(read_limits(files / "limits.hpp").arena_bytes == 102400);
  }
  SUBCASE("anything else does") {
    files.edit("100 * 1024");
    {
      const Compiler none(nullptr);
      CHECK_THROWS_WITH_AS((void)read_limits(files / "limits.hpp"), doctest::Contains("CXX"), host::Error);
    }
    const Compiler compiler(std::getenv("TMD_COMPILER"));
    CHECK(read_limits(files / "limits.hpp").arena_bytes == 102400);
  }
  SUBCASE("a compiler that fails does not matter where all is plain, and says why where not") {
    const Compiler none("false");
    files.edit("5");
    CHECK(read_limits(files / "limits.hpp").arena_bytes == 5);
    files.edit("sizeof(arena)");
    CHECK_THROWS_WITH_AS((void)read_limits(files / "limits.hpp"), doctest::Contains("does not compile"),
                         host::Error);
  }
  SUBCASE("JSON of another kind beside it does not matter") {
    const Compiler none("");
    host::write_file(files / "limits.json", std::string_view("{\"kind\": \"other\"}"));
    CHECK(read_limits(files / "limits.hpp").arena_bytes == files.arena);
    CHECK_THROWS_AS((void)read_limits(files / "limits.json"), host::Error);
  }
}
