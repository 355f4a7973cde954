#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How often one session with the redundancy that docs/transfer.md publishes is enough, by the second implementation's
parity rows, and how many fragments were missing at once.
usage: fec_rates.py SESSIONS"""
import random
import sys

from fec_vectors import row

FRAGMENTS = 146
RATES = ((0.05, 0.15), (0.10, 0.25), (0.20, 0.45))


def rank_of(rows):
    """Of rows as numbers, a bit for each column."""
    pivots = {}
    for bits in rows:
        while bits:
            top = bits.bit_length()
            if top not in pivots:
                pivots[top] = bits
                break
            bits ^= pivots[top]
    return len(pivots)


def session(chance, loss, rows):
    """Whether all that was lost can be solved for, and how much that was."""
    lost = [i for i in range(FRAGMENTS) if chance.random() < loss]
    mask = sum(1 << i for i in lost)
    return rank_of(bits & mask for bits in rows if chance.random() >= loss) == len(lost), len(lost)


def main():
    sessions = int(sys.argv[1])
    for loss, redundancy in RATES:
        count = int(redundancy * FRAGMENTS)
        rows = [sum(1 << column for column in row(number, FRAGMENTS)) for number in range(1, count + 1)]
        chance = random.Random(round(loss * 100))
        done = [session(chance, loss, rows) for _ in range(sessions)]
        enough = sum(is_enough for is_enough, _ in done)
        print("loss %d %%, redundancy %d %%: %.2f %% of %d sessions were enough, at most %d missing at once" %
              (round(loss * 100), round(redundancy * 100), 100 * enough / sessions, sessions,
               max(missing for _, missing in done)))


if __name__ == "__main__":
    main()
