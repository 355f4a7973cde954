// SPDX-License-Identifier: Apache-2.0
#include "report/html.hpp"

#include <doctest/doctest.h>

using namespace tmd::host::report;

TEST_CASE("text out of a model is no markup, and no byte of it is outside ASCII") {
  CHECK(escaped("a<b>&\"c\"") == "a&lt;b&gt;&amp;&quot;c&quot;");
  CHECK(escaped("\x1b[31m\n\t\x7f\xc3\xa4 ~") == "?[31m????? ~");
  CHECK(escaped("").empty());
}

TEST_CASE("a bar is at most as long as its box, and never shorter than nothing") {
  CHECK(bar(0.5, "12") == "<span class=\"bar\"><i style=\"width:3.00rem\"></i>12</span>");
  CHECK(bar(7, "x") == bar(1, "x"));
  CHECK(bar(-1, "x") == bar(0, "x"));
}

TEST_CASE("the first cell of each row is its heading") {
  Table table;
  table.caption = "a & b";
  table.head = {"name", "bytes"};
  table.rows = {{"first", "1"}, {"second", "2"}};
  const std::string html = to_html(table);
  CHECK(html.find("<caption>a &amp; b</caption>") != html.npos);
  CHECK(html.find("<th scope=\"col\">name</th><th scope=\"col\">bytes</th>") != html.npos);
  CHECK(html.find("<tr><th scope=\"row\">first</th><td>1</td></tr>") != html.npos);
  CHECK(html.find("<tr><th scope=\"row\">second</th><td>2</td></tr>") != html.npos);
  CHECK(html.find("class=\"numbers\"") != html.npos);
  table.numbers = false;
  CHECK(to_html(table).find("class=\"numbers\"") == std::string::npos);
}

TEST_CASE("the list of contents leads to each section") {
  const std::string html =
      page("x < y", {section("one", "First & last", "1"), section("two", "Second", "2")});
  CHECK(html.find("<title>x &lt; y</title>") != html.npos);
  CHECK(html.find("<li><a href=\"#one\">First &amp; last</a></li><li><a href=\"#two\">Second</a></li>") !=
        html.npos);
  CHECK(html.find("<section id=\"two\" aria-label=\"Second\">\n<h2>Second</h2>\n2</section>") != html.npos);
}
