#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where a bare-metal program spends its instructions, counted in QEMU: by source file, then by function.

usage: bench/firmware/profile.py mps2-an386|microbit PROGRAM.elf [BYTES]

Prints instructions, or with BYTES those for each of so many bytes. A function that was inlined counts as itself, and
stands with the one around it. Rows below a thousandth are left out. Takes minutes: every block of instructions that
runs is a line of QEMU's log.
"""

import collections
import subprocess
import sys


def count_addresses(machine, program):
    """How often the instruction at each address was executed."""
    command = ["qemu-system-arm", "-M", machine, "-nographic", "-monitor", "none", "-serial", "none",
               "-icount", "shift=7,sleep=off", "-semihosting-config", "enable=on,target=native",
               "-d", "in_asm,exec,nochain", "-D", "/dev/stdout", "-kernel", program]
    blocks = {}  # where QEMU keeps a translated block: its addresses, and how often it ran
    translated = []
    counts = collections.Counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as qemu:
        for line in qemu.stdout:
            if line.startswith(b"Trace"):
                place = line[:24]
                if translated:  # the place may have been another block's before
                    add_block(counts, blocks.get(place))
                    blocks[place] = [translated, 0]
                    translated = []
                blocks[place][1] += 1
            elif line.startswith(b"0x"):
                translated.append(int(line[:10], 16))
    if qemu.returncode != 0:
        sys.exit(f"{program} ended with exit code {qemu.returncode}")
    for block in blocks.values():
        add_block(counts, block)
    return counts


def add_block(counts, block):
    if block is not None:
        for address in block[0]:
            counts[address] += block[1]


def places_of(program, addresses):
    """For each address its source file, and its function with the one around it."""
    text = "\n".join(f"{address:#x}" for address in addresses)
    lines = subprocess.run(["arm-none-eabi-addr2line", "-e", program, "-f", "-i", "-C", "-a"], input=text,
                           capture_output=True, text=True, check=True).stdout.splitlines()
    places = []
    for line in lines:
        if line.startswith("0x"):
            places.append([])
        else:
            places[-1].append(line)  # function, file and line, and again for each function around it
    for place in places:
        path = place[1].rsplit(":", 1)[0]
        inner, outer = short(place[0]), short(place[2]) if len(place) > 2 else ""
        yield path.rsplit("/include/", 1)[-1].rsplit("../", 1)[-1], inner + (f"  in {outer}" if outer else "")


def short(name):
    """Without arguments and the outer namespaces."""
    depth, kept = 0, ""
    for character in name.replace("(anonymous namespace)::", ""):
        depth -= character in ">)"
        if depth == 0 and character not in "<>()":
            kept += character
        depth += character in "<("
    words = [word for word in kept.split() if word != "const" and not word.startswith("[")]
    return "::".join(words[-1].split("::")[-2:]) if words else "?"


def print_table(table, unit):
    total = sum(table.values())
    for name, count in table.most_common():
        if count >= total / 1000:
            print(f"{count / unit:10.1f}  {name}")
    print(f"{total / unit:10.1f}  all\n")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    counts = count_addresses(sys.argv[1], sys.argv[2])
    unit = int(sys.argv[3]) if len(sys.argv) == 4 else 1
    files, functions = collections.Counter(), collections.Counter()
    addresses = sorted(counts)
    for address, (path, function) in zip(addresses, places_of(sys.argv[2], addresses)):
        files[path] += counts[address]
        functions[function] += counts[address]
    print_table(files, unit)
    print_table(functions, unit)


if __name__ == "__main__":
    main()
