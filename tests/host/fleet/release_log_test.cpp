// SPDX-License-Identifier: Apache-2.0
#include "fleet/release_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"

using namespace tmd;
using namespace tmd::host;
using namespace tmd::host::fleet;

namespace {

ReleaseEntry entry_of(const std::string& who, unsigned percent = 100) {
  ReleaseEntry entry;
  entry.time = "2030-01-01T00:00:00Z";
  entry.who = who;
  entry.channel = "stable";
  entry.percent = percent;
  entry.release.target =
      describe_model("m-1.0.0", ConstBytes(reinterpret_cast<const std::uint8_t*>("model"), 5));
  FleetPatch patch;
  patch.file = "from-0.9.0.tmd";
  patch.bytes = 10;
  patch.sha256 = std::string(64, 'a');
  patch.identity = "00000001";
  patch.base = describe_model("m-0.9.0", ConstBytes(reinterpret_cast<const std::uint8_t*>("older"), 5));
  entry.release.patches.push_back(patch);
  return entry;
}
ReleaseLog three_entries() {
  ReleaseLog log;
  log.append(entry_of("one"), {});
  log.append(entry_of("two", 30), [](const std::string& text) { return std::to_string(text.size()); });
  ReleaseEntry withdrawal = entry_of("three");
  withdrawal.action = ReleaseEntry::Action::withdraw;
  withdrawal.release.patches.clear();
  log.append(withdrawal, {});
  return log;
}

}  // namespace

TEST_CASE("a log is a line for each change, and reads back as it was written") {
  const ReleaseLog log = three_entries();
  CHECK(std::count(log.text().begin(), log.text().end(), '\n') == 3);
  const ReleaseLog again(log.text());
  CHECK(again.text() == log.text());
  REQUIRE(again.entries().size() == 3);
  CHECK(again.entries()[0].who == "one");
  CHECK(again.entries()[0].release.patches[0].sha256 == std::string(64, 'a'));
  CHECK(again.entries()[1].percent == 30);
  CHECK(again.entries()[2].action == ReleaseEntry::Action::withdraw);
  CHECK(ReleaseLog("").entries().empty());
}

TEST_CASE("a log that was read goes on as the one that wrote it") {
  ReleaseLog log = three_entries();
  ReleaseLog again(log.text());
  log.append(entry_of("four"), {});
  again.append(entry_of("four"), {});
  CHECK(again.text() == log.text());
}

TEST_CASE("any line that changes, goes, or changes places breaks the chain, at a line that is named") {
  const std::string text = three_entries().text();
  const std::size_t first = text.find('\n') + 1, second = text.find('\n', first) + 1;
  const std::string one = text.substr(0, first), two = text.substr(first, second - first),
                    three = text.substr(second);
  std::string changed = one;
  changed.replace(changed.find("one"), 3, "eno");
  for (const std::string& broken :
       {changed + two + three, one + three, two + three, one + three + two, one + two + two}) {
    CHECK_THROWS_WITH_AS((void)ReleaseLog(broken), doctest::Contains("line"), Error);
  }
  CHECK_THROWS_AS((void)ReleaseLog(one + "no JSON\n"), Error);
  CHECK_NOTHROW((void)ReleaseLog(one + two));  // its end is for signatures and for who kept it to say
}

TEST_CASE("a log whose channel would be a path out of the tree is refused") {
  for (const char* channel : {"", ".", "..", "../../etc", "a/b", "stable\\n", "a b"}) {
    CAPTURE(channel);
    ReleaseEntry entry = entry_of("somebody");
    entry.channel = channel;
    ReleaseLog log;
    log.append(entry, {});
    CHECK_THROWS_WITH_AS((void)ReleaseLog(log.text()), doctest::Contains("no name for a channel"), Error);
  }
}

TEST_CASE("a line that says more than what is signed, or says it in another way, is refused") {
  const std::string text = three_entries().text();
  const std::size_t first = text.find('\n') + 1, second = text.find('\n', first);
  // The second line is signed, and named by none.
  const std::string before = text.substr(0, first), line = text.substr(first, second - first);
  CHECK_NOTHROW((void)ReleaseLog(before + line + "\n"));
  const auto with = [&](const std::string& words, const std::string& others) {
    std::string changed = line;
    REQUIRE(changed.find(words) != std::string::npos);
    return changed.replace(changed.find(words), words.size(), others);
  };
  for (const std::string& other :
       {with("\"who\"", "\"approved_by\":\"the chief\",\"who\""),
        with("\"who\"", "\"who\":\"the chief\",\"who\""), with("\"names\"", "\"notes\":1,\"names\""),
        with(",\"who\"", ", \"who\""), with("two", "t\\u0077o"),
        with("\"percent\":30", "\"percent\":30,\"percent\":30"), line + " "}) {
    CAPTURE(other);
    CHECK_THROWS_WITH_AS((void)ReleaseLog(before + other + "\n"),
                         doctest::Contains("line 2 of the log: it is not as"), Error);
  }
}

TEST_CASE("whatever is put into an entry is read back") {
  ReleaseEntry entry = entry_of("a \"name\" in UTF-8 \xC3\xA9, in none \xFF, \n\x01\x7F");
  entry.release.target.names = {"\xE2\x80\xA6", "\xC3"};
  ReleaseLog log;
  log.append(entry, [](const std::string&) { return std::string("0a"); });
  log.append(entry, [](const std::string&) { return std::string(); });
  CHECK(ReleaseLog(log.text()).text() == log.text());
}

TEST_CASE("an entry that publishes no patch is refused, as it would take everything back") {
  ReleaseEntry entry = entry_of("somebody");
  entry.release.patches.clear();
  ReleaseLog log;
  log.append(entry, {});
  CHECK_THROWS_WITH_AS((void)ReleaseLog(log.text()), doctest::Contains("it publishes no patch"), Error);
}

TEST_CASE("a signature is over the entry's text without it") {
  const ReleaseLog log = three_entries();
  std::vector<std::string> signatures;
  log.for_each_signature([&](const std::string& text, const std::string& signature) {
    CHECK(text.find("signature") == std::string::npos);
    if (!signature.empty()) CHECK(signature == std::to_string(text.size()));
    signatures.push_back(signature);
  });
  REQUIRE(signatures.size() == 3);
  CHECK(signatures[0].empty());
  CHECK_FALSE(signatures[1].empty());
}

TEST_CASE("a line of a log whose release is a million arrays in one another is refused") {
  const std::string line =
      R"({"previous":"","time":"","who":"","action":"publish","channel":"a","percent":1,)"
      "\"release\":" +
      std::string(1'000'000, '[') + "}\n";
  CHECK_THROWS_WITH_AS((void)ReleaseLog(line), "line 1 of the log: it is nested more than 32 levels deep",
                       Error);
}
