// SPDX-License-Identifier: Apache-2.0
// Every piece of C++ in the documents compiles as it stands, behind what its reader has around it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/program.hpp"

using namespace tmd::test;

namespace {

const std::string kRoot = TMD_SOURCE_ROOT;

/// What readers have: the library, a flash driver, and mostly a configuration and an updater.
const std::string kLibrary =
    "#include <tmd/tmd.hpp>\n#include <sys/types.h>\n"
    "using Flash = tmd::RamFlash<256 * 1024, 4096, 8>;\nusing MyFlash = Flash;\n";
const std::string kUpdater = kLibrary +
                             "struct Config : tmd::DefaultConfig<Flash> {\n"
                             "  using Authentication = tmd::AllowUnsigned;\n};\n"
                             "extern tmd::Updater<Config> updater;\nvoid update_ended(tmd::Status);\n"
                             "void restart_link(std::uint32_t);\n";

/// The pieces of one document, in its order, each by what stands before it.
struct Document {
  std::string name;
  std::vector<std::string> before;
};

const std::vector<Document> kDocuments = {
    {"porting.md",
     {kLibrary + "struct Registers { volatile std::uint32_t CONFIG, READY, ERASEPAGE; };\nextern Registers* "
                 "NRF_NVMC;\n"
                 "enum { NVMC_CONFIG_WEN_Ren, NVMC_CONFIG_WEN_Wen, NVMC_CONFIG_WEN_Een, "
                 "NVMC_READY_READY_Busy = 0 };\n",
      kLibrary +
          "extern volatile bool ecc_fault_seen;\nvoid copy_volatile(std::uint32_t, tmd::MutableBytes);\n"}},
    {"integration.md",
     {kUpdater + "bool uart_has_byte();\nvoid uart_hold();\nstd::uint8_t uart_take();\nvoid uart_go_on();\n",
      kUpdater +
          "using TaskHandle_t = void*;\nconst int pdTRUE = 1;\nconst unsigned portMAX_DELAY = 0xFFFFFFFF;\n"
          "void radio_ask_again_from(std::uint32_t);\nvoid xTaskNotifyGive(TaskHandle_t);\n"
          "unsigned ulTaskNotifyTake(int, unsigned);\nvoid vTaskDelay(unsigned);\n",
      kUpdater + "struct k_work_q {};\nstruct k_work {};\nint k_work_submit_to_queue(k_work_q*, k_work*);\n"
                 "const int BT_ATT_ERR_INSUFFICIENT_RESOURCES = 17;\nconstexpr int BT_GATT_ERR(int error) { "
                 "return -error; }\n"}},
    {"two-models.md", {kLibrary}},
    {"security.md", {kLibrary, kLibrary}},
};

std::vector<std::string> pieces_of(const std::string& document) {
  const std::string text = contents_of(kRoot + "/docs/" + document), fence = "```cpp\n";
  std::vector<std::string> pieces;
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    pieces.push_back(text.substr(at, text.find("```", at) - at));
  }
  return pieces;
}

}  // namespace

TEST_CASE("every piece of C++ in the documents compiles") {
  const TemporaryFolder folder;
#if __has_include(<psa/crypto.h>)
  const auto make_key = [&](const std::string& name, const std::vector<std::string>& more) {
    REQUIRE(
        run_tmd({"keygen", folder / name + ".pem", "--header", folder / name + "_key.hpp"}, more).status ==
        0);
  };
  make_key("release", {});
  make_key("root", {"--name", "RootKey", "--number", "0", "--may-certify"});
  make_key("offline", {"--name", "OfflineKey", "--number", "1", "--may-revoke"});
#endif
  for (const Document& document : kDocuments) {
#if !__has_include(<psa/crypto.h>)
    if (document.name == "security.md") continue;
#endif
    const std::vector<std::string> pieces = pieces_of(document.name);
    REQUIRE(pieces.size() == document.before.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      put_contents(folder / "piece.cpp", document.before[i] + pieces[i]);
      const Finished compiled =
          run_program({std::getenv("TMD_COMPILER"), "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra",
                       "-Wno-unused-function", "-Wno-unused-const-variable", "-Werror", "-I",
                       kRoot + "/include", "-I", folder.path(), folder / "piece.cpp"});
      CAPTURE(document.name);
      CAPTURE(compiled.errors);
      CHECK(compiled.status == 0);
    }
  }
}

TEST_CASE("no document has a piece of C++ that is not compiled") {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot + "/docs")) {
    if (entry.path().extension() != ".md") continue;
    const std::string name = std::filesystem::relative(entry.path(), kRoot + "/docs").string();
    CAPTURE(name);
    std::size_t expected = 0;
    for (const Document& document : kDocuments)
      expected += document.name == name ? document.before.size() : 0;
    CHECK(pieces_of(name).size() == expected);
  }
}
