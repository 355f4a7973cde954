// SPDX-License-Identifier: Apache-2.0
#include "base/terminal_text.hpp"

#include <doctest/doctest.h>

using tmd::host::terminal_text;

TEST_CASE("text for a terminal has no control characters, and is otherwise what it was") {
  CHECK(terminal_text("gesture-1.2.0.tflite") == "gesture-1.2.0.tflite");
  CHECK(terminal_text("Größe 語 \xC2\xA0 \xF0\x9F\x98\x80") == "Größe 語 \xC2\xA0 \xF0\x9F\x98\x80");
  CHECK(terminal_text("\x1B[2Ja\nb\tc\rd\x7F") == "?[2Ja?b?c?d?");
  CHECK(terminal_text("\xC2\x9B"
                      "31m\xC2\x80\xC2\x9F\xC2") == "?31m???");
  CHECK(terminal_text("") == "");
}

TEST_CASE("what is no UTF-8 becomes a question mark a byte, and what follows it stays") {
  CHECK(terminal_text("\x9B"
                      "31m") == "?31m");                                        // alone
  CHECK(terminal_text("\xC0\xAF\xE0\x80\xAF\xF0\x80\x80\xAF") == "?????????");  // longer than it has to be
  CHECK(terminal_text("\xED\xA0\x80 \xED\x9F\xBF") == "??? \xED\x9F\xBF");      // half of a pair
  CHECK(terminal_text("\xF4\x90\x80\x80 \xF4\x8F\xBF\xBF \xF8") == "???? \xF4\x8F\xBF\xBF ?");
  CHECK(terminal_text("\xE8\xAA语") == "??语");  // cut off
  CHECK(terminal_text("\xE8\xAA") == "??");
}
