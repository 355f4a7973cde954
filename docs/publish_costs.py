#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What publishing to a fleet costs a server: the table of publish.md."""
import argparse

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--devices", type=int, default=1_000_000)
options.add_argument("--bases", type=int, default=30)
options.add_argument("--patch-bytes", type=int, default=20_000)
options.add_argument("--model-bytes", type=int, default=70_000)
options.add_argument("--asks-a-day", type=float, default=1)
given = options.parse_args()

print("requests for pointers, on average: %.1f a second" % (given.devices * given.asks_a_day / 86_400))
print("objects of a release: {:,} bytes".format(given.bases * given.patch_bytes))
print("egress of a release in patches: %.1f GB" % (given.devices * given.patch_bytes / 1e9))
print("the same in full models: %.1f GB" % (given.devices * given.model_bytes / 1e9))
print("pointers of a release: {:,} files".format(given.bases * 100))
