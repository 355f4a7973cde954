#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes fec_vectors.txt: the parity matrix and coded fragments of TS004, by an implementation of its own.

The generator is a Fibonacci shift register of 23 bits: its lowest bit leaves, and the sum of the bits 0 and 5 comes in
at the top. Row N of M begins from 1 + 1001 N and draws floor(M / 2) columns, modulo M, or M + 1 where M is a power of
two, which would have short cycles; a draw that is no column is drawn again."""


def register(state):
    """The states that follow, one after the other."""
    bits = [state >> i & 1 for i in range(23)]
    while True:
        bits = bits[1:] + [bits[0] ^ bits[5]]
        yield sum(bit << i for i, bit in enumerate(bits))


def row(number, columns):
    modulus = columns + 1 if bin(columns).count("1") == 1 else columns
    drawn = (state % modulus for state in register(1 + 1001 * number))
    valid = (column for column in drawn if column < columns)
    return sorted({next(valid) for _ in range(columns // 2)})


def data(size):
    """Bytes that any language can make: a linear congruence."""
    state, out = 12345, bytearray()
    for _ in range(size):
        state = (state * 1103515245 + 12345) % 2**31
        out.append(state >> 16 & 0xFF)
    return bytes(out)


def main():
    for columns in (2, 5, 8, 26, 64, 100, 255, 256, 700):
        for number in (1, 2, 3, 17, 100):
            print("row %d of %d : %s" % (number, columns, ",".join(map(str, row(number, columns)))))
    for length, size in ((500, 48), (1000, 51), (640, 10)):
        whole = data(length)
        whole += bytes(-length % size)
        fragments = [whole[i:i + size] for i in range(0, len(whole), size)]
        for number in (1, 2, 9, 40):
            coded = bytes(size)
            for column in row(number, len(fragments)):
                coded = bytes(a ^ b for a, b in zip(coded, fragments[column]))
            print("coded %d of %d bytes in %d : %s" % (number, length, size, coded.hex()))


if __name__ == "__main__":
    main()
