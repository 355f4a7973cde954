// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/container.hpp"
#include "tmd/internal/format/entries.hpp"

namespace tmd::host::patch {

/// What people call a manifest entry: "arena", "version", …; "vendor-0x60" to "vendor-0x7f"; "entry-0x…" for
/// a number without a name.
std::string name_of(EntryNumber number);

/// A value for people and for JSON: numbers as such, texts as `terminal_text` leaves them, everything else in
/// hexadecimal.
std::string describe(EntryNumber number, ConstBytes value);

/// Reads `KEY=VALUE` as the --meta option has it; a `!` after the key makes the entry critical. Keys are
/// those of `name_of` that a person can write by hand. Throws Error that says where the keys stand.
format::EntryToWrite parse_meta(std::string_view text);

/// The keys of `parse_meta`, a line each with what the value looks like, for the help.
std::string meta_help();

/// Puts `entry` into the list in place of one with its number.
void replace_entry(std::vector<format::EntryToWrite>& entries, format::EntryToWrite entry);

}  // namespace tmd::host::patch
