#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes include/tmd/internal/codec/prior_table.hpp: what each bit is like before anything was learned from the patch
at hand.

usage: train_priors.py [--quick --rounds N --most N --doubt N] BASE TARGET [BASE TARGET …]

Encodes the pairs with a build that counts the bits seen at each place of the static model, turns the counts into
log odds (no pair counts for more than a few dozen bits at a place, so that one large model does not outvote many
small ones), writes the table and repeats, because the plans depend on it. Run from the root of the source tree.
"""
import argparse, concurrent.futures, math, re, subprocess, sys, tempfile

from built_body_cost import build_body_cost, copy_sources

arguments = argparse.ArgumentParser()
arguments.add_argument("--rounds", type=int, default=2)
arguments.add_argument("--most", type=float, default=60.0, help="bits that one pair may count for at a place")
arguments.add_argument("--doubt", type=float, default=0.6, help="bits of each value that are taken as seen beforehand")
arguments.add_argument("--quick", action="store_true",
                       help="plan in a hurry: a quarter of the time, nearly the same table")
arguments.add_argument("pairs", nargs="+")
options = arguments.parse_args()
if len(options.pairs) % 2:
    arguments.error("a BASE without its TARGET: give pairs")
HEADER = "include/tmd/internal/codec/prior_table.hpp"

COUNTER = """
#include <cstdio>
struct PlaceCounts { double n[2048][2] = {};
  ~PlaceCounts() { for (auto& p : n) std::printf("@%g %g\\n", p[0], p[1]); } };
inline PlaceCounts place_counts;
"""


def build(folder):
    """body_cost that also prints how often each place of the static model had a 0 and a 1."""
    copy_sources(folder)
    path = f"{folder}/include/tmd/internal/codec/predictor.hpp"
    text = open(path, encoding="utf-8").read()
    # Bits that are mixed: those that are averaged do not ask the table.
    mixed = "    bit = coder.code_bit(probability, bit);\n"
    if text.count(mixed) != 1:
        sys.exit(f"{path}: the place where a mixed bit is coded is not found; look at build() in {sys.argv[0]}")
    text = text.replace(mixed, mixed + "    if (Coder::kDecodes) place_counts.n[where >> 16][bit] += 1;\n")
    text = text.replace("#pragma once\n", "#pragma once\n" + COUNTER, 1)
    open(path, "w", encoding="utf-8").write(text)
    return build_body_cost(folder)


# What half a byte can say. Finer steps were measured to give 0.01 % of the patches.
LEVELS = [-112, -80, -56, -40, -28, -18, -9, 0, 8, 17, 28, 40, 56, 80, 104, 120]


def write(odds):
    halves = [min(range(16), key=lambda level: abs(LEVELS[level] - value)) for value in odds]
    halves += [7] * (len(halves) % 2)
    table = ", ".join(str(low | high << 4) for low, high in zip(halves[::2], halves[1::2]))
    with open(HEADER, "w", encoding="utf-8") as file:
        file.write(f"""// SPDX-License-Identifier: Apache-2.0
// Made by tools/research/train_priors.py.
#pragma once

#include <cstdint>

namespace tmd {{
namespace codec {{

/// What each bit is like before anything was learned from the patch at hand, for each place that context_tables.hpp
/// names: one of sixteen log odds, half a byte each, the lower half first. Constant: it costs flash, no RAM.
constexpr unsigned kPriorCount = {len(odds)};
inline constexpr std::uint8_t kPriors[(kPriorCount + 1) / 2] = {{{table}}};

/// Log odds of a 1, in sixteenths.
inline constexpr std::int8_t kPriorLevels[16] = {{{", ".join(map(str, LEVELS))}}};

constexpr std::int32_t prior(unsigned place) {{
  return kPriorLevels[(kPriors[place / 2] >> (place % 2 * 4)) & 15];
}}

}}  // namespace codec
}}  // namespace tmd
""")


def train():
    totals = [[0.0, 0.0] for _ in range(2048)]
    size = 0
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder)
        run = lambda pair: subprocess.run([program, *["--quick"] * options.quick, *pair],
                                          capture_output=True, text=True, check=True).stdout
        pairs = list(zip(options.pairs[::2], options.pairs[1::2]))
        for out in concurrent.futures.ThreadPoolExecutor(2).map(run, pairs):
            size += int(out.split("\n")[0].split("\t")[1])
            for place, line in enumerate(re.findall(r"@(\S+) (\S+)", out)):
                zeros, ones = float(line[0]), float(line[1])
                scale = min(1.0, options.most / (zeros + ones)) if zeros + ones else 0.0
                totals[place][0] += zeros * scale
                totals[place][1] += ones * scale
    used = max(i for i, t in enumerate(totals) if t[0] + t[1] > 0) + 1
    count = int(re.search(r"kPriorCount = (\d+)", open(HEADER, encoding="utf-8").read()).group(1))
    log_odds = [round(math.log((ones + options.doubt) / (zeros + options.doubt)) * 16)
                for zeros, ones in totals[:count]]
    write([max(-127, min(127, value)) for value in log_odds])
    subprocess.run(["clang-format", "-i", HEADER], check=True)
    print(f"{size} bytes with the table before, {used} places used of {count}", file=sys.stderr)


for _ in range(options.rounds):
    train()
