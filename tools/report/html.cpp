// SPDX-License-Identifier: Apache-2.0
#include "report/html.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tmd::host::report {
namespace {

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d0d7de;--soft:#57606a;--bar:#2563a8;--warm:#b4540a;
--good:#1a7f37}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--line:#3d444d;--soft:#9198a1;--bar:#4c8ed9;
--warm:#e08a3c;--good:#3fb950}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1rem;padding:0;list-style:none}
a{color:var(--bar)}:focus-visible{outline:3px solid var(--warm);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;color:var(--soft);padding:.3rem 0}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
tbody th{font-weight:600}.numbers td,.numbers thead th:not(:first-child){text-align:right;
font-variant-numeric:tabular-nums}
.bar{display:block;min-width:7rem;text-align:left}.bar i{display:inline-block;height:.8em;background:var(--bar);
margin-right:.4em;vertical-align:baseline}
.good{color:var(--good)}.bad{color:var(--warm)}.soft{color:var(--soft)}
svg{display:block;width:100%;height:auto;margin:.5rem 0}svg text{fill:currentColor;font:12px system-ui,sans-serif}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--soft)}dd{margin:0}
@media (max-width:30rem){dl{display:block}dd{margin-bottom:.5rem}}
@media print{nav{display:none}}
)css";

/// "id" and heading out of what `section` made, for the contents.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string::npos) return "";
  const std::size_t from = begin + before.size();
  return text.substr(from, text.find(after, from) - from);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char character : text) {
    switch (character) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // Bytes above 0x7E may be no UTF-8: a page must be.
        out += character < ' ' || character > '~' ? '?' : character;
    }
  }
  return out;
}

std::string page(const std::string& title, const std::vector<std::string>& sections) {
  std::string contents;
  std::string body;
  for (const std::string& one : sections) {
    contents += fmt::format("<li><a href=\"#{}\">{}</a></li>", between(one, "id=\"", "\""),
                            between(one, "<h2>", "</h2>"));
    body += one;
  }
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "img-src data:\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#content\">To the content</a>\n<header><h1>{0}</h1>\n<nav "
      "aria-label=\"Contents\"><ul>{2}"
      "</ul></nav></header>\n<main id=\"content\">\n{3}</main>\n</body>\n</html>\n",
      escaped(title), kStyle, contents, body);
}

std::string section(const std::string& id, const std::string& heading, const std::string& content) {
  return fmt::format("<section id=\"{}\" aria-label=\"{}\">\n<h2>{}</h2>\n{}</section>\n", id,
                     escaped(heading), escaped(heading), content);
}

std::string to_html(const Table& table) {
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{0}\"><table{1}>"
      "<caption>{0}</caption>\n<thead><tr>",
      escaped(table.caption), table.numbers ? " class=\"numbers\"" : "");
  for (const std::string& cell : table.head) html += fmt::format("<th scope=\"col\">{}</th>", cell);
  html += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", row[i]) : fmt::format("<td>{}</td>", row[i]);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string bar(double share, const std::string& value) {
  const double width = 6.0 * std::clamp(share, 0.0, 1.0);
  return fmt::format("<span class=\"bar\"><i style=\"width:{:.2f}rem\"></i>{}</span>", width, value);
}

}  // namespace tmd::host::report
